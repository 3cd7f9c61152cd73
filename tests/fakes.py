"""Fakes that obey the rules of what they stand for; the tests in tests/netns hold them to it."""

import errno
import random
import socket
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from kernel.errors import KernelError
from kernel.flow import Counter, Flow, FlowChange
from kernel.ring import Ring
from kernel.table import FlowTable
from rtpng.clock import Clock
from rtpng.interfaces import Interface
from rtpng.legs.spec import LegSpec
from rtpng.media.relay import Relay, SocketStats
from rtpng.ports import PortPool
from sipcore.address import Address
from sipcore.demux import Kind, classify
from sipcore.sdp.dtls import Fingerprint

Key = tuple[Address, Address | None]
Carried = tuple[Address, Address] | Literal["socket"] | None


class FakeTable:
    """A FlowTable in memory that carries packets by the installed flows.

    Obeys the kernel's limits: one flow per key (who is in stays in, of those that come together the first in order
    wins), one family per flow, ``max_flows``, no route to the hosts in ``unreachable`` (refresh_steps() looks again).
    ``refusing``: every change raises KernelError and changes nothing.
    """

    active = True

    def __init__(self, max_flows: int = 100_000, unreachable: Iterable[str] = ()) -> None:
        self.max_flows = max_flows
        self.unreachable = set(unreachable)
        self.refusing = False
        self.closed = False
        self.history: list[FlowChange] = []
        self._wanted: dict[Flow, Counter] = {}
        self._flows: dict[Key, Flow] = {}

    @property
    def installed(self) -> Collection[Flow]:
        return frozenset(self._flows.values())

    def apply(self, change: FlowChange) -> Mapping[Flow, Counter]:
        if self.refusing or self.closed:
            raise KernelError(1, "refused")
        self.history.append(change)
        last = self.counters(change.remove)
        for flow in change.remove:
            self._wanted.pop(flow, None)
            self._take_out(flow)
        for flow in sorted(change.add, key=_rank):
            self._wanted.setdefault(flow, Counter())
            self._put_in(flow)
        return last

    def counters(self, flows: Collection[Flow]) -> Mapping[Flow, Counter]:
        seen = {flow: self._wanted[flow] for flow in flows if flow in self._wanted}
        return {flow: counter for flow, counter in seen.items() if self._carries(flow) or counter.packets}

    def refresh_steps(self) -> Iterator[None]:
        for flow in sorted(self._wanted, key=_rank):
            if flow in self._wanted:  # and not taken back meanwhile
                if not self._has_route(flow):
                    self._take_out(flow)
                self._put_in(flow)
                yield

    def verify(self) -> bool:
        return not self.closed

    def ring(self, number: int) -> Ring:
        return Ring(1000 + number, f"tap{number}")

    def close(self) -> None:
        self.closed = True
        self._flows.clear()

    def carry(self, source: Address, local: Address, payload: bytes) -> Carried:
        """What becomes of a datagram that ``source`` sends to ``local``.

        Forwarded: the pair of addresses (from, to) that it leaves with. ``"socket"``: it reaches the daemon's socket.
        None: dropped by a blocking flow.
        """
        flow = self._flows.get((local, source)) or self._flows.get((local, None))
        if flow is None or classify(payload) is not Kind.RTP:
            return "socket"
        self._wanted[flow] += Counter(1, len(payload))
        return None if flow.target is None else (flow.source, flow.target)

    def _put_in(self, flow: Flow) -> None:
        if flow.key not in self._flows and len(self._flows) < self.max_flows and self._has_route(flow):
            self._flows[flow.key] = flow

    def _take_out(self, flow: Flow) -> None:
        if self._carries(flow):
            del self._flows[flow.key]

    def _carries(self, flow: Flow) -> bool:
        return self._flows.get(flow.key) == flow

    def _has_route(self, flow: Flow) -> bool:
        ends = [end for end in (flow.local, flow.remote, flow.source, flow.target) if end is not None]
        return (
            len({end.family for end in ends}) == 1
            and all(end.port for end in ends)
            and (flow.target is None or flow.target.host not in self.unreachable)
        )


def refresh(table: FlowTable) -> None:
    """All steps at once."""
    for _ in table.refresh_steps():
        pass


def _rank(flow: Flow) -> tuple[tuple[str, int], ...]:
    ends = (flow.local, flow.remote, flow.source, flow.target)
    return (*(end or ("", 0) for end in ends), ("", -1 if flow.tos is None else flow.tos))


@dataclass(eq=False)
class FakePorts:
    """The ports of a host: each is bound once, whoever has it. ``others`` belong to other programs."""

    ours: set[Address] = field(default_factory=set)
    others: set[Address] = field(default_factory=set)

    def pool(self, interfaces: Iterable[Interface], seed: int = 7) -> PortPool:
        """A real pool that opens its sockets here."""
        return PortPool(interfaces, (), self.open, random.Random(seed))

    def open(self, address: Address) -> socket.socket:
        if address in self.ours or address in self.others:
            raise OSError(errno.EADDRINUSE, "Address already in use")
        self.ours.add(address)
        return cast(socket.socket, _FakeSocket(self, address))


@dataclass(frozen=True, slots=True)
class _FakeSocket:
    ports: FakePorts
    address: Address

    def close(self) -> None:
        self.ports.ours.remove(self.address)


@dataclass(eq=False)
class FakePlane:
    """A media plane without packets: one relay per open port; ``heard`` is what a test says that a port has seen."""

    ports: FakePorts
    relays: dict[Address, Relay] = field(default_factory=dict)
    heard: dict[Address, SocketStats] = field(default_factory=dict)

    def apply(self, remove: Collection[Relay], add: Collection[Relay]) -> None:
        for relay in remove:
            del self.relays[relay.local]
        for relay in add:
            assert relay.local in self.ports.ours, f"{relay.local} is not open"
            ways = relay.ways
            assert all(way.source in self.ports.ours for way in ways), "sends from a port that is not open"
            assert all(way.source.family is way.target.family for way in ways), "sends to another family"
            self.relays[relay.local] = relay

    def send(self, local: Address, target: Address, data: bytes) -> None:
        """Nobody receives it."""

    def stats(self, local: Address) -> SocketStats:
        return self.heard.get(local) or SocketStats()

    def close(self) -> None:
        self.relays.clear()


@dataclass(eq=False)
class FakeLegs:
    """Legs without agents: what is wanted, by name; ``proven`` are the pairs (local, source) that a test says are."""

    legs: dict[Address, LegSpec] = field(default_factory=dict)
    proven: set[tuple[Address, Address]] = field(default_factory=set)

    def apply(self, remove: Collection[LegSpec], add: Collection[LegSpec]) -> None:
        for spec in remove:
            del self.legs[spec.name]
        self.legs.update({spec.name: spec for spec in add})

    def receive(self, local: Address, source: Address, data: bytes, now: float) -> None:
        """STUN and DTLS end here."""

    def status(self, local: Address) -> dict[str, Any]:
        return {}

    def allows(self, local: Address, source: Address) -> bool:
        return (local, source) in self.proven

    def close(self) -> None:
        self.legs.clear()


@dataclass(eq=False)
class FakeClock:
    """Both clocks of the daemon; they stand still until a test moves them. Seconds."""

    now: float = 1000.0
    wall: float = 1_700_000_000.25

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, lambda: self.wall)

    def advance(self, seconds: float) -> None:
        self.now += seconds
        self.wall += seconds


@dataclass(frozen=True, slots=True)
class FakeIdentity:
    """A certificate that nobody can use, with a fingerprint that is always the same."""

    def fingerprint(self, algorithm: str) -> Fingerprint:
        return Fingerprint.of(b"certificate", algorithm)
