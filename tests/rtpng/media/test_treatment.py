"""What each treatment does to a packet, and that it does nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.media.relay import UNTOUCHED, Forward, Relay, Treatment
from rtpng.media.treatment import steps, treated
from sipcore.address import Address
from sipcore.extensions import edited
from sipcore.rtp import build, payload_bounds, peek
from tests.rtpng.media.rig import Rig

TARGET = Address("192.0.2.1", 4000)
PCMU, PCMA, OPUS, EVENT = 0, 8, 96, 101
SILENCE = frozenset({(PCMU, b"\xff"), (PCMA, b"\xd5"), (OPUS, b"\xf8\xff\xfe")})
TREATMENTS = st.builds(
    Treatment,
    dropped=st.frozensets(st.sampled_from([PCMA, EVENT])),
    unshortened=st.frozensets(st.sampled_from([PCMU, PCMA])),
    silence=st.frozensets(st.sampled_from(sorted(SILENCE)), max_size=3),
)


class Way:
    """A treated way out; ``sent`` is what has left."""

    def __init__(self, treatment: Treatment) -> None:
        self.sent: list[bytes] = []
        self._send = treated(self._take, steps(treatment))

    def _take(self, data: bytes, target: Address) -> int:
        assert target == TARGET
        self.sent.append(data)
        return len(data)

    def send(self, data: bytes) -> int | None:
        return self._send(data, TARGET)


def packet(payload_type: int = PCMU, sequence: int = 1, payload: bytes = b"x" * 160, *, marker: bool = False) -> bytes:
    return build(payload_type, sequence, 160 * sequence, 7, payload, marker=marker)


def test_an_untouched_way_is_the_socket_itself() -> None:
    way = Way(UNTOUCHED)
    assert treated(way._take, steps(UNTOUCHED)) == way._take


def test_nothing_is_sent_on_a_blocked_way() -> None:
    way = Way(Treatment(blocked=True))
    assert way.send(packet()) is None
    assert way.sent == []


def test_dropped_types_leave_a_gap_after_which_talk_begins_anew() -> None:
    way = Way(Treatment(dropped=frozenset({EVENT})))
    assert way.send(packet(sequence=1)) == 172
    assert way.send(packet(EVENT, 2, marker=True)) is None
    assert way.send(packet(EVENT, 3)) is None
    for sequence in (4, 5):
        way.send(packet(sequence=sequence))
    assert way.sent == [packet(sequence=1), packet(sequence=4, marker=True), packet(sequence=5)]


def test_a_marker_that_is_there_stays() -> None:
    way = Way(Treatment(dropped=frozenset({EVENT})))
    way.send(packet(EVENT))
    way.send(packet(marker=True))
    assert way.sent == [packet(marker=True)]


@pytest.mark.parametrize(
    ("payload_type", "payload"),
    [(PCMU, b"\xff" * 160), (PCMA, b"\xd5" * 160), (OPUS, b"\xf8\xff\xfe"), (EVENT, b"x" * 160)],
)
def test_silence(payload_type: int, payload: bytes) -> None:
    way = Way(Treatment(silence=SILENCE))
    way.send(packet(payload_type, marker=True))
    assert way.sent == [packet(payload_type, payload=payload, marker=True)]


def test_silence_leaves_header_extension_and_padding_alone() -> None:
    head = b"\xb1" + packet()[1:12] + b"\0\0\0\5" + b"\xbe\xde\0\1abcd"
    way = Way(Treatment(silence=SILENCE))
    way.send(head + b"speech" + b"\0\0\0\4")
    assert way.sent == [head + b"\xff" * 6 + b"\0\0\0\4"]


@pytest.mark.parametrize("treatment", [Treatment(silence=SILENCE), Treatment(unshortened=frozenset({PCMU}))])
def test_a_packet_without_a_whole_header_is_dropped(treatment: Treatment) -> None:
    way = Way(treatment)
    assert way.send(b"\x90" + packet(payload=b"")[1:]) is None
    assert way.send(b"\xa0" + packet(payload=b"\xff")[1:]) is None


def test_packets_shorter_than_the_first_of_their_type_are_dropped() -> None:
    way = Way(Treatment(unshortened=frozenset({PCMU, PCMA})))
    sizes = [(PCMU, 160), (PCMU, 1), (PCMA, 80), (PCMA, 79), (PCMU, 240), (PCMU, 160), (EVENT, 4), (EVENT, 2)]
    for payload_type, size in sizes:
        way.send(packet(payload_type, payload=b"x" * size))
    left = [(peek(data).payload_type, len(data) - 12) for data in way.sent]
    assert left == [(PCMU, 160), (PCMA, 80), (PCMU, 240), (PCMU, 160), (EVENT, 4), (EVENT, 2)]


@given(TREATMENTS, st.lists(st.tuples(st.sampled_from([PCMU, PCMA, OPUS, EVENT]), st.integers(0, 20)), max_size=20))
def test_what_is_sent_keeps_its_numbers(treatment: Treatment, packets: list[tuple[int, int]]) -> None:
    way = Way(treatment)
    silence = dict(treatment.silence)
    for sequence, (payload_type, size) in enumerate(packets):
        data = packet(payload_type, sequence, b"x" * size)
        before = len(way.sent)
        if way.send(data) is None:
            assert len(way.sent) == before
            continue
        sent = way.sent[-1]
        assert peek(sent)._replace(marker=False) == peek(data)
        start, end = payload_bounds(sent)
        pattern = silence.get(payload_type, b"x")
        assert sent[start:end] == (pattern if len(pattern) > 1 else pattern * size)
    assert not {peek(sent).payload_type for sent in way.sent} & treatment.dropped


async def test_a_treated_way_counts_what_is_dropped_and_what_is_sent(rig: Rig) -> None:
    alice, bob, carol = rig.peer(), rig.peer(), rig.peer()
    left, right = rig.local(), rig.local()
    quiet = Treatment(dropped=frozenset({EVENT}), silence=frozenset({(OPUS, b"abc")}))
    rig.add(Relay(left, alice.address, rtp=(Forward(right, bob.address, quiet), Forward(right, carol.address))))
    for data in (packet(EVENT), packet(OPUS)):
        alice.send(data, left)
        assert await carol.receive() == (data, right)
    assert await bob.receive() == (packet(OPUS, payload=b"abc", marker=True), right)
    stats, out = rig.plane.stats(left), rig.plane.stats(right)
    assert (stats.packets, stats.bytes, stats.blocked) == (2, 344, 1)
    assert (out.packets_out, out.bytes_out) == (3, 172 + 172 + 15)


async def test_a_treatment_that_stays_keeps_what_it_knows(rig: Rig) -> None:
    alice, bob, carol = rig.peer(), rig.peer(), rig.peer()
    left, right = rig.local(), rig.local()
    ways = (Forward(right, bob.address, Treatment(dropped=frozenset({EVENT}))), Forward(right, carol.address))
    rig.add(Relay(left, alice.address, rtp=ways))
    alice.send(packet(EVENT), left)
    assert await carol.receive() == (packet(EVENT), right)
    rig.add(Relay(left, alice.address, rtp=ways, tos=184))
    alice.send(packet(sequence=2), left)
    assert await bob.receive() == (packet(sequence=2, marker=True), right)


HEADERS = st.lists(st.tuples(st.integers(1, 14), st.binary(min_size=1, max_size=16)), max_size=4)


@given(
    HEADERS,
    st.frozensets(st.integers(1, 14)),
    st.none() | st.tuples(st.integers(1, 14), st.binary(min_size=1, max_size=16)),
)
def test_header_extensions_are_taken_out_and_the_mid_put_in(
    headers: list[tuple[int, bytes]], removed: frozenset[int], mid: tuple[int, bytes] | None
) -> None:
    data = packet(payload=b"sound")
    for header in headers:
        data = edited(data, (), header)
    way = Way(Treatment(removed_extensions=removed, mid=mid))
    way.send(data)
    assert way.sent == [edited(data, removed, mid)]
