"""FakeTable and the kernel do the same with the same changes and packets, whatever their order."""

import itertools
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.flow import Flow, FlowChange
from kernel.nft import NftTable
from sipcore.address import Address
from tests.fakes import FakeTable, refresh
from tests.netns.packets import RTCP, STUN, rtp
from tests.netns.topology import ThreeHosts, arrived

pytestmark = pytest.mark.netns

ROOM = 4
LOCALS = {
    4: (Address("10.78.1.1", 10000), Address("10.78.1.1", 10002), Address("10.78.2.1", 10000)),
    6: (Address("fd78:1::1", 10000), Address("fd78:1::1", 10002), Address("fd78:2::1", 10000)),
}
CALLERS = {
    4: (Address("10.78.1.2", 5000), Address("10.78.1.2", 5002)),
    6: (Address("fd78:1::2", 5000), Address("fd78:1::2", 5002)),
}
CALLEES = {
    4: (Address("10.78.2.2", 6000), Address("10.78.2.3", 6000)),
    6: (Address("fd78:2::2", 6000), Address("fd78:2::3", 6000)),
}
SEVERED = {4: "10.78.2.3", 6: "fd78:2::3"}  # only ever receives: what it sent would be dropped as a martian


@dataclass(frozen=True, slots=True)
class Said:
    """A datagram from a phone to one of our ports."""

    source: Address
    local: Address
    kind: bytes


@dataclass(frozen=True, slots=True)
class Routed:
    """The route to the host that can be severed, cut or mended."""

    family: int
    severed: bool


Step = FlowChange | Said | Routed


def _flows() -> st.SearchStrategy[Flow]:
    def of(family: int) -> st.SearchStrategy[Flow]:
        phones = (*CALLERS[family], *CALLEES[family])
        other = CALLEES[10 - family][0]
        return st.builds(
            Flow,
            local=st.sampled_from(LOCALS[family]),
            remote=st.sampled_from((*phones[:3], None)),
            source=st.sampled_from(LOCALS[family]),
            target=st.sampled_from((*phones, None, other, phones[0]._replace(port=0))),
            tos=st.sampled_from((None, 184)),
        )

    return st.sampled_from((4, 6)).flatmap(of)


def _said(family: int) -> st.SearchStrategy[Said]:
    sources = st.sampled_from((*CALLERS[family], CALLEES[family][0]))
    return st.builds(
        Said, sources, st.sampled_from(LOCALS[family]), st.sampled_from((rtp(), rtp(), RTCP, STUN, b"\x80"))
    )


@st.composite
def _steps(draw: st.DrawFn) -> list[Step]:
    universe = draw(st.lists(_flows(), min_size=1, max_size=10, unique=True))
    some = st.frozensets(st.sampled_from(universe), max_size=4)
    changes = st.builds(lambda remove, add: FlowChange(remove, add - remove), some, some)
    packets = st.sampled_from((4, 6)).flatmap(_said)
    routed = st.builds(Routed, st.sampled_from((4, 6)), st.booleans())
    kinds = (changes, changes, packets, packets, packets, packets, routed)
    return draw(st.lists(st.one_of(*kinds), min_size=1, max_size=25))


class Scene:
    """The real table on the relay, a socket for every address that is spoken of, and the fake beside it."""

    def __init__(self, three: ThreeHosts, table: NftTable, sockets: Mapping[Address, socket.socket]) -> None:
        self.relay = three.relay
        self.table = table
        self.sockets = sockets
        self.fake = FakeTable(max_flows=ROOM)
        self.flows: set[Flow] = set()
        self._serial = itertools.count()

    def play(self, step: Step) -> None:
        match step:
            case FlowChange(add=add):
                self.flows |= add
                assert self.table.apply(step) == self.fake.apply(step)
            case Said(source, local, kind):
                self._say(source, local, kind)
            case Routed(family, severed):
                self._route(family, severed)
        assert set(self.table.installed) == set(self.fake.installed)
        assert self.table.counters(self.flows) == self.fake.counters(self.flows)

    def surplus(self) -> list[bytes]:
        """Takes what has come where nothing was due."""
        return [datagram for each in self.sockets.values() for datagram in _waiting(each)]

    def clear(self) -> None:
        """Nothing stays behind for the next scene, also when this one has failed."""
        self.table.apply(FlowChange(frozenset(self.flows), frozenset()))
        for family in SEVERED:
            self._route(family, severed=False)
        self.surplus()

    def _say(self, source: Address, local: Address, kind: bytes) -> None:
        payload = kind + b"%d" % next(self._serial) if len(kind) > 1 else kind
        self.sockets[source].sendto(payload, local)
        carried = self.fake.carry(source, local, payload)
        if carried is None:
            return
        sender, receiver = (source, local) if carried == "socket" else carried
        self.sockets[receiver].settimeout(1)
        assert arrived(self.sockets[receiver]) == (payload, sender)

    def _route(self, family: int, severed: bool) -> None:
        host = SEVERED[family]
        if severed != (host in self.fake.unreachable):
            verb = "add" if severed else "delete"
            self.relay.ip(f"-{family}", "route", verb, "blackhole", host)
            self.fake.unreachable ^= {host}
        refresh(self.table)
        refresh(self.fake)


def _waiting(receiver: socket.socket) -> Iterator[bytes]:
    receiver.settimeout(0)
    with suppress(BlockingIOError):
        while True:
            yield receiver.recv(65535)


@pytest.fixture(scope="module")
def real(three: ThreeHosts) -> Iterator[NftTable]:
    with three.relay.inside():
        table = NftTable(0, max_flows=ROOM)
    yield table
    table.close()


@pytest.fixture(scope="module")
def sockets(three: ThreeHosts) -> Iterator[Mapping[Address, socket.socket]]:
    three.callee.ip("addr", "add", "10.78.2.3/24", "dev", three.outer.far.device)
    three.callee.ip("-6", "addr", "add", "fd78:2::3/64", "dev", three.outer.far.device, "nodad")
    homes = ((three.relay, LOCALS), (three.caller, CALLERS), (three.callee, CALLEES))
    made = {end: host.udp(*end) for host, ends in homes for end in (*ends[4], *ends[6])}
    yield made
    for each in made.values():
        each.close()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=_steps())
def test_the_same_packets_arrive_and_the_same_counters_count(
    three: ThreeHosts, real: NftTable, sockets: Mapping[Address, socket.socket], steps: list[Step]
) -> None:
    scene = Scene(three, real, sockets)
    try:
        for step in steps:
            scene.play(step)
        assert scene.surplus() == []
    finally:
        scene.clear()
    assert not real.installed
