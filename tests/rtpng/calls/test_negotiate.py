"""Offers and answers: interfaces, families, hold, media that come and go."""

from dataclasses import replace

import pytest

from rtpng.interfaces import Interface
from sipcore.address import Address
from tests.rtpng.harness import (
    ALICE,
    ALICE6,
    BOB,
    BOB6,
    RELAY,
    RELAY6,
    RelayUnderTest,
    advertised,
    audio,
    lines,
    port,
    sdp,
    talking,
    video,
)

PRIVATE = Interface("priv", "10.0.0.1", "10.0.0.1", 20000, 20099)
PUBLIC = Interface("pub", "203.0.113.7", "203.0.113.7", 30000, 30099)
TWO_SIDES = (PRIVATE, PUBLIC)


# --- interfaces ---


def test_direction_names_the_interfaces_of_sender_and_receiver() -> None:
    relay = RelayUnderTest(interfaces=TWO_SIDES)
    to_bob = relay.offer(sdp(audio()), direction=["priv", "pub"])
    to_alice = relay.answer(sdp(audio(5000), host=BOB))
    assert lines(to_bob.media[0])[1] == f"c=IN IP4 {PUBLIC.address}"
    assert lines(to_alice.media[0])[1] == f"c=IN IP4 {PRIVATE.address}"


@pytest.mark.parametrize("key", ["to_interface", "to-interface"])
def test_single_sided_forms_name_one_interface(key: str) -> None:
    to_bob = RelayUnderTest(interfaces=TWO_SIDES).offer(sdp(audio()), **{key: "pub"})
    assert lines(to_bob.media[0])[1] == f"c=IN IP4 {PUBLIC.address}"


def test_from_interface_names_that_of_the_sender() -> None:
    relay = RelayUnderTest(interfaces=TWO_SIDES)
    relay.offer(sdp(audio()), from_interface="pub")
    assert lines(relay.answer(sdp(audio(5000), host=BOB)).media[0])[1] == f"c=IN IP4 {PUBLIC.address}"


def test_without_names_both_sides_get_the_first_interface() -> None:
    relay = RelayUnderTest(interfaces=TWO_SIDES)
    relay.offer(sdp(audio()))
    assert {address.host for address in relay.ports.ours} == {PRIVATE.address}


def test_an_unknown_interface_is_warned_of_and_the_default_one_used(caplog: pytest.LogCaptureFixture) -> None:
    relay = RelayUnderTest(interfaces=TWO_SIDES)
    relay.offer(sdp(audio()), direction=["nowhere", "pub"])
    assert {address.host for address in relay.ports.ours} == {PRIVATE.address, PUBLIC.address}
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "Interface 'nowhere' not found, using default"
    ]


def test_the_first_offer_chooses_the_interfaces() -> None:
    relay = RelayUnderTest(interfaces=TWO_SIDES)
    first = relay.offer(sdp(audio()), direction=["priv", "pub"])
    relay.answer(sdp(audio(5000), host=BOB), direction=["priv", "pub"])
    again = relay.offer(sdp(audio()), to_tag="bob", direction=["priv", "pub"])
    assert lines(again.media[0])[:2] == lines(first.media[0])[:2]
    assert lines(relay.offer(sdp(audio()), to_tag="bob").media[0])[:2] == lines(first.media[0])[:2]


def test_a_later_offer_may_go_through_another_interface() -> None:
    """A proxy whose next destination is in another network."""
    relay = RelayUnderTest(interfaces=TWO_SIDES)
    relay.offer(sdp(audio()), direction=["priv", "pub"])
    again = relay.offer(sdp(audio()), direction=["priv", "priv"])
    assert lines(again.media[0])[1] == "c=IN IP4 10.0.0.1"


@pytest.mark.parametrize("words", [{"direction": ["priv", "pub"]}, {"to_interface": "pub"}])
def test_an_answer_may_move_the_offerer_to_another_interface(words: dict[str, str | list[str]]) -> None:
    relay = RelayUnderTest(interfaces=TWO_SIDES)
    relay.offer(sdp(audio()))
    to_alice = relay.answer(sdp(audio(5000), host=BOB), **words)
    assert lines(to_alice.media[0])[1] == f"c=IN IP4 {PUBLIC.address}"
    assert lines(relay.offer(sdp(audio()), to_tag="bob").media[0])[1] == f"c=IN IP4 {PRIVATE.address}"
    assert len(relay.ports.ours) == 4


def test_an_answer_that_finds_no_ports_changes_nothing() -> None:
    full = replace(PUBLIC, port_min=30000, port_max=30000)
    relay = RelayUnderTest(interfaces=(PRIVATE, full))
    relay.offer(sdp(audio()))
    with relay.refuses("Ran out of ports"):
        relay.answer(sdp(audio(5000), host=BOB), to_interface="pub")


def test_an_alias_stands_for_its_interface() -> None:
    relay = RelayUnderTest(interfaces=TWO_SIDES, aliases=(("outside", "pub"),))
    assert lines(relay.offer(sdp(audio()), to_interface="outside").media[0])[1] == f"c=IN IP4 {PUBLIC.address}"


# --- families ---


@pytest.mark.parametrize(
    ("host", "wanted", "printed"),
    [
        (ALICE, None, f"c=IN IP4 {RELAY}"),
        (ALICE6, None, f"c=IN IP6 {RELAY6}"),
        (ALICE, "IP6", f"c=IN IP6 {RELAY6}"),
        (ALICE6, "inet", f"c=IN IP4 {RELAY}"),
    ],
)
def test_address_family_is_that_of_the_sdp_or_as_asked(host: str, wanted: str | None, printed: str) -> None:
    to_bob = RelayUnderTest().offer(sdp(audio(), host=host), address_family=wanted)
    assert lines(to_bob.media[0])[1] == printed


def test_a_call_between_families() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), host=ALICE6), address_family="IP4")
    to_alice = relay.answer(sdp(audio(5000), host=BOB))
    assert lines(to_alice.media[0])[1] == f"c=IN IP6 {RELAY6}"
    assert advertised(relay, "alice") == [Address(ALICE6, 4000), Address(ALICE6, 4001)]
    assert advertised(relay, "bob") == [Address(BOB, 5000), Address(BOB, 5001)]


def test_an_address_of_a_family_that_our_port_does_not_speak_is_no_target() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()))
    relay.answer(sdp(audio(5000), host=BOB6))
    assert advertised(relay, "bob") == [None, None]


def test_who_has_answered_in_another_family_is_offered_it_the_next_time() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()))
    relay.answer(sdp(audio(5000), host=BOB6))
    assert lines(relay.offer(sdp(audio()), to_tag="bob").media[0])[1] == f"c=IN IP6 {RELAY6}"


def test_the_family_that_an_answer_asks_for_is_its_readers() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()))
    to_alice = relay.answer(sdp(audio(5000), host=BOB), address_family="IP6")
    assert lines(to_alice.media[0])[1] == f"c=IN IP6 {RELAY6}"


def test_rtcp_in_another_family_than_rtp_is_no_target() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(4000, "0", f"a=rtcp:4001 IN IP6 {ALICE6}")))
    assert advertised(relay, "alice") == [Address(ALICE, 4000), None]


def test_a_party_that_changes_its_family_gets_ports_of_it() -> None:
    relay = talking()
    relay.offer(sdp(audio(), host=ALICE6), to_tag="bob")
    relay.answer(sdp(audio(5000), host=BOB))
    hosts = {party.tag: {e.local.host for s in party.streams for e in s.endpoints} for party in relay.call().parties}
    assert hosts == {"alice": {RELAY6}, "bob": {RELAY}}
    assert len(relay.ports.ours) == 4


def test_without_an_interface_of_the_family_the_ports_stay() -> None:
    relay = RelayUnderTest(interfaces=(Interface("default", RELAY, RELAY, 30000, 30099),))
    to_bob = relay.offer(sdp(audio()))
    relay.answer(sdp(audio(5000), host=BOB))
    assert port(relay.offer(sdp(audio()), to_tag="bob", address_family="IP6")) == port(to_bob)


def test_hold_with_a_zero_address_does_not_change_the_family() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), host=ALICE6))
    relay.answer(sdp(audio(5000), host=BOB6))
    before = set(relay.ports.ours)
    relay.offer(sdp(audio(), host="0.0.0.0"), to_tag="bob")
    assert relay.ports.ours == before


# --- sections that go ---


def test_media_that_an_answer_left_out_is_not_relayed() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video()))
    relay.answer(sdp(audio(5000), video(5002), host=BOB))
    party = relay.call().by_tag("alice")
    assert party is not None
    assert party.streams[1].rtp is not None
    local = party.streams[1].rtp.local
    assert [way.target for way in relay.plane.relays[local].rtp] == [Address(BOB, 5002)]
    relay.answer(sdp(audio(5000), host=BOB))
    assert relay.plane.relays[local].rtp == ()


def test_an_offer_with_fewer_sections_than_before_has_no_more_of_them() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video()))
    relay.answer(sdp(audio(5000), video(5002), host=BOB))
    assert len(relay.offer(sdp(audio()), to_tag="bob").media) == 1
    assert len(relay.answer(sdp(audio(5000), host=BOB)).media) == 1


def test_an_answer_with_sections_that_are_no_longer_offered_is_cut_to_the_offer() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video()))
    relay.answer(sdp(audio(5000), video(5002), host=BOB))
    relay.offer(sdp(audio()), to_tag="bob")
    assert len(relay.answer(sdp(audio(5000), video(5002), host=BOB)).media) == 1


def test_message_media_that_an_answer_leaves_out_is_refused() -> None:
    relay = RelayUnderTest()
    message = ("m=message 7394 TCP/MSRP *",)
    relay.offer(sdp(audio(), message))
    relay.answer(sdp(audio(5000), message, host=BOB))
    relay.offer(sdp(audio(), message), to_tag="bob")
    out = relay.answer(sdp(audio(5000), host=BOB))
    assert lines(out.media[1]) == ["m=message 0 TCP/MSRP *", "c=IN IP4 0.0.0.0"]


# --- hold ---


def flags_of(relay: RelayUnderTest, tag: str) -> set[str]:
    return set(relay.query()["tags"][tag]["medias"][0]["flags"]) & {"send", "recv"}


def test_hold_by_direction_and_the_way_back() -> None:
    relay = talking()
    held = relay.offer(sdp(audio(4000, "0", "a=sendonly")), to_tag="bob")
    assert held.media[0].has_attribute("sendonly")
    assert relay.answer(sdp(audio(5000, "0", "a=recvonly"), host=BOB)).media[0].has_attribute("recvonly")
    assert (flags_of(relay, "alice"), flags_of(relay, "bob")) == ({"recv"}, {"send"})
    assert relay.offer(sdp(audio()), to_tag="bob").media[0].has_attribute("sendrecv")


def test_hold_by_zero_address_stops_media_and_the_way_back() -> None:
    relay = talking()
    targets = relay.plane.relays
    bobs = next(p for p in relay.call().parties if p.tag == "bob").streams[0].endpoints[0].local
    assert [way.target for way in targets[bobs].rtp] == [Address(ALICE, 4000)]
    relay.offer(sdp(audio(), host="0.0.0.0"), to_tag="bob")
    relay.answer(sdp(audio(5000), host=BOB))
    assert targets[bobs].rtp == ()
    relay.offer(sdp(audio()), to_tag="bob")
    assert [way.target for way in targets[bobs].rtp] == [Address(ALICE, 4000)]


# --- what a request leaves behind ---


@pytest.mark.parametrize("key", ["label", "metadata"])
def test_what_is_said_of_the_sender_is_kept_and_may_be_changed(key: str) -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()), **{key: "caller"})
    relay.answer(sdp(audio(5000), host=BOB), **{key: "callee"})
    tags = relay.query()["tags"]
    assert (tags["alice"][key], tags["bob"][key]) == ("caller", "callee")
    relay.offer(sdp(audio()), to_tag="bob", **{key: "other"})
    assert relay.query()["tags"]["alice"][key] == "other"


def test_unknown_words_change_nothing() -> None:
    plain = RelayUnderTest().offer(sdp(audio()))
    told = RelayUnderTest().offer(
        sdp(audio()), flags=["no-such-flag", "codec-set-PCMA/8000"], no_such_key="x", codec=["strip"]
    )
    assert [lines(media) for media in told.media] == [lines(media) for media in plain.media]


def test_a_fragment_is_accepted_without_sdp_and_changes_nothing() -> None:
    relay = talking()
    before = relay.state()
    fragment = "a=ice-ufrag:x\r\nm=audio 9 RTP/AVP 0\r\na=candidate:1 1 UDP 1 198.51.100.1 1 typ host\r\n"
    words = {"call_id": "call", "from_tag": "alice", "to_tag": "bob", "sdp": fragment}
    assert relay.command("offer", flags=["fragment"], **words) == {"result": "ok"}
    assert relay.state() == before
