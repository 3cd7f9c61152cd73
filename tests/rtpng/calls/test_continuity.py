"""What stays from one SDP of a call to the next, rtpengine 26's observed behaviour."""

from sipcore.sdp.session import SessionDescription
from tests.rtpng.calls.documents import attributes, origin
from tests.rtpng.harness import ALICE, BOB, RELAY, RelayUnderTest, audio, lines, port, sdp, video


def mid(document: SessionDescription) -> str | None:
    return document.media[0].attribute("mid")


def ptime(document: SessionDescription) -> str | None:
    return document.media[0].attribute("ptime")


def test_a_section_keeps_the_mid_that_its_reader_knows() -> None:
    relay = RelayUnderTest()
    assert mid(relay.offer(sdp(audio(4000, "0", "a=mid:a")))) == "a"
    assert mid(relay.answer(sdp(audio(5000, "0", "a=mid:z"), host=BOB))) == "a"
    assert mid(relay.offer(sdp(audio(4000, "0", "a=mid:b")), to_tag="bob")) == "a"
    again = relay.offer(sdp(audio(5000, "0", "a=mid:y"), host=BOB), from_tag="bob", to_tag="alice")
    assert mid(again) == "b"
    assert mid(relay.offer(sdp(audio(4000, "0")), to_tag="bob")) == "y"


def test_an_answer_alone_names_no_section() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()))
    assert mid(relay.answer(sdp(audio(5000, "0", "a=mid:z"), host=BOB))) is None


def test_a_generated_mid_stays_and_is_no_other() -> None:
    relay = RelayUnderTest()
    first = relay.offer(sdp(audio(), video(4002, "a=mid:1")), flags=["generate-mid"])
    assert [media.attribute("mid") for media in first.media] == ["01", "1"]
    assert mid(relay.offer(sdp(audio(), video()))) == "01"


def test_the_packet_time_that_was_said_last_holds_for_both() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(4000, "0", "a=ptime:20")))
    assert ptime(relay.answer(sdp(audio(5000, "0"), host=BOB))) == "20"
    assert ptime(relay.offer(sdp(audio(4000, "0")), to_tag="bob")) == "20"
    assert ptime(relay.answer(sdp(audio(5000, "0", "a=ptime:30"), host=BOB))) == "30"
    assert ptime(relay.offer(sdp(audio(4000, "0")), to_tag="bob")) == "30"


def test_the_origin_keeps_the_address_of_the_first_document() -> None:
    relay = RelayUnderTest()
    assert origin(relay.offer(sdp(audio()))).endswith(ALICE)
    assert origin(relay.offer(sdp(audio()), replace=["origin"])).endswith(ALICE)
    other = RelayUnderTest()
    other.offer(sdp(audio()), replace=["origin"])
    assert origin(other.offer(sdp(audio()), replace=["origin"])).endswith(RELAY)
    assert origin(other.offer(sdp(audio()))).endswith(ALICE)


def test_media_that_an_answer_leaves_out_says_what_the_offer_allows_and_nothing_else() -> None:
    relay = RelayUnderTest()
    told = relay.offer(sdp(audio(), audio(4002, "0", "a=recvonly", "a=label:l", "a=x", "b=AS:1")))
    assert "label:l" in attributes(told, 1)
    out = relay.answer(sdp(audio(5000), host=BOB), transport_protocol="RTP/AVPF")
    assert lines(out.media[1]) == [
        f"m=audio {port(out, 1)} RTP/AVP 0",
        "c=IN IP4 0.0.0.0",
        "a=rtpmap:0 PCMU/8000",
        "a=sendonly",
        f"a=rtcp:{port(out, 1) + 1}",
    ]


def test_a_refused_section_with_rtcp_mux_does_not_multiplex_when_it_comes_back() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), audio(0, "0", "a=rtcp-mux")))
    relay.answer(sdp(audio(5000), audio(0, "0"), host=BOB))
    relay.offer(sdp(audio(), audio(4002, "0", "a=rtcp-mux")), to_tag="bob")
    out = relay.answer(sdp(audio(5000), audio(5002, "0"), host=BOB))
    assert "rtcp-mux" not in attributes(out, 1)


def test_protocols_are_spelled_as_usual() -> None:
    relay = RelayUnderTest()
    out = relay.offer(sdp(("m=audio 4000 rtp/avp 0",), ("m=image 4002 UDPTL t38",), ("m=x 4004 Own/Thing *",)))
    assert [lines(media)[0].split(" ")[2] for media in out.media] == ["RTP/AVP", "udptl", "Own/Thing"]


def test_feedback_for_all_codecs_stands_before_what_is_passed_on() -> None:
    out = RelayUnderTest().offer(sdp(audio(4000, "0", "a=x", "a=rtcp-fb:* nack", "a=y")))
    assert attributes(out)[1:4] == ["rtcp-fb:* nack", "x", "y"]
