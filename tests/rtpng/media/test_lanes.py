"""Which stream of a port a packet belongs to."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from rtpng.media.lanes import MAX_SOURCES, Lanes, Sources
from rtpng.media.relay import Lane
from sipcore.extensions import edited
from sipcore.rtp import build

MID = 4
AUDIO = Lane(0, frozenset({b"a"}), frozenset({0, 8}))
VIDEO = Lane(1, frozenset({b"v", b"2"}), frozenset({96, 97}))


def lanes(*every: Lane, sources: Sources | None = None, mid: int | None = MID) -> Lanes[str]:
    """Ways are named by kind and place."""
    ways = ((lane, (f"rtp {lane.place}",), (f"rtcp {lane.place}",)) for lane in every)
    return Lanes(ways, mid, sources if sources is not None else Sources(), ("unclaimed",))


def rtp(payload_type: int, ssrc: int, mid: bytes | None = None) -> bytes:
    data = build(payload_type, 1, 0, ssrc, b"x" * 20)
    return data if mid is None else edited(data, (), (MID, mid))


def rtcp(ssrc: int) -> bytes:
    return b"\x80\xc8\x00\x01" + ssrc.to_bytes(4, "big")


def test_a_payload_type_that_only_one_stream_has_tells_it() -> None:
    bundled = lanes(AUDIO, VIDEO)
    assert bundled.rtp(rtp(8, 0xA)) == ("rtp 0",)
    assert bundled.rtp(rtp(97, 0xB)) == ("rtp 1",)


def test_the_mid_counts_more_than_the_payload_type() -> None:
    bundled = lanes(AUDIO, VIDEO)
    assert bundled.rtp(rtp(96, 0xA, b"a")) == ("rtp 0",)
    assert bundled.rtp(rtp(0, 0xB, b"2")) == ("rtp 1",)


def test_a_mid_of_no_stream_is_dropped() -> None:
    assert lanes(AUDIO, VIDEO).rtp(rtp(0, 0xA, b"new")) == ()


def test_a_sender_without_mid_extension_may_use_its_id_for_something_else() -> None:
    assert lanes(AUDIO, VIDEO, mid=None).rtp(rtp(96, 0xA, b"a")) == ("rtp 1",)


def test_one_mid_is_enough_for_all_packets_of_an_ssrc() -> None:
    other = Lane(1, frozenset({b"v"}), AUDIO.payload_types)
    bundled = lanes(AUDIO, other)
    assert bundled.rtp(rtp(0, 0xB)) == ("rtp 0",)
    bundled.rtp(rtp(0, 0xB, b"v"))
    assert bundled.rtp(rtp(0, 0xB)) == bundled.rtp(rtp(8, 0xB)) == ("rtp 1",)
    assert bundled.rtp(rtp(0, 0xA)) == ("rtp 0",)


def test_an_unknown_payload_type_goes_with_its_ssrc_else_first() -> None:
    bundled = lanes(AUDIO, VIDEO)
    bundled.rtp(rtp(96, 0xB))
    assert bundled.rtp(rtp(77, 0xB)) == ("rtp 1",)
    assert bundled.rtp(rtp(77, 0xC)) == ("rtp 0",)
    assert bundled.rtcp(rtcp(0xC)) == ("unclaimed",)


def test_an_ssrc_that_moves_to_another_streams_payload_type_is_that_streams() -> None:
    bundled = lanes(AUDIO, VIDEO)
    bundled.rtp(rtp(96, 0xB))
    assert bundled.rtp(rtp(0, 0xB)) == ("rtp 0",)
    assert bundled.rtcp(rtcp(0xB)) == ("rtcp 0",)


def test_rtcp_follows_the_rtp_of_its_sender() -> None:
    bundled = lanes(AUDIO, VIDEO)
    bundled.rtp(rtp(96, 0xB))
    assert bundled.rtcp(rtcp(0xB)) == ("rtcp 1",)
    assert bundled.rtcp(rtcp(0xC)) == ("unclaimed",)


def test_what_was_learned_outlives_the_ways_and_a_stream_that_went() -> None:
    sources = Sources()
    lanes(AUDIO, VIDEO, sources=sources).rtp(rtp(77, 0xB, b"v"))
    assert lanes(VIDEO, AUDIO, sources=sources).rtp(rtp(77, 0xB)) == ("rtp 1",)
    left = lanes(AUDIO, Lane(2), sources=sources)
    assert left.rtp(rtp(77, 0xB)) == ("rtp 0",)
    assert left.rtcp(rtcp(0xB)) == ("unclaimed",)


packets = st.builds(
    rtp, st.integers(0, 127), st.integers(0, 2**32 - 1), st.none() | st.sampled_from([b"a", b"v", b"new", b"2" * 20])
)
every_lane = st.lists(
    st.builds(
        Lane,
        st.integers(0, 5),
        st.frozensets(st.sampled_from([b"a", b"v", b"2"])),
        st.frozensets(st.integers(90, 110), max_size=5),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda lane: lane.place,
)


@given(every_lane, st.lists(packets, max_size=30), st.booleans())
def test_every_packet_has_one_stream_unless_it_names_none(
    every: list[Lane], sent: Iterable[bytes], named: bool
) -> None:
    bundled = lanes(*every, mid=MID if named else None)
    places = {f"rtp {lane.place}" for lane in every}
    for packet in sent:
        ways = bundled.rtp(packet)
        assert len(ways) == 1 or (named and packet[0] & 0x10)
        assert places.issuperset(ways)
        assert bundled.rtp(packet) == ways
        assert len(bundled.rtcp(rtcp(int.from_bytes(packet[8:12])))) == 1


@given(st.lists(st.integers(0, 2**32 - 1), min_size=MAX_SOURCES, max_size=MAX_SOURCES + 50, unique=True))
def test_no_spray_of_ssrcs_costs_more_than_a_bounded_amount(spray: list[int]) -> None:
    sources = Sources()
    bundled = lanes(AUDIO, VIDEO, sources=sources)
    for ssrc in spray:
        bundled.rtp(rtp(96, ssrc))
    assert len(sources) == MAX_SOURCES
    assert sources.place(spray[-1]) == 1
