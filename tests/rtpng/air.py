"""The relay under test with packets in the air: the real packet path over fake sockets, the fake kernel before it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rtpng.calls.plan import PlanSettings
from rtpng.carrier import Control, Hear, Judge, Report
from rtpng.media.forward import Forwarder, Way, unread
from rtpng.media.lanes import Lanes, Sources
from rtpng.media.relay import Forward, Played, Relay, SocketStats
from rtpng.media.treatment import Step, Treatments, treated
from sipcore.address import Address
from tests.fakes import FakePlane
from tests.rtpng.harness import ALICE, BOB, RelayUnderTest, audio, port, sdp
from tests.rtpng.media.rig import rtp

Sent = tuple[Address, Address]  # our address, whose address


@dataclass(eq=False)
class PacketPlane(FakePlane):
    """A plane that carries packets as the real one does, but for the sockets; counters live as long as there."""

    judge: Judge = field(kw_only=True)
    hear: Hear = field(kw_only=True)
    report: Report = field(kw_only=True, default=unread)
    record: Report = field(kw_only=True, default=unread)
    sent: list[Sent] = field(default_factory=list)
    packets: list[bytes] = field(default_factory=list)  # what was sent, in the same order
    _treatments: Treatments = field(init=False)
    _forwarders: dict[Address, Forwarder] = field(default_factory=dict)
    _heard: defaultdict[Address, Sources] = field(default_factory=lambda: defaultdict(Sources))

    def __post_init__(self) -> None:
        self._treatments = Treatments(lambda local, number: self.hear(local, Played(number)))

    def apply(self, remove: Collection[Relay], add: Collection[Relay]) -> None:
        super().apply(remove, add)
        for relay in add:
            rtp, rtcp = self._ways(relay.local, relay.rtp), self._ways_of_rtcp(relay.rtcp)
            self._forwarder(relay.local).follow(relay, rtp, rtcp, lanes=self._lanes(relay))
        for local in self._forwarders.keys() - self.relays.keys():
            del self._forwarders[local]
            self._heard.pop(local, None)
            self._treatments.forget(local)

    def stats(self, local: Address) -> SocketStats:
        return self._forwarders[local].stats

    def receive(self, local: Address, source: Address, data: bytes, now: float) -> list[Sent]:
        """What leaves because of one packet."""
        self.sent.clear()
        self.packets.clear()
        self._forwarders[local].packet(data, source, now)
        return list(self.sent)

    def _recorded(self, local: Address, source: tuple[Any, ...], data: bytes, now: float) -> None:
        self.record(local, source, data, now)

    def _forwarder(self, local: Address) -> Forwarder:
        return self._forwarders.setdefault(
            local, Forwarder(local, self.judge, hear=self.hear, report=self.report, record=self._recorded)
        )

    def _lanes(self, relay: Relay) -> Lanes[Way] | None:
        if not relay.lanes:
            return None
        lanes = [(lane, self._ways(relay.local, lane.rtp), self._ways_of_rtcp(lane.rtcp)) for lane in relay.lanes]
        every = dict.fromkeys(forward for lane in relay.lanes for forward in lane.rtcp)
        heard = self._heard[relay.heard_at or relay.local]
        return Lanes(lanes, relay.mid_extension, heard, self._ways_of_rtcp(every))

    def _ways(self, local: Address, forwards: Collection[Forward]) -> tuple[Way, ...]:
        return tuple(self._way(forward, self._treatments.steps(local, forward)) for forward in forwards)

    def _ways_of_rtcp(self, forwards: Iterable[Forward]) -> tuple[Way, ...]:
        return tuple(self._way(forward) for forward in forwards)

    def _way(self, way: Forward, steps: tuple[Step, ...] = ()) -> Way:
        send = treated(partial(self._send, way.source), steps)
        return Way(send, way.target, self._forwarder(way.source).stats)

    def _send(self, source: Address, data: bytes, target: Address) -> int:
        assert source in self.ports.ours, "sends from a port that is not open"
        self.sent.append((source, target))
        self.packets.append(data)
        return len(data)


@dataclass(eq=False)
class RelayOnAir(RelayUnderTest):
    """``send`` is a packet on the wire: the kernel's flows take it, or the daemon's sockets."""

    forwarding: PlanSettings = field(default_factory=PlanSettings)
    air: PacketPlane = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.engine.forwarding = self.forwarding

    def _plane(self, judge: Judge, control: Control, hear: Hear, report: Report) -> FakePlane:
        del control
        self.plane = self.air = PacketPlane(self.ports, judge=judge, hear=hear, report=report)
        return self.air

    def send(self, source: Address, local: Address, data: bytes) -> list[Sent]:
        """Where a packet that ``source`` sends to ``local`` goes on, and from which of our addresses."""
        carried = self.table.carry(source, local, data)
        if carried == "socket":
            return self.air.receive(local, source, data, self.clock.now) if local in self.ports.ours else []
        return [carried] if isinstance(carried, tuple) else []

    def talk(self, **words: str) -> tuple[Address, Address]:
        """Sets up a call of alice and bob; returns where alice sends to, and where bob does."""
        offered = self.offer(sdp(audio(4000)), **words)
        answered = self.answer(sdp(audio(5000), host=BOB))
        return self.local(port(answered)), self.local(port(offered))

    def local(self, number: int) -> Address:
        """Our address with this port."""
        (found,) = [address for address in self.ports.ours if address.port == number]
        return found


def established(relay: RelayOnAir) -> tuple[Address, Address]:
    """A call in which both have been heard."""
    to_a, to_b = relay.talk()
    relay.send(Address(ALICE, 4000), to_a, rtp(1))
    relay.send(Address(BOB, 5000), to_b, rtp(1))
    return to_a, to_b
