"""Two relays' legs on one wire: real ICE and real handshakes, without sockets and on a clock that tests move."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from rtpng.dtls.identity import Identity, make_identity
from rtpng.dtls.settings import DtlsSettings
from rtpng.dtls.terms import Terms
from rtpng.dtls.transport import DtlsTransport
from rtpng.ice.agent import IceAgent
from rtpng.ice.events import ConsentLost
from rtpng.ice.pair import Base, Pair
from rtpng.legs import spec
from rtpng.legs.leg import Leg, Surroundings
from rtpng.legs.legs import Legs
from rtpng.legs.spec import DtlsSpec, IceSpec, LegSpec
from sipcore.address import Address
from sipcore.sdp.dtls import Fingerprint, Role
from sipcore.sdp.ice import Candidate, CandidateType, Credentials, IceDescription
from sipcore.srtp import Keys

ONE, OTHER = Address("203.0.113.1", 30000), Address("198.51.100.1", 40000)
STRANGER = Address("192.0.2.66", 666)
CREDENTIALS = {ONE: Credentials("oneufrag", "p" * 26), OTHER: Credentials("othrufrg", "q" * 26)}
IDENTITY = make_identity(DtlsSettings(), 1_700_000_000.0)


@dataclass(eq=False)
class Call:
    """Something that is to happen at its time."""

    action: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass(eq=False)
class Time:
    """An event loop whose clock jumps from one event to the next."""

    now: float = 1000.0
    _events: list[tuple[float, int, Call]] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def call_at(self, when: float, callback: Callable[[], None], /) -> Call:
        call = Call(callback)
        heapq.heappush(self._events, (when, next(self._numbers), call))
        return call

    def call_soon(self, callback: Callable[[], None], /) -> Call:
        return self.call_at(self.now, callback)

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self._events and self._events[0][0] <= end:
            when, _, call = heapq.heappop(self._events)
            self.now = max(self.now, when)
            if not call.cancelled:
                call.action()
        self.now = end


@dataclass(eq=False)
class Ear:
    """Who is told; notes everything."""

    selected: list[tuple[int, Address, Address]] = field(default_factory=list)
    keys: dict[int, tuple[Keys, Keys]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)

    def path_found(self, name: Address, component: int, local: Address, remote: Address, *, selected: bool) -> None:
        if selected:
            self.selected.append((component, local, remote))

    def consent_lost(self, name: Address, component: int) -> None:
        self.lost.append(component)

    def keyed(self, name: Address, component: int, local: Keys, remote: Keys, seconds: float) -> None:
        assert 0 <= seconds < 60
        self.keys[component] = (local, remote)

    def unkeyed(self, name: Address, component: int, reason: str) -> None:
        self.keys.pop(component, None)
        self.complaints.append(reason)

    def slow(self, name: Address, reason: str) -> None:
        self.complaints.append(reason)

    def path_failed(self, name: Address, reason: str) -> None:
        self.complaints.append(reason)


def _transport(identity: spec.Identity) -> DtlsTransport:
    assert isinstance(identity, Identity)
    return DtlsTransport(identity)


@dataclass(eq=False)
class Wire:
    """Both ends. ``cut``: nothing arrives any more."""

    time: Time = field(default_factory=Time)
    cut: bool = False
    sent: int = 0
    ears: dict[Address, Ear] = field(default_factory=dict)
    ends: dict[Address, Legs] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for local in (ONE, OTHER):
            self.ears[local] = Ear()
            around = Surroundings(self.ears[local], _transport)
            self.ends[local] = Legs(self._send, self.time, lambda: self.time.now, around)

    def _send(self, local: Address, target: Address, data: bytes) -> None:
        self.sent += 1
        if target in self.ends and not self.cut:
            self.time.call_at(self.time.now + 0.01, lambda: self._arrive(local, target, data))

    def _arrive(self, source: Address, local: Address, data: bytes) -> None:
        self.ends[local].receive(local, source, data, self.time.now)

    def follow(self, local: Address, wanted: LegSpec) -> None:
        self.ends[local].apply((), [wanted])


def ice(local: Address, *, told: bool = True, controlling: bool | None = None) -> IceSpec:
    peer = OTHER if local == ONE else ONE
    candidate = Candidate("1", 1, "UDP", 2130706431, peer.host, peer.port, CandidateType.HOST)
    description = IceDescription(CREDENTIALS[peer], (candidate,), complete=True)
    base = Base(local, local, 1, 0, "0123456789abcdef")
    role = local == ONE if controlling is None else controlling
    return IceSpec((base,), CREDENTIALS[local], description if told else None, role, lite=False)


def dtls(local: Address, *, with_ice: bool, fingerprint: Fingerprint | None = None, agreed: bool = True) -> DtlsSpec:
    role, peer = (Role.PASSIVE, OTHER) if local == ONE else (Role.ACTIVE, ONE)
    expected = fingerprint or IDENTITY.fingerprint("sha-256")
    terms = Terms(role, (expected,), None if with_ice else peer)
    return DtlsSpec(IDENTITY, ((1, local, terms if agreed else None),))


@pytest.mark.parametrize("with_ice", [True, False])
def test_both_ends_have_the_same_keys(with_ice: bool) -> None:
    wire = Wire()
    for local in (ONE, OTHER):
        wire.follow(local, LegSpec(local, ice(local) if with_ice else None, dtls(local, with_ice=with_ice)))
    wire.time.run(2.0)
    one, other = wire.ears[ONE], wire.ears[OTHER]
    assert one.keys[1] == tuple(reversed(other.keys[1]))
    assert one.selected == ([(1, ONE, OTHER)] if with_ice else [])
    assert one.complaints == other.complaints == []
    assert wire.ends[ONE].allows(ONE, OTHER)
    assert wire.ends[ONE].allows(ONE, STRANGER) is not with_ice


def test_no_handshake_before_the_answer_fixed_the_role() -> None:
    wire = Wire()
    for local in (ONE, OTHER):
        wire.follow(local, LegSpec(local, None, dtls(local, with_ice=False, agreed=False)))
    wire.time.run(3.0)
    assert wire.sent == 0


def test_no_handshake_before_ice_has_a_way() -> None:
    wire = Wire()
    wire.follow(OTHER, LegSpec(OTHER, ice(OTHER, told=False), dtls(OTHER, with_ice=True)))
    wire.time.run(3.0)
    assert wire.sent == 0


def test_a_hello_of_a_stranger_makes_no_state_behind_ice() -> None:
    wire = Wire()
    wire.follow(ONE, LegSpec(ONE, ice(ONE), dtls(ONE, with_ice=True)))
    hello = bytes([22, 254, 253]) + bytes(8) + (20).to_bytes(2) + bytes(20)
    before = wire.sent
    wire.ends[ONE].receive(ONE, STRANGER, hello, wire.time.now)
    wire.time.run(0.0)
    assert wire.sent == before
    assert wire.ends[ONE].status(ONE)["DTLS"][0]["state"] == "waiting"


def test_a_wrong_fingerprint_gives_no_keys_and_says_so() -> None:
    wire = Wire()
    wrong = Fingerprint("sha-256", bytes(32))
    wire.follow(ONE, LegSpec(ONE, ice(ONE), dtls(ONE, with_ice=True, fingerprint=wrong)))
    wire.follow(OTHER, LegSpec(OTHER, ice(OTHER), dtls(OTHER, with_ice=True)))
    wire.time.run(5.0)
    assert wire.ears[ONE].keys == {}
    assert any("fingerprint" in complaint for complaint in wire.ears[ONE].complaints)


def test_a_leg_that_does_not_come_up_is_told_of_once_after_two_seconds() -> None:
    wire = Wire()
    wire.follow(ONE, LegSpec(ONE, ice(ONE), dtls(ONE, with_ice=True)))
    wire.time.run(1.9)
    assert wire.ears[ONE].complaints == []
    wire.time.run(3.0)
    (complaint,) = wire.ears[ONE].complaints
    assert complaint.startswith("ICE: ")
    assert "0 answered" in complaint


def test_a_peer_that_never_begins_its_handshake_is_told_of() -> None:
    wire = Wire()
    wire.follow(ONE, LegSpec(ONE, None, dtls(ONE, with_ice=False)))
    wire.time.run(3.0)
    assert wire.ears[ONE].complaints == [
        "DTLS: the peer, which is to begin the handshake, has sent no ClientHello",
    ]


def test_a_peer_that_falls_silent_loses_consent() -> None:
    wire = Wire()
    for local in (ONE, OTHER):
        wire.follow(local, LegSpec(local, ice(local)))
    wire.time.run(2.0)
    wire.cut = True
    wire.time.run(60.0)
    assert wire.ears[ONE].lost == [1]


@pytest.mark.parametrize("another", [True, False])
def test_another_pair_that_works_takes_the_place_of_one_without_consent(another: bool) -> None:
    ear = Ear()
    leg = Leg(ONE, Surroundings(ear, _transport))
    leg.follow(LegSpec(ONE, ice(ONE)), 1000.0)
    assert leg.agent is not None
    pair = Pair(Base(ONE, ONE, 1, 0, "f"), STRANGER, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IceAgent, "events", lambda _: [ConsentLost(1, ONE, OTHER)])
        patch.setattr(IceAgent, "best", lambda *_: pair if another else None)
        leg.tell(1001.0)
    assert ear.selected == ([(1, ONE, STRANGER)] if another else [])
    assert ear.lost == ([] if another else [1])


def test_a_restart_keeps_the_keys() -> None:
    wire = Wire()
    for local in (ONE, OTHER):
        wire.follow(local, LegSpec(local, ice(local), dtls(local, with_ice=True)))
    wire.time.run(2.0)
    before = wire.ears[ONE].keys[1]
    fresh = {local: Credentials(f"new{local.port}", "z" * 26) for local in (ONE, OTHER)}
    for local, peer in ((ONE, OTHER), (OTHER, ONE)):
        former = ice(local)
        assert former.told is not None
        told = IceDescription(fresh[peer], former.told.candidates, complete=True)
        again = IceSpec(former.bases, fresh[local], told, former.controlling, lite=False)
        wire.follow(local, LegSpec(local, again, dtls(local, with_ice=True)))
    wire.time.run(2.0)
    assert wire.ears[ONE].keys[1] == before
    assert len(wire.ears[ONE].selected) == 2
    assert wire.ears[ONE].complaints == []


def test_the_end_leaves_nothing() -> None:
    wire = Wire()
    wanted = {local: LegSpec(local, ice(local), dtls(local, with_ice=True)) for local in (ONE, OTHER)}
    for local, leg in wanted.items():
        wire.follow(local, leg)
    wire.time.run(2.0)
    wire.ends[ONE].apply([wanted[ONE]], ())
    wire.time.run(0.1)
    assert len(wire.ends[ONE]) == 0
    assert wire.ears[OTHER].keys == {}, "the farewell has arrived"
    wire.ends[OTHER].close()
    sent = wire.sent
    wire.time.run(60.0)
    assert wire.sent == sent


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\x16\xfe\xfd", bytes(200), b"\x00\x01\x00\x00" + bytes(16), b"\xff" * 60]
)
def test_junk_changes_nothing(data: bytes) -> None:
    wire = Wire()
    wire.follow(ONE, LegSpec(ONE, ice(ONE), dtls(ONE, with_ice=True)))
    sent = wire.sent
    wire.ends[ONE].receive(ONE, STRANGER, data, wire.time.now)
    wire.ends[ONE].receive(OTHER, STRANGER, data, wire.time.now)
    assert wire.sent == sent
    assert wire.ears[ONE] is not None
    assert not wire.ends[ONE].allows(ONE, STRANGER)
