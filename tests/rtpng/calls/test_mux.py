"""rtcp-mux between two parties, row by row of the table in ``rtpng.calls.mux``."""

import pytest

from sipcore.address import Address
from sipcore.sdp.session import SessionDescription
from tests.rtpng.harness import ALICE, BOB, RelayUnderTest, Word, advertised, audio, port, sdp, video

MUX = ("a=rtcp-mux",)


def muxed(document: SessionDescription) -> bool:
    return document.media[0].has_attribute("rtcp-mux")


def rtcp_offset(document: SessionDescription) -> int:
    """0 if RTCP shares the RTP port, 1 if it has the next."""
    return int(document.media[0].attribute("rtcp") or 0) - port(document)


def conversation(words: list[str], *, wish: bool, accepted: bool) -> tuple[RelayUnderTest, SessionDescription, Word]:
    relay = RelayUnderTest()
    to_bob = relay.offer(sdp(audio(4000, "0", *(MUX if wish else ()))), rtcp_mux=[*words])
    return relay, to_bob, sdp(audio(5000, "0", *(MUX if accepted else ())), host=BOB)


@pytest.mark.parametrize(
    ("words", "wish", "offered", "accepted", "in_use"),
    [
        ([], False, (False, 1), False, (False, 1)),
        ([], True, (True, 1), True, (True, 0)),
        ([], True, (True, 1), False, (False, 1)),
        (["offer"], False, (True, 1), True, (False, 1)),
        (["require"], True, (True, 0), True, (True, 0)),
        (["require"], False, (True, 0), True, (False, 1)),
        (["demux"], True, (False, 1), False, (True, 0)),
        (["accept"], True, (True, 1), False, (True, 0)),
        (["accept"], True, (True, 1), True, (True, 0)),
        (["demux", "accept"], True, (False, 1), False, (True, 0)),
        (["reject"], True, (True, 1), True, (False, 1)),
    ],
)
def test_the_table(
    words: list[str], wish: bool, offered: tuple[bool, int], accepted: bool, in_use: tuple[bool, int]
) -> None:
    relay, to_bob, answer = conversation(words, wish=wish, accepted=accepted)
    assert (muxed(to_bob), rtcp_offset(to_bob)) == offered
    to_alice = relay.answer(str(answer))
    assert (muxed(to_alice), rtcp_offset(to_alice)) == in_use


def test_require_offers_a_single_port() -> None:
    relay, _, _ = conversation(["require"], wish=False, accepted=True)
    assert len(relay.ports.ours) == 3  # a pair for alice, one for bob


@pytest.mark.parametrize("words", [["demux"], ["accept"]])
def test_who_will_multiplex_in_any_case_takes_a_single_port(words: list[str]) -> None:
    relay, _, _ = conversation(words, wish=True, accepted=False)
    assert len(relay.ports.ours) == 3  # one for alice, a pair for bob


def test_mux_in_use_is_required_from_then_on() -> None:
    relay, _, answer = conversation([], wish=True, accepted=True)
    relay.answer(str(answer))
    again = relay.offer(sdp(audio(4000, "0")), to_tag="bob")
    assert (muxed(again), rtcp_offset(again)) == (True, 0)


def test_who_multiplexes_without_an_offer_is_believed() -> None:
    relay, _, _ = conversation([], wish=False, accepted=False)
    relay.answer(sdp(audio(5000, "0", *MUX), host=BOB))
    again = relay.offer(sdp(audio(4000, "0")), to_tag="bob")
    assert (muxed(again), rtcp_offset(again)) == (True, 0)


def test_a_repeated_offer_of_mux_has_no_way_back() -> None:
    relay, _, answer = conversation([], wish=True, accepted=False)
    again = relay.offer(sdp(audio(4000, "0", *MUX)))
    assert (muxed(again), rtcp_offset(again)) == (True, 0)
    to_alice = relay.answer(str(answer))
    assert (muxed(to_alice), rtcp_offset(to_alice)) == (False, 1)


def test_packets_go_by_answers_only() -> None:
    relay, _, answer = conversation([], wish=False, accepted=False)
    relay.answer(str(answer))
    relay.offer(sdp(audio(4000, "0", *MUX)), to_tag="bob")
    streams = [party.streams[0] for party in relay.call().parties]
    assert [(stream.mux_said, stream.mux) for stream in streams] == [(True, False)] * 2


def test_re_offers_with_mux_in_use_keep_the_ports() -> None:
    relay, to_bob, answer = conversation(["demux"], wish=True, accepted=False)
    to_alice = relay.answer(str(answer))
    again = relay.offer(sdp(audio(4000, "0", *MUX)), to_tag="bob", rtcp_mux=["demux"])
    assert port(again) == port(to_bob)
    back = relay.answer(str(answer))
    assert (port(back), muxed(back), rtcp_offset(back)) == (port(to_alice), True, 0)


def test_a_party_that_stops_multiplexing_gets_a_second_port() -> None:
    relay, _, answer = conversation(["demux"], wish=True, accepted=False)
    relay.answer(str(answer))
    relay.offer(sdp(audio(4000, "0")), to_tag="bob")
    to_alice = relay.answer(str(answer))
    assert (muxed(to_alice), rtcp_offset(to_alice)) == (False, 1)
    assert len(relay.ports.ours) == 4


def test_query_tells_of_mux_and_of_the_port_that_is_not_used() -> None:
    relay, _, answer = conversation([], wish=True, accepted=True)
    relay.answer(str(answer))
    media = relay.query()["tags"]["alice"]["medias"][0]
    assert "rtcp-mux" in media["flags"]
    assert [stream["flags"][:2] for stream in media["streams"]] == [["RTP", "RTCP"], ["RTCP", "fallback RTCP"]]
    assert "RTCP" in media["streams"][0]["flags"]


def test_an_answer_opens_the_port_that_its_reader_needs_again() -> None:
    relay, _, answer = conversation(["accept"], wish=True, accepted=False)
    relay.answer(str(answer))
    relay.offer(sdp(audio(4000, "0", *MUX)), to_tag="bob")
    to_alice = relay.answer(str(answer))
    assert (muxed(to_alice), rtcp_offset(to_alice)) == (False, 1)
    assert advertised(relay, "alice") == [Address(ALICE, 4000), Address(ALICE, 4001)]
    assert len(relay.ports.ours) == 4


def test_of_two_media_one_that_multiplexes_is_enough_to_offer_both_a_single_port() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(4000, "0"), video(4002, *MUX)))
    relay.answer(sdp(audio(5000, "0"), video(5002, *MUX), host=BOB))
    again = relay.offer(sdp(audio(4000, "0", *MUX), video(4002, *MUX)), to_tag="bob")
    assert (muxed(again), rtcp_offset(again)) == (True, 0)


def test_mux_words_may_be_flags() -> None:
    to_bob = RelayUnderTest().offer(sdp(audio(4000, "0")), flags=["rtcp-mux-offer"])
    assert muxed(to_bob)


def test_who_was_offered_a_single_port_and_took_it_keeps_it() -> None:
    relay, to_bob, answer = conversation(["require"], wish=False, accepted=True)
    relay.answer(str(answer))
    assert port(relay.offer(sdp(audio(4000, "0")), to_tag="bob")) == port(to_bob)
    assert len(relay.ports.ours) == 3


def test_reject_needs_two_ports_whatever_else_was_said() -> None:
    relay, _, _ = conversation(["accept", "reject"], wish=True, accepted=False)
    assert len(relay.ports.ours) == 4
