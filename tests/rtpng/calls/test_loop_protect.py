"""loop-protect: our own SDP that comes back is left alone."""

import pytest

from sipcore.sdp.session import parse
from tests.rtpng.harness import ALICE, BOB, RelayUnderTest, audio, lines, sdp, talking

FLAG = ["loop-protect"]


def marked(relay: RelayUnderTest, **words: str) -> str:
    keys = {"call_id": "call", "from_tag": "alice", "sdp": sdp(audio(), session=("a=sess:1",))}
    return str(relay.command("offer", **(keys | words), flags=FLAG)["sdp"])


def test_the_mark_comes_before_the_other_session_attributes() -> None:
    relay = RelayUnderTest()
    mark = relay.engine.negotiator.settings.instance
    assert len(mark) == 12
    assert int(mark, 16) >= 0
    assert lines(parse(marked(relay)))[-2:] == [f"a=rtpengine:{mark}", "a=sess:1"]


def test_it_is_the_same_in_all_sdps_of_one_daemon_and_another_in_another() -> None:
    one, other = RelayUnderTest(), RelayUnderTest()
    assert one.engine.negotiator.settings.instance != other.engine.negotiator.settings.instance
    assert lines(parse(marked(one)))[-2] == lines(parse(marked(one, call_id="x")))[-2]


def test_without_the_flag_there_is_none() -> None:
    assert not RelayUnderTest().offer(sdp(audio())).has_attribute("rtpengine")


@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_an_offer_that_comes_back_stays_byte_for_byte_and_makes_no_call(line_end: str) -> None:
    relay = RelayUnderTest()
    body = marked(relay).replace("\r\n", line_end)
    before = relay.state()
    assert marked(relay, call_id="loop", sdp=body) == body
    assert relay.state() == before


def test_an_answer_that_comes_back_stays() -> None:
    relay = talking()
    body = marked(relay)
    before = relay.state()
    keys = {"call_id": "call", "from_tag": "alice", "to_tag": "bob"}
    assert relay.command("answer", **keys, sdp=body, flags=FLAG)["sdp"] == body
    assert relay.state() == before


def test_an_answer_is_marked_too() -> None:
    relay = talking()
    assert relay.answer(sdp(audio(5000), host=BOB), flags=FLAG).has_attribute("rtpengine")


def test_the_mark_of_another_relay_is_replaced_by_ours() -> None:
    relay, other = RelayUnderTest(), RelayUnderTest()
    out = parse(marked(relay, sdp=marked(other)))
    assert out.attributes_named("rtpengine") == (relay.engine.negotiator.settings.instance,)


def test_without_the_flag_our_mark_means_nothing() -> None:
    relay = RelayUnderTest()
    out = relay.offer(marked(relay), call_id="again", from_tag="x")
    assert not out.has_attribute("rtpengine")
    assert out.media[0].connection is not None
    assert out.media[0].connection.host != ALICE
