"""connect: parties that talk with each other without an offer, of one call or of two."""

import pytest

from rtpng.calls.model import Party
from rtpng.ng.commands.context import Reply
from sipcore.address import Address
from tests.rtpng.harness import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    RelayUnderTest,
    Word,
    audio,
    ports,
    sdp,
    talking,
    video,
)


def two_conversations(second: str = "call") -> RelayUnderTest:
    """alice with bob, carol with dave."""
    relay = talking()
    relay.offer(sdp(audio(6000), host=CAROL), call_id=second, from_tag="carol")
    relay.answer(sdp(audio(7000), host=DAVE), call_id=second, from_tag="carol", to_tag="dave")
    return relay


def connect(relay: RelayUnderTest, **words: Word) -> Reply:
    keys: dict[str, Word] = {"call_id": "call", "from_tag": "bob", "to_tag": "dave"}
    return relay.command("connect", **(keys | words))


def party(relay: RelayUnderTest, tag: str) -> Party:
    found = relay.call().by_tag(tag)
    assert found is not None
    return found


def hears(relay: RelayUnderTest, tag: str, place: int = 0) -> set[str]:
    """The hosts to which media of a party goes."""
    rtp = party(relay, tag).streams[place].rtp
    assert rtp is not None
    return {way.target.host for way in relay.plane.relays[rtp.local].rtp}


def test_two_parties_of_one_call_talk_and_their_partners_wait() -> None:
    relay = two_conversations()
    before = set(relay.ports.ours)
    assert connect(relay) == {"result": "ok"}
    assert {tag: hears(relay, tag) for tag in ("alice", "bob", "carol", "dave")} == {
        "alice": set(),
        "bob": {DAVE},
        "carol": set(),
        "dave": {BOB},
    }
    assert relay.ports.ours == before


def test_query_tells_who_talks_with_whom() -> None:
    relay = two_conversations()
    connect(relay)
    tags = relay.query()["tags"]
    talking_with = [{"tag": "dave", "type": "offer/answer"}]
    assert tags["bob"]["subscriptions"] == tags["bob"]["subscribers"] == talking_with
    assert tags["alice"]["subscriptions"] == tags["alice"]["subscribers"] == []


def test_streams_are_joined_by_type() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video()))
    relay.answer(sdp(audio(5000), video(5002), host=BOB))
    relay.offer(sdp(video(6002), audio(6000), host=CAROL), from_tag="carol")
    relay.answer(sdp(video(7002), audio(7000), host=DAVE), from_tag="carol", to_tag="dave")
    connect(relay)
    targets = [
        way.target
        for stream in party(relay, "bob").streams
        if stream.rtp is not None
        for way in relay.plane.relays[stream.rtp.local].rtp
    ]
    assert targets == [Address(DAVE, 7000), Address(DAVE, 7002)]


def test_media_without_a_partner_goes_nowhere() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video()))
    relay.answer(sdp(audio(5000), video(5002), host=BOB))
    relay.offer(sdp(audio(6000), host=CAROL), from_tag="carol")
    relay.answer(sdp(audio(7000), host=DAVE), from_tag="carol", to_tag="dave")
    connect(relay)
    assert hears(relay, "bob") == {DAVE}
    assert hears(relay, "bob", place=1) == set()


def test_the_connection_is_in_the_kernel_once_both_were_heard() -> None:
    relay = two_conversations()
    for tag, host, number in (("bob", BOB, 5000), ("dave", DAVE, 7000)):
        rtp = party(relay, tag).streams[0].rtp
        assert rtp is not None
        relay.engine.judge(rtp.local, Address(host, number), bytes([0x80, 0]) + bytes(10), relay.clock.now)
    connect(relay)
    assert {flow.target for flow in relay.table.installed} == {Address(BOB, 5000), Address(DAVE, 7000)}


def test_a_later_offer_and_answer_take_the_parties_back() -> None:
    relay = two_conversations()
    connect(relay)
    relay.offer(sdp(audio()), to_tag="bob")
    relay.answer(sdp(audio(5000), host=BOB))
    assert (hears(relay, "alice"), hears(relay, "bob"), hears(relay, "dave")) == ({BOB}, {ALICE}, set())


def test_subscribers_stay() -> None:
    relay = two_conversations()
    relay.command("subscribe request", call_id="call", from_tag="bob", to_tag="rec")
    relay.command("subscribe answer", call_id="call", to_tag="rec", sdp=sdp(audio(8000), host="198.51.100.9"))
    connect(relay)
    assert hears(relay, "bob") == {DAVE, "198.51.100.9"}


def test_two_calls_become_one() -> None:
    relay = two_conversations("other")
    before = set(relay.ports.ours), set(relay.plane.relays)
    connect(relay, to_call_id="other")
    assert relay.call() is relay.call("other")
    assert [each.tag for each in relay.call().parties] == ["alice", "bob", "carol", "dave"]
    assert (hears(relay, "bob"), hears(relay, "dave")) == ({DAVE}, {BOB})
    assert (set(relay.ports.ours), set(relay.plane.relays)) == before
    assert relay.command("list")["calls"] == ["call", "other"]
    assert relay.command("statistics")["statistics"]["currentstatistics"]["sessionsown"] == 1


@pytest.mark.parametrize("name", ["call", "other"])
def test_merged_calls_end_together_under_either_name(name: str) -> None:
    relay = two_conversations("other")
    connect(relay, to_call_id="other")
    relay.delete(call_id=name, from_tag="dave")
    assert relay.is_empty()
    assert relay.command("list")["calls"] == []
    assert not relay.engine.carrier.applied


def test_merged_calls_end_by_time() -> None:
    relay = two_conversations("other")
    connect(relay, to_call_id="other")
    relay.pass_time(61)
    assert relay.is_empty()
    relay.offer(sdp(audio()), call_id="other")
    assert relay.command("list")["calls"] == ["other"]


def test_a_deletion_that_was_asked_for_is_off() -> None:
    relay = two_conversations("other")
    relay.delete(call_id="other", from_tag="carol", delete_delay=5)
    connect(relay, to_call_id="other")
    relay.pass_time(6)
    assert relay.call("other").parties


def test_both_calls_go_on_in_the_kernel() -> None:
    relay = two_conversations("other")
    for number, (tag, host) in enumerate((("alice", ALICE), ("bob", BOB), ("carol", CAROL), ("dave", DAVE)), 4):
        rtp = party_of(relay, tag).streams[0].rtp
        assert rtp is not None
        relay.engine.judge(rtp.local, Address(host, number * 1000), bytes([0x80, 0]) + bytes(10), relay.clock.now)
    assert len(relay.table.installed) == 4
    connect(relay, to_call_id="other")
    assert {flow.target for flow in relay.table.installed} == {Address(BOB, 5000), Address(DAVE, 7000)}
    assert relay.engine.offload.of("other") == frozenset()


def party_of(relay: RelayUnderTest, tag: str) -> Party:
    return next(found for call in relay.engine.calls if (found := call.by_tag(tag)) is not None)


def test_what_was_blocked_stays_blocked_and_nothing_else() -> None:
    relay = two_conversations("other")
    relay.command("block media", call_id="other")
    connect(relay, to_call_id="other")
    blocked = {}
    for tag in ("bob", "dave"):
        rtp = party(relay, tag).streams[0].rtp
        assert rtp is not None
        blocked[tag] = [way.treatment.blocked for way in relay.plane.relays[rtp.local].rtp]
    assert blocked == {"bob": [False], "dave": [True]}


def test_those_who_were_left_can_go() -> None:
    relay = two_conversations("other")
    connect(relay, to_call_id="other")
    relay.delete(from_tag="alice")
    relay.delete(call_id="other", from_tag="carol")
    assert [each.tag for each in relay.call().parties] == ["bob", "dave"]
    assert hears(relay, "bob") == {DAVE}


def test_merged_three_times() -> None:
    relay = two_conversations("other")
    relay.offer(sdp(audio(8000)), call_id="third", from_tag="erin")
    relay.answer(sdp(audio(8100), host=BOB), call_id="third", from_tag="erin", to_tag="frank")
    connect(relay, call_id="other", from_tag="dave", to_tag="erin", to_call_id="third")
    connect(relay, to_tag="frank", to_call_id="third")
    assert relay.command("list")["calls"] == ["call", "third", "other"]
    assert len(relay.call().parties) == 6
    assert relay.call() is relay.call("other") is relay.call("third")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"to_tag": None}, "No to-tag in message"),
        ({"from_tag": None}, "No medias found (no monologues matched)"),
        ({"from_tag": "nobody"}, "From-tag given, but no such tag exists"),
        ({"to_tag": "nobody"}, "To-tag not found"),
        ({"to_tag": "bob"}, "Invalid dialogue association"),
        ({"call_id": "unknown"}, "Unknown call-ID"),
        ({"call_id": None}, "No call-id in message"),
        ({"to_call_id": "unknown"}, "Unknown to-tag call-ID"),
        ({"to_call_id": "twin", "to_tag": "bob"}, "Failed to merge two calls into one (tag collision)"),
        ({"to_call_id": "third", "to_tag": "nobody"}, "To-tag not found"),
        ({"to_call_id": "third", "to_tag": "erin"}, "No medias found (no monologues matched)"),
        ({"to_tag": "rec"}, "Invalid dialogue association"),
    ],
    ids=str,
)
def test_what_cannot_be_connected_changes_nothing(words: dict[str, Word], reason: str) -> None:
    relay = two_conversations()
    relay.offer(sdp(audio()), call_id="twin")
    relay.answer(sdp(audio(5000), host=BOB), call_id="twin")
    relay.offer(sdp(video(8000)), call_id="third", from_tag="erin")
    relay.command("subscribe request", call_id="call", from_tag="bob", to_tag="rec")
    with relay.refuses(reason):
        connect(relay, **words)


def test_connected_again_nothing_changes() -> None:
    relay = two_conversations()
    connect(relay)
    before = relay.state()
    connect(relay)
    assert relay.state() == before
    assert ports(relay.offer(sdp(audio()), to_tag="bob"))
