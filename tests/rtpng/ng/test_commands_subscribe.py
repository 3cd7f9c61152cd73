"""subscribe request, subscribe answer, unsubscribe: parties that hear others."""

from collections.abc import Mapping
from typing import Any

import pytest

from rtpng.media.relay import SocketStats
from rtpng.ng.commands.context import Reply
from sipcore.address import Address
from sipcore.sdp.session import SessionDescription, parse
from tests.rtpng.harness import (
    ALICE,
    BOB,
    CAROL,
    RelayUnderTest,
    Word,
    audio,
    lines,
    port,
    ports,
    sdp,
    talking,
    video,
)

RECVONLY = "a=recvonly"


def request(relay: RelayUnderTest, **words: Word) -> Reply:
    keys: dict[str, Word] = {"call_id": "call", "to_tag": "rec"}
    return relay.command("subscribe request", **(keys | words))


def invited(relay: RelayUnderTest, **words: Word) -> SessionDescription:
    return parse(request(relay, **words)["sdp"])


def accept(relay: RelayUnderTest, *media: tuple[str, ...], **words: Word) -> Reply:
    keys: dict[str, Word] = {"call_id": "call", "to_tag": "rec", "sdp": sdp(*media, host=CAROL)}
    return relay.command("subscribe answer", **(keys | words))


def cancel(relay: RelayUnderTest, **words: Word) -> Reply:
    keys: dict[str, Word] = {"call_id": "call", "to_tag": "rec"}
    return relay.command("unsubscribe", **(keys | words))


def copies(relay: RelayUnderTest, tag: str) -> set[Address]:
    """Where RTP of a party goes."""
    party = relay.call().by_tag(tag)
    assert party is not None
    assert party.streams[0].rtp is not None
    return {way.target for way in relay.plane.relays[party.streams[0].rtp.local].rtp}


def links(relay: RelayUnderTest, tag: str) -> Mapping[str, Any]:
    party = relay.query()["tags"][tag]
    return {name: [(link["tag"], link["type"]) for link in party[name]] for name in ("subscriptions", "subscribers")}


def recorded() -> RelayUnderTest:
    """A call, and a recorder that hears both."""
    relay = talking()
    request(relay, from_tags=["alice", "bob"])
    accept(relay, audio(7000, "0", RECVONLY), audio(7002, "0", RECVONLY))
    return relay


# --- the offer to a subscriber ---


def test_a_single_source_is_offered_as_if_by_itself() -> None:
    relay = RelayUnderTest()
    extras = "a=ptime:20", "a=foo:bar", "b=AS:64", "a=label:x", "a=mid:m"
    relay.offer(sdp(audio(4000, "0 8", *extras), session=("a=sess:1", "b=AS:99")))
    relay.answer(sdp(audio(5000, "0"), host=BOB))
    offer = invited(relay, from_tag="alice")
    number = port(offer)
    assert offer.origin is not None
    assert offer.origin.address == ALICE
    assert lines(offer)[-1] == "a=sess:1"
    assert lines(offer.media[0]) == [
        f"m=audio {number} RTP/AVP 0",
        "c=IN IP4 203.0.113.1",
        "b=AS:64",
        "a=rtpmap:0 PCMU/8000",
        "a=foo:bar",
        "a=sendonly",
        f"a=rtcp:{number + 1}",
        "a=ptime:20",
    ]


def test_of_several_sections_the_sessions_attributes_are_nobodys() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), session=("a=sess:1",)))
    relay.answer(sdp(audio(5000), host=BOB))
    assert invited(relay, all="all").attributes == ()


def test_the_reply_names_who_is_heard() -> None:
    relay = talking()
    one = request(relay, from_tag="alice")
    assert set(one) == {"sdp", "from-tag", "from-tags", "to-tag", "result"}
    assert (one["from-tag"], one["from-tags"], one["to-tag"]) == ("alice", ["alice"], "rec")
    two = request(relay, from_tags=["bob", "alice"], to_tag=None)
    assert set(two) == {"sdp", "from-tags", "to-tag", "result"}
    assert two["from-tags"] == ["bob", "alice"]
    assert len(two["to-tag"]) == 64


@pytest.mark.parametrize(
    ("words", "heard"),
    [
        ({"from_tag": "bob"}, ["bob"]),
        ({"label": "caller"}, ["alice"]),
        ({"all": "all"}, ["alice", "bob"]),
        ({"flags": ["all"], "from_tag": "alice"}, ["alice", "bob"]),
        ({"from_tags": ["bob", "nobody", "alice"]}, ["bob", "alice"]),
        ({"from_tags": "alice,alice"}, ["alice"]),
        ({"flags": ["from-tags-bob", "from-tags-alice"]}, ["bob", "alice"]),
        ({"rtpp_flags": "from-tags=[bob alice]"}, ["bob", "alice"]),
    ],
    ids=str,
)
def test_sources_are_chosen_by_tag_label_or_all(words: dict[str, Word], heard: list[str]) -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()), label="caller")
    relay.answer(sdp(audio(5000), host=BOB))
    assert request(relay, **words)["from-tags"] == heard


def test_a_recorder_is_told_which_section_is_whose() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video(4002, "a=sendonly")), label="caller")
    relay.answer(sdp(audio(5000), video(5002, "a=recvonly"), host=BOB))
    reply = request(relay, flags=["all", "SIPREC"])
    assert reply["from-tags"] == ["alice", "alice", "bob", "bob"]
    assert reply["media-labels"] == {
        "0": {"tag": "alice", "label": "caller", "index": 1, "type": "audio", "mode": "sendrecv"},
        "2": {"tag": "alice", "label": "caller", "index": 2, "type": "video", "mode": "recvonly"},
        "1": {"tag": "bob", "index": 1, "type": "audio", "mode": "sendrecv"},
        "3": {"tag": "bob", "index": 2, "type": "video", "mode": "sendonly"},
    }
    first = {"index": 1, "type": "audio", "label": "0", "mode": "sendrecv"}
    assert reply["tag-medias"][0] == {"tag": "alice", "label": "caller", "medias": [first]}
    assert [media.attribute("label") for media in parse(reply["sdp"]).media] == ["0", "2", "1", "3"]
    ways = [lines(media)[-2] for media in parse(reply["sdp"]).media]
    assert ways == ["a=sendonly", "a=sendonly", "a=sendonly", "a=inactive"]


def test_labels_stay_for_the_next_recorder() -> None:
    relay = talking()
    request(relay, from_tag="bob", flags=["SIPREC"])
    reply = request(relay, to_tag="other", from_tags=["bob", "alice"], flags=["SIPREC"])
    assert list(reply["media-labels"]) == ["1", "0"]


def test_the_offer_obeys_the_words_of_other_offers() -> None:
    relay = talking()
    words: dict[str, Word] = {"transport_protocol": "RTP/AVPF", "rtcp_mux": ["require"]}
    offer = invited(relay, from_tag="alice", address_family="IP6", flags=["codec-strip-PCMA", "generate-mid"], **words)
    number = port(offer)
    assert lines(offer.media[0]) == [
        f"m=audio {number} RTP/AVPF 0",
        "c=IN IP6 2001:db8::1",
        "a=mid:1",
        "a=rtpmap:0 PCMU/8000",
        "a=sendonly",
        f"a=rtcp:{number}",
        "a=rtcp-mux",
    ]


def test_what_was_refused_or_cannot_be_copied_is_no_source() -> None:
    relay = RelayUnderTest()
    fax = ("m=image 4006 udptl t38",)
    relay.offer(sdp(audio(), video(), fax))
    relay.answer(sdp(audio(5000), video(0), fax, host=BOB))
    assert request(relay, from_tag="bob")["from-tags"] == ["bob"]


# --- what is carried ---


def test_a_subscriber_gets_copies_once_it_has_answered() -> None:
    relay = talking()
    request(relay, from_tag="alice")
    assert copies(relay, "alice") == {Address(BOB, 5000)}
    assert accept(relay, audio(7000, "0", RECVONLY)) == {"result": "ok"}
    assert copies(relay, "alice") == {Address(BOB, 5000), Address(CAROL, 7000)}
    assert copies(relay, "bob") == {Address(ALICE, 4000)}


def test_a_recorder_hears_both_on_streams_of_their_own() -> None:
    relay = recorded()
    assert copies(relay, "alice") == {Address(BOB, 5000), Address(CAROL, 7000)}
    assert copies(relay, "bob") == {Address(ALICE, 4000), Address(CAROL, 7002)}
    assert copies(relay, "rec") == set()


def test_a_section_that_the_subscriber_refuses_is_not_copied() -> None:
    relay = talking()
    request(relay, from_tags=["alice", "bob"])
    accept(relay, audio(0), audio(7002))
    assert copies(relay, "alice") == {Address(BOB, 5000)}
    assert copies(relay, "bob") == {Address(ALICE, 4000), Address(CAROL, 7002)}


def test_sections_that_nobody_offered_are_passed_over() -> None:
    relay = talking()
    request(relay, from_tag="alice")
    accept(relay, audio(7000), audio(7002))
    party = relay.call().by_tag("rec")
    assert party is not None
    assert len(party.streams) == 1


def test_re_offers_of_the_call_leave_subscribers_alone() -> None:
    relay = recorded()
    relay.offer(sdp(audio(4400)), to_tag="bob")
    relay.answer(sdp(audio(5500), host=BOB))
    assert copies(relay, "alice") == {Address(BOB, 5500), Address(CAROL, 7000)}


def test_subscribing_again_keeps_ports_and_answers() -> None:
    relay = recorded()
    before = relay.state()["relays"]
    again = invited(relay, from_tags=["alice", "bob"])
    assert relay.state()["relays"] == before
    assert set(ports(again)) <= {relay.port for relay in before}


def test_another_source_takes_the_place_of_one_that_is_no_longer_wanted() -> None:
    relay = talking()
    first = invited(relay, from_tag="alice")
    accept(relay, audio(7000))
    assert ports(invited(relay, from_tag="bob")) == ports(first)
    assert copies(relay, "alice") == {Address(BOB, 5000)}
    assert copies(relay, "bob") == {Address(ALICE, 4000), Address(CAROL, 7000)}


def test_a_section_without_a_source_is_refused_and_its_ports_are_free() -> None:
    relay = recorded()
    before = len(relay.ports.ours)
    offer = invited(relay, from_tag="bob")
    assert [media.port > 0 for media in offer.media] == [False, True]
    assert len(relay.ports.ours) == before - 2
    assert copies(relay, "alice") == {Address(BOB, 5000)}
    both = invited(relay, from_tags=["alice", "bob"])
    assert all(media.port > 0 for media in both.media)


# --- the end of a subscription ---


def test_unsubscribing_leaves_the_call_as_it_was() -> None:
    relay = talking()
    before = relay.state()
    request(relay, from_tags=["alice", "bob"])
    accept(relay, audio(7000), audio(7002))
    assert cancel(relay) == {"result": "ok"}
    assert relay.state() == before


def test_one_source_can_be_given_up() -> None:
    relay = recorded()
    cancel(relay, from_tag="alice")  # without the flag the tag means nothing
    assert relay.call().by_tag("rec") is None
    relay = recorded()
    cancel(relay, from_tag="alice", flags=["directional"])
    assert copies(relay, "alice") == {Address(BOB, 5000)}
    assert links(relay, "rec")["subscriptions"] == [("bob", "pub/sub")]
    cancel(relay, from_tag="bob", flags=["directional"])
    assert relay.call().by_tag("rec") is None


def test_a_subscriber_can_be_deleted() -> None:
    relay = recorded()
    assert relay.delete(from_tag="rec")["tags"] == {}
    assert [party.tag for party in relay.call().parties] == ["alice", "bob"]
    assert copies(relay, "alice") == {Address(BOB, 5000)}


def test_subscribers_go_with_the_call() -> None:
    relay = recorded()
    relay.delete(from_tag="bob")
    assert relay.is_empty()


def test_subscribers_of_one_branch_go_with_it() -> None:
    relay = RelayUnderTest()
    for branch in ("one", "two"):
        relay.offer(sdp(audio()), via_branch=branch)
        relay.answer(sdp(audio(5000), host=BOB), via_branch=branch, to_tag=branch)
        request(relay, from_tag=branch, to_tag=f"hears {branch}")
    relay.delete(via_branch="one")
    assert [party.tag for party in relay.call().parties] == ["alice", "two", "hears two"]


def test_a_subscriber_does_not_put_off_a_deletion() -> None:
    relay = recorded()
    relay.delete(delete_delay=5)
    cancel(relay)
    relay.pass_time(6)
    assert relay.is_empty()


def test_a_subscriber_that_hears_nothing_keeps_no_call_alive() -> None:
    relay = recorded()
    relay.pass_time(61)
    assert relay.is_empty()


# --- what is told ---


def test_query_tells_who_hears_whom() -> None:
    relay = recorded()
    assert links(relay, "rec") == {"subscriptions": [("alice", "pub/sub"), ("bob", "pub/sub")], "subscribers": []}
    both = [("bob", "offer/answer"), ("rec", "pub/sub")]
    assert links(relay, "alice") == {"subscriptions": [("bob", "offer/answer")], "subscribers": both}
    assert list(relay.query(from_tag="rec")["tags"]) == ["alice", "bob", "rec"]
    assert list(relay.query(from_tag="alice")["tags"]) == ["alice", "bob"]
    assert [media["flags"] for media in relay.query()["tags"]["rec"]["medias"]] == [["initialized", "send"]] * 2


def test_a_silent_subscriber_is_no_silent_stream() -> None:
    relay = recorded()
    relay.delete()
    assert relay.engine.statistics.silent_streams == 2  # those of alice and bob


def test_reports_of_a_subscriber_keep_no_call_alive() -> None:
    relay = recorded()
    party = relay.call().by_tag("rec")
    assert party is not None
    relay.pass_time(30)
    for endpoint in party.streams[0].endpoints:
        relay.plane.heard[endpoint.local] = SocketStats(packets=1, last_packet=relay.clock.now)
    relay.pass_time(31)
    assert relay.is_empty()


def test_a_late_answerer_is_heard_in_the_place_of_the_former_one() -> None:
    relay = talking()
    request(relay, from_tag="bob")
    accept(relay, audio(7000))
    relay.answer(sdp(audio(8000), host="198.51.100.9"), to_tag="late", flags=["new-branch"])
    assert links(relay, "rec")["subscriptions"] == [("late", "pub/sub")]
    assert copies(relay, "late") == {Address(ALICE, 4000), Address(CAROL, 7000)}


# --- over other transports ---

FINGERPRINT = "a=fingerprint:sha-256 " + ":".join(["AB"] * 32)
BROWSER = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0",
    "c=IN IP4 0.0.0.0",
    "a=rtpmap:111 opus/48000/2",
    "a=mid:0",
    *("a=rtcp-mux", "a=sendonly", "a=setup:actpass", FINGERPRINT, "a=ice-ufrag:abcd", f"a=ice-pwd:{'x' * 24}"),
)


def published_by_a_browser() -> RelayUnderTest:
    relay = RelayUnderTest()
    reply = relay.command("publish", call_id="call", from_tag="p", sdp=sdp(BROWSER))
    (media,) = parse(reply["sdp"]).media
    assert (media.protocol, media.formats, media.attribute("setup")) == ("UDP/TLS/RTP/SAVPF", ("111",), "active")
    assert media.has_attribute("ice-ufrag")
    assert media.has_attribute("rtcp-mux")
    return relay


def test_a_plain_subscriber_hears_a_browser() -> None:
    relay = published_by_a_browser()
    (media,) = invited(relay, from_tag="p", transport_protocol="RTP/AVP").media
    assert (media.protocol, media.formats) == ("RTP/AVP", ("111",))
    assert not {"fingerprint", "crypto", "ice-ufrag", "candidate", "setup"} & {a.name for a in media.attributes}


def test_a_browser_hears_a_browser() -> None:
    relay = published_by_a_browser()
    (media,) = invited(relay, from_tag="p", flags=["WebRTC"]).media
    assert (media.protocol, media.attribute("setup")) == ("UDP/TLS/RTP/SAVPF", "actpass")
    assert media.has_attribute("ice-ufrag")
    assert media.attribute("fingerprint") != FINGERPRINT.partition(":")[2]


def test_a_browser_hears_a_plain_call() -> None:
    relay = talking()
    offer = invited(relay, all="all", flags=["WebRTC"])
    assert {media.protocol for media in offer.media} == {"UDP/TLS/RTP/SAVPF"}
    assert [lines(media)[0].split()[3:] for media in offer.media] == [["0", "8"]] * 2
    assert len({media.attribute("mid") for media in offer.media}) == 2
