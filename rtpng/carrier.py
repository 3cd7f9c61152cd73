"""What carries media at this moment, and its way to what a plan wants: userspace and kernel in the right order."""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Protocol

from kernel.flow import Flow
from kernel.table import FlowTable
from rtpng.calls.plan import EMPTY, Plan
from rtpng.insight import Insight, Refusal
from rtpng.legs.spec import LegSpec
from rtpng.media.relay import Digit, Played, Relay, SocketStats, Verdict
from rtpng.offload import Offload, Outcome
from rtpng.said import OncePerCall
from rtpng.timeline import Kind
from sipcore.address import Address

Judge = Callable[[Address, Address, bytes, float], Verdict]  # local, source, data, now
Hear = Callable[[Address, Digit | Played], None]  # local, the event that has ended there
Report = Callable[[Address, tuple[Any, ...], bytes, float], None]  # local, source, RTCP, now
Control = Callable[[Address, Address, bytes, float], None]  # the same, of STUN and DTLS

RETRY = 5.0  # seconds after which the kernel is asked again for what it does not carry


class Plane(Protocol):
    """Userspace media, as it is used here; see ``rtpng.media.plane``."""

    def apply(self, remove: Collection[Relay], add: Collection[Relay]) -> None: ...
    def send(self, local: Address, target: Address, data: bytes) -> None: ...
    def stats(self, local: Address) -> SocketStats: ...
    def close(self) -> None: ...


class Legs(Protocol):
    """ICE and DTLS, as they are used here; see ``rtpng.legs.legs``."""

    def apply(self, remove: Collection[LegSpec], add: Collection[LegSpec]) -> None: ...
    def receive(self, local: Address, source: Address, data: bytes, now: float) -> None: ...
    def allows(self, local: Address, source: Address) -> bool: ...
    def status(self, local: Address) -> dict[str, Any]: ...
    def close(self) -> None: ...


@dataclass(slots=True)
class Carrier:
    """The plans that are applied, by Call-ID. ``now`` is monotonic."""

    plane: Plane
    legs: Legs
    offload: Offload
    said: OncePerCall
    insight: Insight = field(default_factory=Insight)
    applied: dict[str, Plan] = field(default_factory=dict)
    _retried: float = 0.0

    def use(self, table: FlowTable, now: float) -> None:
        """Another table takes the place of one that has taken nothing; it is asked for the flows that there are."""
        self.offload.table = table
        for call_id, plan in self.applied.items():
            self._tell(call_id, self.offload.want(call_id, plan.flows, now))

    def apply(self, call_id: str, wanted: Plan, now: float) -> None:
        """Opens what is new, moves the kernel in one batch, closes what is gone."""
        current = self.applied.get(call_id, EMPTY)
        if wanted == current:
            return
        added = wanted.relays - current.relays
        removed = current.relays - wanted.relays
        if added:
            self.plane.apply((), added)
        self._lead(current.legs, wanted.legs)
        self._tell_of_return(call_id, current.flows - wanted.flows)
        self._tell(call_id, self.offload.want(call_id, wanted.flows, now))
        replaced = {relay.local for relay in added}
        gone = [relay for relay in removed if relay.local not in replaced]
        if gone:
            self.plane.apply(gone, ())
        self.applied[call_id] = wanted

    def _lead(self, current: frozenset[LegSpec], wanted: frozenset[LegSpec]) -> None:
        if current != wanted:
            self.legs.apply(current - wanted, wanted - current)

    def stop(self, call_id: str, now: float) -> None:
        """Nothing is carried for the call any more; its last counters are in its traffic."""
        self.apply(call_id, EMPTY, now)
        self.applied.pop(call_id, None)

    def merge(self, call_id: str, other: str) -> None:
        """What is carried for one call is carried for another from here on; ``apply`` follows."""
        self.applied[call_id] = self.applied.get(call_id, EMPTY) | self.applied.pop(other, EMPTY)
        self.offload.merge(call_id, other)
        self.said.forget(other)

    def retry(self, call_of: Callable[[Address], str | None], now: float) -> None:
        """Asks the kernel once more for what it has refused, every RETRY; ``call_of``: whose local port this is."""
        if now - self._retried < RETRY:
            return
        self._retried = now
        for flow in self.offload.retry(now).installed:
            call_id = call_of(flow.local)
            if call_id is not None:
                self._tell(call_id, Outcome(installed=frozenset({flow})))

    def targets(self, call_id: str, local: Address) -> list[Address]:
        """Where packets go that reach a local port of the call."""
        relays = (relay for relay in self.applied.get(call_id, EMPTY).relays if relay.local == local)
        return [way.target for relay in relays for way in relay.ways]

    def in_kernel(self, call_id: str, local: Address) -> bool:
        """Whether RTP that reaches a local port of the call is forwarded in the kernel."""
        return any(flow.local == local and self.offload.carries(flow) for flow in self.offload.of(call_id))

    def close(self) -> None:
        self.legs.close()
        self.plane.close()
        self.offload.table.close()

    def _tell_of_return(self, call_id: str, gone: Collection[Flow]) -> None:
        """Which flows are about to be taken out of the kernel. Those that it has refused have never been there."""
        for flow in gone:
            if self.offload.carries(flow):
                text = "No longer in the kernel: %s -> %s"
                self.said.timelines.note(call_id, Kind.KERNEL, text, flow.remote or "any", flow.local)

    def _tell(self, call_id: str, outcome: Outcome) -> None:
        """What the kernel has taken, and once per call what it has not."""
        for flow in outcome.installed:
            way = f"{flow.source} -> {flow.target}" if flow.target is not None else "dropped"
            text = "Kernelizing media stream: %s -> %s | %s"
            told = (flow.remote or "any", flow.local, way)
            self.said.timelines.say(call_id, Kind.KERNEL, logging.INFO, text, *told)
        if outcome.refusal is not None:
            self.insight.counts[Refusal.CHANGE] += 1
            text = "Kernel forwarding refused (%s): media stays in userspace, it is tried again"
            self.said.warn(call_id, "kernel", text, outcome.refusal)
        self.insight.counts[Refusal.LEFT_OUT] += len(outcome.left_out)
        for flow in outcome.left_out:
            text = "No kernel forwarding from port %d to %s (no route, or table full): media stays in userspace"
            self.said.warn(call_id, "kernel", text, flow.local.port, flow.target)
