"""One media section of the SDP that goes out, point by point of rtpengine 26's observed behaviour."""

import pytest

from rtpng.interfaces import Interface
from tests.rtpng.calls.documents import answered, attributes, offered, origin
from tests.rtpng.harness import ALICE, BOB, RELAY, RelayUnderTest, audio, lines, port, sdp, video


def test_the_order_of_a_section_is_fixed() -> None:
    shuffled = (
        *("a=maxptime:60", "a=ptime:20", "a=rtcp-mux", "a=rtcp:4444", "a=recvonly", "a=foo:bar", "a=extmap:1 urn:x"),
        *("a=rtcp-fb:96 nack", "a=fmtp:96 x=1", "a=rtpmap:96 X/8000", "a=label:l", "a=mid:m", "b=AS:1", "i=title"),
    )
    out = offered(audio(4000, "96", *shuffled))
    p = port(out)
    assert lines(out.media[0]) == [
        f"m=audio {p} RTP/AVP 96",
        "i=title",
        f"c=IN IP4 {RELAY}",
        "b=AS:1",
        "a=mid:m",
        "a=label:l",
        "a=rtpmap:96 X/8000",
        "a=fmtp:96 x=1",
        "a=rtcp-fb:96 nack",
        "a=extmap-allow-mixed",
        "a=extmap:1 urn:x",
        "a=foo:bar",
        "a=recvonly",
        f"a=rtcp:{p + 1}",
        "a=rtcp-mux",
        "a=ptime:20",
        "a=maxptime:60",
    ]


def test_static_types_get_an_rtpmap_and_dynamic_ones_without_do_not() -> None:
    out = offered(audio(4000, "0 3 9 13 18 97"))
    assert [a for a in attributes(out) if a.startswith("rtpmap")] == [
        "rtpmap:0 PCMU/8000",
        "rtpmap:3 GSM/8000",
        "rtpmap:9 G722/8000",
        "rtpmap:13 CN/8000",
        "rtpmap:18 G729/8000",
    ]
    assert out.media[0].formats == ("0", "3", "9", "13", "18", "97")


@pytest.mark.parametrize(
    ("rtpmap", "printed"),
    [("pcma/8000", "pcma/8000"), ("PCMU/8000/1", "PCMU/8000"), ("opus/48000/2", "opus/48000/2")],
)
def test_the_spelling_of_an_rtpmap_stays_but_for_one_channel(rtpmap: str, printed: str) -> None:
    assert f"rtpmap:96 {printed}" in attributes(offered(audio(4000, "96", f"a=rtpmap:96 {rtpmap}")))


def test_a_type_given_twice_stays_twice() -> None:
    assert offered(audio(4000, "0 8 0")).media[0].formats == ("0", "8", "0")


def test_opus_parameters_are_printed_anew() -> None:
    out = offered(audio(4000, "96", "a=rtpmap:96 opus/48000/2", "a=fmtp:96 minptime=10;useinbandfec=1;foo=2"))
    assert "fmtp:96 useinbandfec=1; minptime=10" in attributes(out)


def test_feedback_for_all_types_stands_among_the_other_attributes() -> None:
    out = offered(audio(4000, "0", "a=rtcp-fb:* nack", "a=x"))
    assert attributes(out)[:3] == ["rtpmap:0 PCMU/8000", "rtcp-fb:* nack", "x"]


def test_feedback_is_kept_when_the_profile_changes_to_avp() -> None:
    section = audio(4000, "0", "a=rtcp-fb:0 nack", "a=rtcp-fb:* pli", protocol="RTP/AVPF")
    out = offered(section, transport_protocol="RTP/AVP")
    assert out.media[0].protocol == "RTP/AVP"
    assert {"rtcp-fb:0 nack", "rtcp-fb:* pli"} <= set(attributes(out))


@pytest.mark.parametrize("direction", ["sendrecv", "sendonly", "recvonly", "inactive"])
def test_the_direction_is_passed(direction: str) -> None:
    assert direction in attributes(offered(audio(4000, "0", f"a={direction}")))


def test_sendrecv_is_printed_when_nothing_was_said() -> None:
    assert attributes(offered(audio(4000, "0"))).count("sendrecv") == 1


def test_the_direction_of_an_answer_is_not_corrected_against_the_offer() -> None:
    assert "sendrecv" in attributes(answered(audio(4000, "0", "a=inactive"), audio(5000, "0", "a=sendrecv")))


def test_original_sendrecv_prints_the_direction_only_if_it_was_stated() -> None:
    flags = ["original-sendrecv"]
    out = offered(audio(4000, "0", "a=recvonly", "a=x"), video(), session=("a=sendonly",), flags=flags)
    assert attributes(out)[1:3] == ["x", "recvonly"]
    assert out.media[1].has_attribute("sendonly")
    assert lines(out)[-1] == "t=0 0"
    assert "sendrecv" not in attributes(offered(audio(4000, "0"), flags=flags))


def test_the_flag_inactive_is_not_for_offers() -> None:
    out = offered(audio(), video(), flags=["inactive"])
    assert [media.has_attribute("inactive") for media in out.media] == [False, False]


def test_rtcp_is_printed_with_the_port_only() -> None:
    out = offered(audio(4000, "0", "a=rtcp:4444 IN IP4 198.51.100.9"))
    assert f"rtcp:{port(out) + 1}" in attributes(out)


def test_full_rtcp_attribute_adds_the_address() -> None:
    out = offered(audio(), flags=["full-rtcp-attribute"])
    assert f"rtcp:{port(out) + 1} IN IP4 {RELAY}" in attributes(out)


def test_no_rtcp_attribute_leaves_the_line_out() -> None:
    assert not offered(audio(), flags=["no-rtcp-attribute"]).media[0].has_attribute("rtcp")


def test_an_answer_without_ptime_gets_the_offers() -> None:
    assert attributes(answered(audio(4000, "0", "a=ptime:20"), audio(5000, "0")))[-1] == "ptime:20"


def test_an_answers_own_ptime_stays() -> None:
    assert attributes(answered(audio(4000, "0", "a=ptime:20"), audio(5000, "0", "a=ptime:30")))[-1] == "ptime:30"


def test_uninterpreted_attributes_are_copied_in_their_order() -> None:
    copied = ["ssrc:1 cname:x", "msid:a b", "rtcp-rsize", "silenceSupp:off - - - -", "mptime:20", "x-y"]
    out = offered(audio(4000, "0", *(f"a={text}" for text in copied)))
    assert [a for a in attributes(out) if a in copied] == copied


def test_attributes_of_security_and_ice_are_never_passed_on() -> None:
    interpreted = [
        *("crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc", "setup:actpass", "fingerprint:sha-1 00", "tls-id:00"),
        *("ice-ufrag:abcd", "ice-pwd:abc", "ice-options:trickle", "candidate:1 1 UDP 1 198.51.100.1 4000 typ host"),
        *("remote-candidates:1 198.51.100.1 4000", "end-of-candidates", "rtpengine:0123456789ab"),
    ]
    session = ("a=ice-ufrag:x", "a=ice-pwd:y", "a=ice-lite", "a=fingerprint:sha-1 00", "a=setup:active")
    out = offered(audio(4000, "0", *(f"a={text}" for text in interpreted)), session=session, ICE="remove")
    assert attributes(out) == ["rtpmap:0 PCMU/8000", "sendrecv", f"rtcp:{port(out) + 1}"]
    assert lines(out)[-1] == "t=0 0"


def test_a_rejected_media_has_nothing_but_its_head_and_its_names() -> None:
    out = offered(audio(), video(0, "a=mid:v", "a=label:l", "a=foo", "b=AS:1"))
    assert lines(out.media[1]) == ["m=video 0 RTP/AVP 96", "c=IN IP4 0.0.0.0", "b=AS:1", "a=mid:v", "a=label:l"]


def test_a_rejected_media_that_is_no_rtp_keeps_its_attributes() -> None:
    out = offered(audio(), ("m=image 0 udptl t38", "a=T38FaxVersion:0"))
    assert lines(out.media[1]) == ["m=image 0 udptl t38", "c=IN IP4 0.0.0.0", "a=T38FaxVersion:0"]


def test_an_offer_of_rejected_media_only_is_answered() -> None:
    out = offered(audio(0))
    assert lines(out.media[0]) == ["m=audio 0 RTP/AVP 0 8", "c=IN IP4 0.0.0.0"]


def test_an_answer_that_rejects_all_media_is_passed_on() -> None:
    assert lines(answered(audio(4000, "0 8"), audio(0, "0")).media[0]) == ["m=audio 0 RTP/AVP 0", "c=IN IP4 0.0.0.0"]


def test_media_that_an_answer_leaves_out_keeps_its_port_and_is_silent() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video()))
    out = relay.answer(sdp(audio(5000), host=BOB))
    assert len(out.media) == 2
    assert lines(out.media[1])[0] == f"m=video {port(out, 1)} RTP/AVP 96"
    assert port(out, 1)
    assert lines(out.media[1])[1] == "c=IN IP4 0.0.0.0"


def test_media_that_an_answer_adds_is_left_out() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()))
    assert len(relay.answer(sdp(audio(5000), video(5002), host=BOB)).media) == 1


@pytest.mark.parametrize(
    ("said", "printed"),
    [("sendrecv", "sendonly"), ("sendonly", "sendonly"), ("recvonly", "inactive"), ("inactive", "inactive")],
)
def test_old_style_hold_keeps_its_zero_address_and_a_port(said: str, printed: str) -> None:
    out = offered(audio(4000, "0", "c=IN IP4 0.0.0.0", f"a={said}"))
    assert lines(out.media[0])[1] == "c=IN IP4 0.0.0.0"
    assert port(out)
    assert printed in attributes(out)


def test_old_style_hold_in_ipv6() -> None:
    out = RelayUnderTest().offer(sdp(audio(4000, "0", "c=IN IP6 ::")), address_family="IP6")
    assert lines(out.media[0])[1] == "c=IN IP6 ::"


def test_replace_zero_address_prints_the_real_one_and_still_holds() -> None:
    out = offered(audio(4000, "0", "c=IN IP4 0.0.0.0"), replace=["zero-address"])
    assert lines(out.media[0])[1] == f"c=IN IP4 {RELAY}"
    assert "sendonly" in attributes(out)


def test_a_zero_address_with_ice_is_no_hold() -> None:
    out = offered(audio(9, "0", "c=IN IP4 0.0.0.0", "a=ice-ufrag:abcd"))
    assert lines(out.media[0])[1] == f"c=IN IP4 {RELAY}"
    assert "sendrecv" in attributes(out)


def test_the_port_count_is_dropped() -> None:
    out = RelayUnderTest().offer(sdp(audio()).replace("4000 ", "4000/2 "))
    assert lines(out.media[0])[0] == f"m=audio {port(out)} RTP/AVP 0 8"


def test_media_that_is_not_rtp_keeps_everything_but_its_address() -> None:
    fax = ("m=image 4000 udptl t38", "i=fax", "b=AS:9", "a=sendrecv", "a=T38FaxVersion:0", "a=rtpmap:0 x", "a=mid:1")
    out = offered(fax)
    assert lines(out.media[0]) == [
        f"m=image {port(out)} udptl t38",
        "i=fax",
        f"c=IN IP4 {RELAY}",
        "b=AS:9",
        "a=sendrecv",
        "a=T38FaxVersion:0",
        "a=rtpmap:0 x",
        "a=mid:1",
    ]


def test_media_that_is_not_rtp_takes_a_single_port() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(("m=image 4000 udptl t38",)))
    assert len(relay.ports.ours) == 2  # one for each side


def test_message_media_is_not_relayed() -> None:
    relay = RelayUnderTest()
    msrp = ("m=message 7394 TCP/MSRP *", "a=accept-types:text/plain", "a=path:msrp://198.51.100.1:7394/x;tcp")
    out = relay.offer(sdp(msrp))
    assert lines(out.media[0]) == [msrp[0], f"c=IN IP4 {ALICE}", *msrp[1:]]
    assert not relay.ports.ours
    back = relay.answer(sdp(("m=message 7395 TCP/MSRP *", "a=x"), host=BOB))
    assert lines(back.media[0]) == ["m=message 7395 TCP/MSRP *", f"c=IN IP4 {BOB}", "a=x"]


def test_message_media_keeps_its_own_connection() -> None:
    msrp = ("m=message 7394 TCP/MSRP *", "c=IN IP4 198.51.100.77", "a=x")
    assert lines(RelayUnderTest().offer(sdp(msrp)).media[0]) == list(msrp)


def test_an_answer_cannot_turn_relayed_media_into_message_media() -> None:
    out = answered(audio(), ("m=audio 5000 TCP/RTP/AVP 0",))
    assert lines(out.media[0])[0].startswith("m=audio 0 ")


def test_media_address_is_printed_in_place_of_ours_but_for_the_origin() -> None:
    flags = ["full-rtcp-attribute"]
    out = offered(audio(), media_address="192.0.2.7", replace=["origin"], flags=flags)
    assert lines(out.media[0])[1] == "c=IN IP4 192.0.2.7"
    assert f"rtcp:{port(out) + 1} IN IP4 192.0.2.7" in attributes(out)
    assert origin(out).endswith(RELAY)


def test_the_advertised_address_is_printed_and_the_local_one_is_bound() -> None:
    relay = RelayUnderTest(interfaces=(Interface("default", "10.0.0.1", "203.0.113.9", 30000, 30099),))
    out = relay.offer(sdp(audio()), replace=["origin"])
    assert lines(out.media[0])[1] == "c=IN IP4 203.0.113.9"
    assert origin(out).endswith("203.0.113.9")
    assert {address.host for address in relay.ports.ours} == {"10.0.0.1"}


@pytest.mark.parametrize("body", [audio(), audio(4000, "0", "a=mid:x")])
def test_generate_mid_fills_in_what_is_missing(body: tuple[str, ...]) -> None:
    out = offered(body, video(), flags=["generate-mid"])
    named = "x" if "a=mid:x" in body else "1"
    assert [media.attribute("mid") for media in out.media] == [named, "2"]


def test_generated_mids_are_unique() -> None:
    out = offered(audio(), audio(), audio(4000, "0", "a=mid:1"), flags=["generate-mid"])
    assert [media.attribute("mid") for media in out.media] == ["01", "2", "1"]


def test_generate_mid_does_nothing_to_an_answer() -> None:
    assert not answered(audio(), audio(5000), flags=["generate-mid"]).media[0].has_attribute("mid")


def test_an_answer_without_mid_gets_the_offers() -> None:
    assert "mid:a" in attributes(answered(audio(4000, "0", "a=mid:a"), audio(5000, "0")))


def test_header_extensions_come_with_allow_mixed_in_offers() -> None:
    assert attributes(offered(audio(4000, "0", "a=extmap:1 urn:x")))[1:3] == ["extmap-allow-mixed", "extmap:1 urn:x"]


def test_header_extensions_come_with_allow_mixed_in_answers_only_if_the_answerer_said_it() -> None:
    plain = answered(audio(4000, "0", "a=extmap:1 urn:x"), audio(5000, "0", "a=extmap:1 urn:x"))
    assert not plain.media[0].has_attribute("extmap-allow-mixed")
    mixed = answered(audio(), audio(5000, "0", "a=extmap:1 urn:x", "a=extmap-allow-mixed"))
    assert mixed.media[0].has_attribute("extmap-allow-mixed")
