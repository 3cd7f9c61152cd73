"""delete: the entire call or a branch, at once or later."""

import pytest

from rtpng.engine import Limits
from tests.rtpng.harness import BOB, CAROL, DAVE, RelayUnderTest, Word, audio, sdp

OFFER = sdp(audio())
NO_MATCH = "Call-ID not found or tags didn't match"


def forked(*answered: str, limits: Limits | None = None) -> RelayUnderTest:
    """Alice's offer to the branches b1, b2 and b3; those in ``answered`` have answered, in this order."""
    relay = RelayUnderTest(limits=limits or Limits())
    hosts = {"b1": BOB, "b2": CAROL, "b3": DAVE}
    for branch in hosts:
        relay.offer(OFFER, via_branch=branch)
    for branch in answered:
        relay.answer(sdp(audio(5000), host=hosts[branch]), to_tag=f"tag-{branch}", via_branch=branch)
    return relay


def branches(relay: RelayUnderTest) -> list[str | None]:
    return [party.branch for party in relay.call().parties]


def talking_to_alice(relay: RelayUnderTest) -> list[str]:
    return [subscriber["tag"] for subscriber in relay.query()["tags"]["alice"]["subscribers"]]


def test_without_a_from_tag_it_is_the_entire_call() -> None:
    relay = forked("b1")
    relay.delete(from_tag=None)
    assert relay.is_empty()


def test_the_tag_of_the_caller_ends_the_call() -> None:
    relay = forked("b1")
    relay.delete()
    assert relay.is_empty()


def test_the_tag_of_a_callee_ends_its_branch() -> None:
    relay = forked("b1", "b2")
    relay.delete(from_tag="tag-b1")
    assert branches(relay) == [None, "b2", "b3"]
    assert len(relay.ports.ours) == 6


def test_the_tag_of_the_only_callee_ends_the_call() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    relay.answer(sdp(audio(5000), host=BOB))
    relay.delete(from_tag="bob")
    assert relay.is_empty()


def test_the_via_branch_chooses_the_branch() -> None:
    relay = forked()
    relay.delete(via_branch="b2")
    assert branches(relay) == [None, "b1", "b3"]


def test_the_last_branch_takes_the_call_with_it() -> None:
    relay = forked()
    for branch in ("b1", "b2", "b3"):
        relay.delete(via_branch=branch)
    assert relay.is_empty()


def test_a_to_tag_counts_only_with_its_flag() -> None:
    relay = forked("b1", "b2")
    relay.delete(to_tag="tag-b1", flags=["to-tag"])
    assert branches(relay) == [None, "b2", "b3"]
    relay.delete(to_tag="tag-b1")
    assert relay.is_empty()


def test_with_a_to_tag_that_counts_the_branch_does_not() -> None:
    relay = forked("b1", "b2")
    relay.delete(to_tag="tag-b1", via_branch="b2", flags=["to-tag"])
    assert branches(relay) == [None, "b2", "b3"]


def test_a_to_tag_that_never_came_means_the_callee_without_answer() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    relay.delete(to_tag="busy", flags=["to-tag"])
    assert relay.is_empty()


def test_with_a_to_tag_that_nobody_knows_the_branch_counts_after_all() -> None:
    relay = forked("b1")
    relay.delete(to_tag="busy", via_branch="b3", flags=["to-tag"])
    assert branches(relay) == [None, "b1", "b2"]


@pytest.mark.parametrize(
    "words",
    [
        {"from_tag": "tag-b2"},
        {"from_tag": "tag-b2", "to_tag": "alice", "flags": ["to-tag"]},
        {"to_tag": "tag-b2", "flags": ["to-tag"]},
    ],
    ids=["callee", "callee with to-tag", "caller with to-tag"],
)
@pytest.mark.parametrize("answered", [["b2"], ["b1", "b2"]])
def test_when_those_who_talk_hang_up_the_losing_branches_go_too(answered: list[str], words: dict[str, Word]) -> None:
    relay = forked(*answered)
    relay.delete(**words)
    assert relay.is_empty()


def test_the_end_of_a_losing_branch_leaves_those_who_talk_alone() -> None:
    relay = forked("b1", "b2")
    relay.delete(from_tag="tag-b1", to_tag="alice")
    assert talking_to_alice(relay) == ["tag-b2"]


def test_those_who_talk_hang_up_after_the_delay() -> None:
    relay = forked("b1", "b2")
    relay.delete(from_tag="tag-b2", delete_delay=5)
    relay.pass_time(4)
    assert talking_to_alice(relay) == ["tag-b2"]
    relay.pass_time(1)
    assert relay.is_empty()


def test_a_branch_that_fails_after_early_media_leaves_the_others_ringing() -> None:
    relay = forked("b2")
    relay.delete(via_branch="b2")
    assert talking_to_alice(relay) == ["", ""]
    relay.answer(sdp(audio(5000), host=BOB), to_tag="tag-b1", via_branch="b1")
    assert talking_to_alice(relay) == ["tag-b1"]


def test_when_the_branch_with_early_media_fails_the_last_one_that_has_some_takes_over() -> None:
    relay = forked("b1", "b2", "b3")
    relay.delete(via_branch="b3")
    assert talking_to_alice(relay) == ["tag-b2"]


def test_a_branch_with_a_final_answer_is_the_call() -> None:
    relay = forked("b1")
    relay.answer(OFFER, to_tag="tag-b2", via_branch="b2", sip_code=200, sip_message_type="sip_reply")
    relay.delete(via_branch="b2")
    assert relay.is_empty()


@pytest.mark.parametrize("words", [{"call_id": "other"}, {"from_tag": "stranger"}])
def test_nothing_found_is_ok_with_a_warning(words: dict[str, str]) -> None:
    relay = forked()
    before = relay.state()
    assert relay.delete(**words) == {"warning": NO_MATCH, "result": "ok"}
    assert relay.state() == before


@pytest.mark.parametrize("words", [{"call_id": "other"}, {"from_tag": "stranger"}])
def test_nothing_found_is_an_error_if_fatal(words: dict[str, str]) -> None:
    relay = forked()
    with relay.refuses(NO_MATCH):
        relay.delete(flags=["fatal"], **words)


def test_the_reply_is_that_of_query() -> None:
    relay = forked("b1")
    assert relay.query() == relay.delete(from_tag=None)


def test_a_tag_that_is_gone_with_its_branch_is_not_told_of() -> None:
    assert forked("b1", "b2").delete(from_tag="tag-b1")["tags"] == {}


def test_the_reply_tells_of_a_party_whose_branch_is_to_go() -> None:
    assert list(forked("b1", "b2").delete(from_tag="tag-b1", delete_delay=5)["tags"]) == ["tag-b1"]


def test_when_a_branch_goes_the_reply_tells_of_who_asked_and_whom_they_talk_with() -> None:
    assert list(forked("b1", "b2").delete(via_branch="b1")["tags"]) == ["alice", "tag-b2"]


@pytest.mark.parametrize(("delay", "told"), [(0, False), (5, True)])
def test_a_port_is_told_of_as_long_as_it_is_there(delay: int, told: bool) -> None:
    tags = forked("b1").delete(delete_delay=delay)["tags"]
    streams = [stream for tag in tags.values() for media in tag["medias"] for stream in media["streams"]]
    assert streams
    assert {"local port" in stream for stream in streams} == {told}


def test_fast_has_only_the_result() -> None:
    assert forked().delete(flags=["fast"]) == {"result": "ok"}


# --- delays ---


@pytest.mark.parametrize(("delay", "seconds"), [(5, 5), ("7", 7), (None, 30), (-1, 30)])
def test_the_call_ends_after_the_delay(delay: int | str | None, seconds: int) -> None:
    relay = forked("b1", limits=Limits(delete_delay=30))
    relay.delete(delete_delay=delay)
    relay.pass_time(seconds - 0.5)
    assert relay.query()["result"] == "ok"
    assert relay.plane.relays
    relay.pass_time(0.5)
    assert relay.is_empty()


def test_the_reply_comes_at_once() -> None:
    relay = forked("b1")
    assert set(relay.delete(delete_delay=5)["tags"]) == {"alice", "tag-b1", "<untagged 1>", "<untagged 2>"}


def test_the_delay_of_an_offer_says_nothing_about_the_delete() -> None:
    relay = RelayUnderTest(limits=Limits(delete_delay=0))
    relay.offer(OFFER, delete_delay=9)
    relay.delete(delete_delay=None)
    assert relay.is_empty()


@pytest.mark.parametrize("command", ["offer", "answer"])
def test_signalling_cancels_a_scheduled_end(command: str) -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    relay.delete(delete_delay=5)
    relay.pass_time(3)
    relay.command(command, call_id="call", from_tag="alice", to_tag="bob", sdp=OFFER)
    relay.pass_time(10)
    assert not relay.is_empty()


def test_a_branch_ends_after_the_delay() -> None:
    relay = forked("b1", "b2")
    relay.delete(from_tag="tag-b1", delete_delay=5)
    relay.pass_time(4)
    assert branches(relay) == [None, "b1", "b2", "b3"]
    relay.pass_time(1)
    assert branches(relay) == [None, "b2", "b3"]


def test_a_branch_without_tag_ends_after_the_delay_and_takes_no_other_along() -> None:
    relay = forked("b1")
    relay.delete(via_branch="b3", delete_delay=5)
    relay.pass_time(5)
    assert branches(relay) == [None, "b1", "b2"]


def test_all_branches_and_the_call_end_after_their_delays() -> None:
    relay = forked("b1")
    relay.delete(via_branch="b3", delete_delay=5)
    relay.delete(delete_delay=5)
    relay.pass_time(6)
    assert relay.is_empty()


def test_a_second_delete_at_once_does_not_wait() -> None:
    relay = forked("b1")
    relay.delete(delete_delay=5)
    relay.delete(delete_delay=0)
    assert relay.is_empty()


def test_branches_that_end_at_one_time_end_the_call_once() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    relay.offer(OFFER, from_tag="carol", to_tag="dave")
    for tag in ("dave", "alice"):
        relay.delete(from_tag=tag, delete_delay=5)
    relay.pass_time(6)
    assert relay.is_empty()
    assert relay.engine.statistics.ended.total() == 1
