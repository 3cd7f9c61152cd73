"""Codecs and profiles of the sections that go out, rtpengine 26's observed behaviour."""

import pytest

from tests.rtpng.calls.documents import answered, attributes, offered
from tests.rtpng.harness import BOB, RelayUnderTest, audio, lines, ports, sdp, video

DTMF = ("a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15")


def test_an_answer_has_the_answerers_order() -> None:
    assert answered(audio(4000, "0 8 9"), audio(5000, "9 8 0")).media[0].formats == ("9", "8", "0")


def test_an_answer_has_only_what_was_offered() -> None:
    assert answered(audio(4000, "0 8"), audio(5000, "8 9 0 18")).media[0].formats == ("8", "0")


def test_telephone_event_on_another_payload_type_is_dropped() -> None:
    out = answered(audio(4000, "0 101", *DTMF), audio(5000, "0 96", "a=rtpmap:96 telephone-event/8000"))
    assert out.media[0].formats == ("0",)


def test_the_answerers_own_parameters_are_printed() -> None:
    answer = audio(5000, "0 101", DTMF[0], "a=fmtp:101 0-16")
    assert "fmtp:101 0-16" in attributes(answered(audio(4000, "0 101", *DTMF), answer))


def test_an_answer_with_nothing_that_was_offered_gets_the_offers_first_codec() -> None:
    assert answered(audio(4000, "0 8"), audio(5000, "9 18")).media[0].formats == ("0",)


@pytest.mark.parametrize("formats", ["9 101", "101 9", "101"])
def test_telephone_events_alone_are_told_alone(formats: str) -> None:
    out = answered(audio(4000, "0 101", *DTMF), audio(5000, formats, *DTMF))
    assert out.media[0].formats == ("101",)


def test_another_codec_under_an_offered_payload_type_is_not_accepted() -> None:
    offer = audio(4000, "0 96", "a=rtpmap:96 opus/48000/2")
    assert answered(offer, audio(5000, "96 0", "a=rtpmap:96 speex/8000")).media[0].formats == ("0",)


def test_codecs_match_in_any_case() -> None:
    out = answered(
        audio(4000, "96", "a=rtpmap:96 OPUS/48000/2"), audio(5000, "96", "a=rtpmap:96 opus/48000/2", "a=rtpmap:0 x")
    )
    assert out.media[0].formats == ("96",)


def test_video_is_passed_whatever_was_offered() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video()))
    other = ("m=video 5002 RTP/AVP 97", "a=rtpmap:97 H264/90000")
    out = relay.answer(sdp(audio(5000), other, host=BOB))
    assert out.media[1].formats == ("97",)


def test_a_further_answer_replaces_the_former() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(4000, "0 8")))
    relay.answer(sdp(audio(5000, "0"), host=BOB))
    assert relay.answer(sdp(audio(5000, "8"), host=BOB)).media[0].formats == ("8",)


# --- profiles ---


@pytest.mark.parametrize("asked", ["RTP/AVPF", "rtp/avpf"])
def test_transport_protocol_chooses_the_profile_of_an_offer(asked: str) -> None:
    assert offered(audio(), transport_protocol=asked).media[0].protocol == "RTP/AVPF"


def test_an_answer_speaks_the_profile_that_was_offered() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()), transport_protocol="RTP/AVPF")
    out = relay.answer(sdp(audio(5000, protocol="RTP/AVPF"), host=BOB))
    assert out.media[0].protocol == "RTP/AVP"


@pytest.mark.parametrize("asked", ["accept", "RTP/SAVPF", "UDP/TLS/RTP/SAVPF", "UDPTL"])
def test_an_answer_is_never_given_a_profile_that_was_not_offered_unsecured(asked: str) -> None:
    assert answered(audio(), audio(5000), transport_protocol=asked).media[0].protocol == "RTP/AVP"


def test_transport_protocol_leaves_media_that_is_not_rtp() -> None:
    assert offered(("m=image 4000 udptl t38",), transport_protocol="RTP/AVPF").media[0].protocol == "udptl"


def test_refused_media_that_is_not_rtp_keeps_its_protocol_in_an_answer() -> None:
    fax = "m=image {} udptl t38"
    out = answered((fax.format(4000),), (fax.format(0),), transport_protocol="RTP/AVPF")
    assert lines(out.media[0])[0] == fax.format(0)


def test_several_sections_get_different_ports() -> None:
    out = offered(audio(), video(), audio(4004))
    assert len(set(ports(out))) == 3
