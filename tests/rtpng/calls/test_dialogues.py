"""Which parties an offer or answer joins: forks, late answers, aliases, both directions."""

import pytest

from rtpng.calls.dialogues import INVALID
from rtpng.interfaces import Interface
from sipcore.address import Address
from tests.rtpng.harness import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    RelayUnderTest,
    Word,
    advertised,
    audio,
    lines,
    port,
    sdp,
)

OFFER = sdp(audio())
BRANCHES = (("b1", "bob", BOB), ("b2", "carol", CAROL), ("b3", "dave", DAVE))


def forked() -> RelayUnderTest:
    """Alice's offer went to three branches."""
    relay = RelayUnderTest()
    for branch, _, _ in BRANCHES:
        relay.offer(OFFER, via_branch=branch)
    return relay


def heard_by(relay: RelayUnderTest, tag: str) -> list[str]:
    """Tags of those that a party exchanges media with."""
    return [subscriber["tag"] for subscriber in relay.query()["tags"][tag]["subscribers"]]


def tags(relay: RelayUnderTest) -> list[str]:
    return list(relay.query()["tags"])


# --- offers ---


def test_an_offer_creates_the_sender_and_an_untagged_party() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    assert tags(relay) == ["alice", "<untagged 1>"]
    assert relay.query()["tags"]["<untagged 1>"]["tag"] == ""


def test_each_branch_of_a_fork_is_a_party_with_ports_of_its_own() -> None:
    relay = RelayUnderTest()
    told = [port(relay.offer(OFFER, via_branch=branch)) for branch, _, _ in BRANCHES]
    assert len(set(told)) == 3
    assert len(relay.ports.ours) == 2 + 3 * 2
    assert [party.get("via-branch") for party in relay.query()["tags"].values()] == [None, "b1", "b2", "b3"]


def test_a_branch_that_is_offered_again_keeps_its_ports() -> None:
    relay = forked()
    before = set(relay.ports.ours)
    again = relay.offer(OFFER, via_branch="b2")
    assert relay.ports.ours == before
    assert Address("203.0.113.1", port(again)) in before


def test_a_branch_that_has_answered_and_is_offered_again_keeps_its_ports() -> None:
    relay = RelayUnderTest()
    told = port(relay.offer(OFFER, via_branch="b1"))
    relay.answer(sdp(audio(5000), host=BOB), via_branch="b1")
    assert port(relay.offer(OFFER, via_branch="b1")) == told
    assert tags(relay) == ["alice", "bob"]


def test_without_branches_an_offer_after_the_answer_goes_to_the_same_place() -> None:
    """A proxy that tries one destination after the other: each keeps the ports of the one before."""
    relay = RelayUnderTest()
    told = port(relay.offer(OFFER))
    relay.answer(sdp(audio(5000), host=BOB))
    assert port(relay.offer(OFFER)) == told
    relay.answer(sdp(audio(5000), host=BOB), to_tag="carol")
    assert tags(relay) == ["alice", "carol"]


def test_an_offer_with_a_to_tag_that_nobody_told_us_makes_the_party_with_that_tag() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER, to_tag="bob")
    assert tags(relay) == ["alice", "bob"]


def test_an_in_dialogue_offer_before_any_answer_names_the_waiting_party() -> None:
    relay = RelayUnderTest()
    told = port(relay.offer(OFFER))
    assert port(relay.offer(OFFER, to_tag="bob")) == told
    assert tags(relay) == ["alice", "bob"]


def test_an_offer_of_the_callee_before_its_answer_names_the_waiting_party() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    relay.offer(sdp(audio(5000), host=BOB), from_tag="bob", to_tag="alice")
    assert tags(relay) == ["alice", "bob"]
    assert len(relay.ports.ours) == 4


def test_the_branch_tells_which_of_several_waiting_parties_is_meant() -> None:
    relay = forked()
    relay.offer(sdp(audio(5000), host=CAROL), from_tag="carol", to_tag="alice", via_branch="b2")
    assert relay.query()["tags"]["carol"]["via-branch"] == "b2"


@pytest.mark.parametrize("command", ["offer", "answer"])
def test_nobody_talks_to_himself(command: str) -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    with relay.refuses(INVALID):
        relay.command(command, call_id="call", sdp=OFFER, from_tag="alice", to_tag="alice")


def test_the_first_offer_to_oneself_creates_nothing() -> None:
    relay = RelayUnderTest()
    with relay.refuses(INVALID):
        relay.offer(OFFER, to_tag="alice")
    assert relay.is_empty()


# --- answers ---


def test_the_untagged_party_receives_the_tag_of_the_answer() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    relay.answer(sdp(audio(5000), host=BOB))
    assert tags(relay) == ["alice", "bob"]
    assert advertised(relay, "bob")[0] == Address(BOB, 5000)


def test_the_answer_of_a_branch_names_that_branch() -> None:
    relay = forked()
    relay.answer(sdp(audio(5000), host=CAROL), to_tag="carol", via_branch="b2")
    assert [party["tag"] for party in relay.query()["tags"].values()] == ["alice", "", "carol", ""]


def test_media_flows_to_the_branch_that_answered_and_to_no_other() -> None:
    relay = forked()
    relay.answer(sdp(audio(5000), host=CAROL), to_tag="carol", via_branch="b2")
    assert heard_by(relay, "alice") == ["carol"]
    alices = next(p for p in relay.call().parties if p.tag == "alice").streams[0].endpoints[0].local
    assert [way.target for way in relay.plane.relays[alices].rtp] == [Address(CAROL, 5000)]


def test_the_last_of_several_early_answers_has_the_media() -> None:
    relay = forked()
    for branch, tag, host in BRANCHES:
        relay.answer(sdp(audio(5000), host=host), to_tag=tag, via_branch=branch)
        assert heard_by(relay, "alice") == [tag]
    relay.answer(sdp(audio(5000), host=BOB), to_tag="bob", via_branch="b1")
    assert heard_by(relay, "alice") == ["bob"]


def test_the_offerers_port_is_the_same_for_all_branches() -> None:
    relay = forked()
    told = {
        port(relay.answer(sdp(audio(5000), host=host), to_tag=tag, via_branch=branch)) for branch, tag, host in BRANCHES
    }
    assert len(told) == 1


def test_a_further_branch_waits_for_its_answer_while_another_talks() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER, via_branch="b1")
    relay.answer(sdp(audio(5000), host=BOB), to_tag="bob", via_branch="b1")
    relay.offer(OFFER, via_branch="b2")
    assert heard_by(relay, "alice") == ["bob"]
    relay.answer(sdp(audio(5000), host=CAROL), to_tag="carol", via_branch="b2")
    assert heard_by(relay, "alice") == ["carol"]


def test_a_second_tag_of_one_branch_is_an_alias() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    first = relay.answer(sdp(audio(5000), host=BOB), to_tag="early")
    second = relay.answer(sdp(audio(5000), host=BOB), to_tag="late")
    assert port(first) == port(second)
    assert tags(relay) == ["alice", "late"]
    assert relay.query()["tags"]["late"]["tag-aliases"] == ["early"]


def test_an_alias_still_names_its_party() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    for tag in ("early", "late"):
        relay.answer(sdp(audio(5000), host=BOB), to_tag=tag)
    relay.offer(OFFER, to_tag="early")
    relay.answer(sdp(audio(5000), host=BOB), to_tag="early")
    assert tags(relay) == ["alice", "late"]
    assert list(relay.query(from_tag="early")["tags"]) == ["alice", "late"]


FINAL: dict[str, Word] = {"sip_message_type": "sip_reply", "sip_code": 200}


def two_answers(second: dict[str, Word], first: dict[str, Word]) -> RelayUnderTest:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    relay.answer(sdp(audio(5000), host=BOB), **first)
    relay.answer(sdp(audio(6000), host=CAROL), to_tag="carol", **second)
    return relay


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ({}, {}, ["alice", "carol"]),
        ({}, {"flags": ["new-branch"]}, ["alice", "bob", "carol"]),
        (FINAL, {}, ["alice", "bob", "carol"]),
        (FINAL | {"sip_code": 183}, {}, ["alice", "carol"]),
        (FINAL | {"flags": ["provisional"]}, {}, ["alice", "carol"]),
        ({"sip_message_type": "sip_request", "sip_code": 200}, {}, ["alice", "carol"]),
    ],
)
def test_a_late_answerer_is_a_party_of_its_own_after_the_final_answer_or_as_new_branch(
    first: dict[str, Word], second: dict[str, Word], found: list[str]
) -> None:
    assert tags(two_answers(second, first)) == found


def test_a_late_answerer_takes_over_the_ports_and_the_association() -> None:
    relay = two_answers({}, dict(FINAL))
    parties = relay.query()["tags"]
    assert parties["bob"]["medias"] == []
    assert parties["bob"]["subscriptions"] == []
    assert heard_by(relay, "alice") == ["carol"]
    assert len(relay.ports.ours) == 4
    assert advertised(relay, "carol")[0] == Address(CAROL, 6000)


def test_a_late_answerer_stays_on_the_interface_that_was_offered() -> None:
    inside, outside = (Interface(name, host, host, 30000, 30099) for name, host in (("in", "10.0.0.1"), ("out", BOB)))
    relay = RelayUnderTest(interfaces=(inside, outside))
    relay.offer(OFFER, direction=["in", "out"])
    relay.answer(sdp(audio(5000), host=BOB), **FINAL)
    relay.answer(sdp(audio(6000), host=CAROL), to_tag="carol")
    assert lines(relay.offer(OFFER, to_tag="carol").media[0])[1] == f"c=IN IP4 {outside.address}"
    assert len(relay.ports.ours) == 4


def test_a_final_answer_stays_final() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    relay.answer(sdp(audio(5000), host=BOB), **FINAL)
    relay.answer(sdp(audio(5000), host=BOB))
    relay.answer(sdp(audio(6000), host=CAROL), to_tag="carol")
    assert tags(relay) == ["alice", "bob", "carol"]


def test_a_former_answerer_may_take_its_place_back() -> None:
    relay = two_answers({}, dict(FINAL))
    relay.answer(sdp(audio(5000), host=BOB))
    assert heard_by(relay, "alice") == ["bob"]
    assert advertised(relay, "bob")[0] == Address(BOB, 5000)
    assert len(relay.ports.ours) == 4


def test_the_end_of_the_last_answerer_is_the_end_of_the_call() -> None:
    relay = two_answers({}, dict(FINAL))
    relay.delete(to_tag="carol", flags=["to-tag"])
    assert relay.is_empty()


def test_an_answer_to_nobody_who_offered_is_refused() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    with relay.refuses(INVALID):
        relay.answer(OFFER, from_tag="stranger")


def test_an_answer_of_somebody_who_talks_with_another_is_refused() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    relay.answer(sdp(audio(5000), host=BOB))
    relay.offer(sdp(audio(6000), host=CAROL), from_tag="carol")
    with relay.refuses(INVALID):
        relay.answer(sdp(audio(5000), host=BOB), from_tag="carol")


def test_an_answer_to_somebody_who_was_only_called_is_refused() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    relay.answer(sdp(audio(5000), host=BOB))
    with relay.refuses(INVALID):
        relay.answer(OFFER, from_tag="bob", to_tag="carol")


def test_an_answer_without_an_offer_is_taken_as_it_is() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER, to_tag="bob")
    out = relay.answer(sdp(audio(4400)), from_tag="bob", to_tag="alice")
    assert lines(out.media[0])[0] == f"m=audio {port(out)} RTP/AVP 0 8"


def test_a_late_offer_in_a_reply_and_its_answer() -> None:
    relay = RelayUnderTest()
    to_alice = relay.offer(sdp(audio(5000), host=BOB), from_tag="bob", to_tag="alice")
    to_bob = relay.answer(OFFER, from_tag="bob", to_tag="alice")
    assert tags(relay) == ["bob", "alice"]
    assert advertised(relay, "alice")[0] == Address(ALICE, 4000)
    assert port(to_alice) != port(to_bob)


def test_the_same_call_id_after_the_end_is_a_new_call() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    relay.delete()
    relay.clock.advance(5)
    relay.offer(OFFER)
    assert relay.query()["created"] == int(relay.clock.wall)
