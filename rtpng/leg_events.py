"""What ICE and DTLS find out, taken over into calls: the other end of ``rtpng.legs``."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from rtpng.calls import paths
from rtpng.calls.leg import KeyPair
from rtpng.calls.model import Call
from rtpng.calls.registry import Registry
from rtpng.insight import Insight, Trouble
from rtpng.timeline import Kind
from sipcore.address import Address
from sipcore.srtp import Keys


@dataclass(frozen=True, slots=True)
class LegEvents:
    """``reconcile`` makes reality what the model of a call says. Events of legs that are gone are no news."""

    calls: Registry
    reconcile: Callable[[Call], None]
    now: Callable[[], float]
    insight: Insight
    say: Callable[..., None]  # call-id, kind of event, level, text, values; see ``Timelines.say``

    def path_found(self, name: Address, component: int, local: Address, remote: Address, *, selected: bool) -> None:
        owner = self.calls.owner(name)
        if owner is None:
            return
        if paths.found(owner.streams, component, local, remote, self.now(), selected=selected):
            if selected:
                text = "ICE negotiated: peer for component %d is %s (our port %d)"
                self.say(owner.call.call_id, Kind.ICE, logging.INFO, text, component, remote, local.port)
            self.reconcile(owner.call)

    def consent_lost(self, name: Address, component: int) -> None:
        owner = self.calls.owner(name)
        if owner is not None:
            self.insight.counts[Trouble.CONSENT] += 1
            paths.lost(owner.stream, component)
            text = "The peer of component %d on port %d no longer answers ICE checks: nothing is sent to it"
            self.say(owner.call.call_id, Kind.ICE, logging.WARNING, text, component, name.port)
            self.reconcile(owner.call)

    def slow(self, name: Address, reason: str) -> None:
        owner = self.calls.owner(name)
        if owner is not None:
            text = "The leg on port %d is not up yet: %s"
            self.say(owner.call.call_id, Kind.ICE, logging.WARNING, text, name.port, reason)

    def path_failed(self, name: Address, reason: str) -> None:
        owner = self.calls.owner(name)
        if owner is not None:
            self.insight.counts[Trouble.NO_PATH] += 1
            text = "ICE has found no way to the peer of port %d: %s"
            self.say(owner.call.call_id, Kind.ICE, logging.WARNING, text, name.port, reason)

    def keyed(self, name: Address, component: int, local: Keys, remote: Keys, seconds: float) -> None:
        owner = self.calls.owner(name)
        if owner is not None:
            self.insight.handshakes.add(seconds)
            paths.keyed(owner.stream, component, KeyPair(remote, local))
            text = "DTLS-SRTP negotiated for component %d on port %d: %s"
            self.say(owner.call.call_id, Kind.DTLS, logging.INFO, text, component, name.port, local.suite.name)
            self.reconcile(owner.call)

    def unkeyed(self, name: Address, component: int, reason: str) -> None:
        owner = self.calls.owner(name)
        if owner is not None:
            self.insight.counts[Trouble.DTLS] += 1
            paths.keyed(owner.stream, component, None)
            text = "No DTLS-SRTP for component %d on port %d: %s"
            self.say(owner.call.call_id, Kind.DTLS, logging.WARNING, text, component, name.port, reason)
            self.reconcile(owner.call)
