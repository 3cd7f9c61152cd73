"""What the plan makes of bundles and header extensions: lanes, treatments, and what is left for the kernel."""

import pytest

from rtpng.calls.model import Party
from rtpng.media.relay import UNTOUCHED, Forward, Lane, Relay
from sipcore.address import Address
from sipcore.extensions import EVERY, MID
from tests.rtpng.calls.test_bundle import HERS, HIS, HIS_BUNDLED, NUMBERED_BUNDLED, PLAIN
from tests.rtpng.harness import ALICE, BOB, RelayUnderTest, audio, sdp, video
from tests.rtpng.media.rig import rtp

NAMED = tuple(media.replace("a=mid", f"a=extmap:4 {MID}\r\na=mid") for media in (HERS, HIS_BUNDLED))


def party(relay: RelayUnderTest, tag: str) -> Party:
    found = relay.call().by_tag(tag)
    assert found is not None
    return found


def relay_of(relay: RelayUnderTest, tag: str, place: int = 0, *, rtcp: bool = False) -> Relay:
    stream = party(relay, tag).streams[place]
    endpoint = stream.rtcp if rtcp else stream.rtp
    assert endpoint is not None
    return relay.plane.relays[endpoint.local]


def heard(relay: RelayUnderTest, tag: str, *sources: Address) -> None:
    """Everybody's first packet comes from where SDP says."""
    for stream, source in zip(party(relay, tag).streams, sources, strict=True):
        assert stream.rtp is not None
        relay.engine.judge(stream.rtp.local, source, rtp(payload_type=0), relay.clock.now)


def test_a_shared_port_has_a_lane_for_each_stream() -> None:
    relay = RelayUnderTest()
    relay.offer(HERS, bundle=["accept"])
    relay.answer(HIS)
    shared = relay_of(relay, "alice")
    assert shared.rtp == shared.rtcp == ()
    assert [(lane.place, lane.mids, lane.payload_types) for lane in shared.lanes] == [
        (0, frozenset({b"a"}), frozenset({0, 8})),
        (1, frozenset({b"v"}), frozenset({96})),
    ]
    assert [way.target for lane in shared.lanes for way in lane.rtp] == [(BOB, 5000), (BOB, 5002)]
    assert shared.mid_extension is None
    assert [relay_of(relay, "bob", place).lanes for place in (0, 1)] == [(), ()]


def test_the_port_for_rtcp_learns_from_that_for_rtp() -> None:
    relay = RelayUnderTest()
    relay.offer(HERS, bundle=["accept"])
    relay.answer(HIS)
    beside = relay_of(relay, "alice", rtcp=True)
    assert beside.heard_at == relay_of(relay, "alice").local
    assert [lane.rtp for lane in beside.lanes] == [(), ()]
    assert [way.target for lane in beside.lanes for way in lane.rtcp] == [(BOB, 5001), (BOB, 5003)]


def test_the_mid_is_written_for_who_bundles_and_taken_out_for_who_does_not() -> None:
    relay = RelayUnderTest()
    relay.offer(NAMED[0], bundle=["accept"])
    relay.answer(HIS)
    assert relay_of(relay, "alice").mid_extension == 4
    to_bob = [lane.rtp[0].treatment for lane in relay_of(relay, "alice").lanes]
    assert [(treated.removed_extensions, treated.mid) for treated in to_bob] == [(frozenset({4}), None)] * 2
    to_alice = [relay_of(relay, "bob", place).rtp[0].treatment for place in (0, 1)]
    assert [treated.mid for treated in to_alice] == [(4, b"a"), (4, b"v")]


def test_each_side_gets_its_own_name_for_a_section() -> None:
    relay = RelayUnderTest()
    relay.offer(PLAIN, bundle=["offer"])
    relay.answer(NUMBERED_BUNDLED.replace("a=mid", f"a=extmap:1 {MID}\r\na=mid"))
    assert [relay_of(relay, "alice", place).rtp[0].treatment.mid for place in (0, 1)] == [(1, b"1"), (1, b"2")]
    back = [lane.rtp[0].treatment for lane in relay_of(relay, "bob").lanes]
    assert [treated.removed_extensions for treated in back] == [frozenset({1})] * 2


def test_who_has_not_agreed_to_the_mid_extension_gets_none() -> None:
    relay = RelayUnderTest()
    relay.offer(PLAIN, bundle=["offer"])
    relay.answer(NUMBERED_BUNDLED)
    assert [relay_of(relay, "alice", place).rtp[0].treatment for place in (0, 1)] == [UNTOUCHED] * 2


def test_learning_knows_the_payload_types_of_all_streams_of_a_port() -> None:
    relay = RelayUnderTest()
    relay.offer(HERS, bundle=["accept"])
    relay.answer(HIS)
    shared = party(relay, "alice").streams[1].rtp
    assert shared is not None
    assert shared.latch.payload_types == {0, 8, 96}
    owner = relay.engine.calls.owner(shared.local)
    assert owner is not None
    assert owner.streams == tuple(party(relay, "alice").streams)


def test_the_kernel_carries_what_leaves_for_a_bundle_and_nothing_that_comes_from_it() -> None:
    relay = RelayUnderTest()
    relay.offer(HERS, bundle=["accept"])
    relay.answer(HIS)
    heard(relay, "alice", Address(ALICE, 4000), Address(ALICE, 4000))
    heard(relay, "bob", Address(BOB, 5000), Address(BOB, 5002))
    flows = {flow.remote: flow.target for flow in relay.table.installed}
    assert flows == {Address(BOB, 5000): (ALICE, 4000), Address(BOB, 5002): (ALICE, 4000)}


def test_a_bundle_of_one_section_is_an_ordinary_stream() -> None:
    relay = RelayUnderTest()
    mine = sdp(audio(4000, "0", "a=mid:a", f"a=extmap:4 {MID}"), session=("a=group:BUNDLE a",))
    relay.offer(mine, bundle=["accept", "offer"])
    relay.answer(mine.replace(ALICE, BOB))
    heard(relay, "alice", Address(ALICE, 4000))
    heard(relay, "bob", Address(BOB, 4000))
    assert len(relay.table.installed) == 2
    assert relay_of(relay, "alice").lanes == ()


def test_a_refused_section_leaves_an_ordinary_stream() -> None:
    relay = RelayUnderTest()
    relay.offer(HERS, bundle=["accept"])
    relay.answer(sdp(audio(5000, "0 8", "a=mid:a"), video(0, "a=mid:v"), host=BOB))
    alone = relay_of(relay, "alice")
    assert alone.lanes == ()
    assert [way.target for way in alone.rtp] == [(BOB, 5000)]


EXTENDED = ("0", "a=extmap:1 urn:x", "a=extmap:2 urn:y")


@pytest.mark.parametrize(
    ("words", "removed"),
    [
        ({"flags": ["strip-extmap"]}, EVERY),
        ({"rtpp_flags": "extmap=[strip=[all]]"}, EVERY),
        ({"rtpp_flags": "extmap=[strip=[urn:x]]"}, frozenset({1})),
        ({"rtpp_flags": "extmap=[mask=[urn:y]]"}, frozenset({2})),
    ],
)
def test_stripped_extensions_leave_packets_of_both_directions(words: dict[str, str], removed: frozenset[int]) -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(4000, *EXTENDED)), **words)
    relay.answer(sdp(audio(5000, "0"), host=BOB))
    ways = [relay_of(relay, tag).rtp[0] for tag in ("alice", "bob")]
    assert [way.treatment.removed_extensions for way in ways] == [removed] * 2
    heard(relay, "alice", Address(ALICE, 4000))
    heard(relay, "bob", Address(BOB, 5000))
    assert not relay.table.installed


def test_an_answer_may_strip_too_and_a_re_offer_ends_it() -> None:
    relay = RelayUnderTest()
    both = sdp(audio(4000, *EXTENDED)), sdp(audio(5000, *EXTENDED), host=BOB)
    relay.offer(both[0])
    relay.answer(both[1], rtpp_flags="extmap=[strip=[urn:y]]")
    assert relay_of(relay, "alice").rtp[0].treatment.removed_extensions == {2}
    relay.offer(both[0], to_tag="bob")
    relay.answer(both[1])
    assert relay_of(relay, "alice").rtp[0].treatment == UNTOUCHED


def test_without_extensions_nothing_is_stripped() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(4000)), flags=["strip-extmap"])
    relay.answer(sdp(audio(5000), host=BOB))
    assert relay_of(relay, "alice").rtp[0].treatment == UNTOUCHED


def test_a_loop_through_a_lane_is_cut() -> None:
    """Bob says that he receives where Alice's bundle does."""
    relay = RelayUnderTest()
    relay.offer(HERS, bundle=["accept"])
    ours = relay_of(relay, "alice").local
    relay.answer(sdp(audio(ours.port, "0 8", "a=mid:a"), video(5002, "a=mid:v"), host=ours.host))
    lanes = {lane.place: lane for lane in relay_of(relay, "alice").lanes}
    assert lanes[0].rtp == ()
    assert [way.target for way in lanes[1].rtp] == [(ours.host, 5002)]


def test_all_ways_of_a_relay() -> None:
    ways = [Forward(Address("192.0.2.1", port), Address("192.0.2.2", port)) for port in range(4)]
    lanes = Lane(0, rtp=(ways[0],), rtcp=(ways[1],)), Lane(1, rtp=(ways[2],), rtcp=(ways[3],))
    assert Relay(Address("192.0.2.1", 9), lanes=lanes).ways == tuple(ways)
    assert Relay(Address("192.0.2.1", 9), rtp=(ways[0],), rtcp=(ways[1],)).ways == tuple(ways[:2])
