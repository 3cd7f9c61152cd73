"""The SDP that goes out, point by point of rtpengine 26's observed behaviour."""

import pytest

from rtpng.interfaces import Interface
from sipcore.sdp.session import SessionDescription, serialize
from tests.rtpng.harness import (
    ALICE,
    BOB,
    RELAY,
    RELAY6,
    RelayUnderTest,
    Word,
    audio,
    lines,
    port,
    ports,
    sdp,
    video,
)

DTMF = ("a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15")


def offered(*media: tuple[str, ...], session: tuple[str, ...] = (), **words: Word) -> SessionDescription:
    """What the receiver of a first offer reads."""
    return RelayUnderTest().offer(sdp(*media, session=session), **words)


def answered(offer: tuple[str, ...], answer: tuple[str, ...], **words: Word) -> SessionDescription:
    """What the offerer reads when one section was answered by another."""
    relay = RelayUnderTest()
    relay.offer(sdp(offer))
    return relay.answer(sdp(answer, host=BOB), **words)


def attributes(document: SessionDescription, place: int = 0) -> list[str]:
    return [attribute.text for attribute in document.media[place].attributes]


def origin(document: SessionDescription) -> str:
    return next(line.value for line in document.lines if line.type == "o")


# --- the whole document ---


def test_the_example_of_a_plain_offer() -> None:
    body = (
        "v=0\no=alice 77 5 IN IP4 198.51.100.1\ns=demo\nc=IN IP4 198.51.100.1\nt=0 0\nb=AS:64\na=sess:1\n"
        "m=audio 4000 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\na=ptime:20\n"
        "a=foo:bar\na=label:x\n"
    )
    out = RelayUnderTest().offer(body)
    p = port(out)
    assert serialize(out).split("\r\n") == [
        "v=0",
        "o=alice 77 5 IN IP4 198.51.100.1",
        "s=demo",
        "b=AS:64",
        "t=0 0",
        "a=sess:1",
        f"m=audio {p} RTP/AVP 0 8 101",
        f"c=IN IP4 {RELAY}",
        "a=label:x",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=foo:bar",
        "a=sendrecv",
        f"a=rtcp:{p + 1}",
        "a=ptime:20",
        "",
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n"])
def test_lines_end_in_crlf_whatever_came_in(end: str, tail: str) -> None:
    body = sdp(audio()).strip().replace("\r\n", end) + tail
    reply = RelayUnderTest().command("offer", call_id="c", from_tag="a", sdp=body)
    assert reply["sdp"].endswith("\r\n")
    assert reply["sdp"].count("\r\n") == reply["sdp"].count("\n") == reply["sdp"].count("\r")


def test_the_session_part_has_one_order_and_no_connection() -> None:
    body = (
        "v=0\no=- 1 1 IN IP4 198.51.100.1\ns=x\nc=IN IP4 198.51.100.1\nt=1 2\na=tool:z\nb=TIAS:1\nb=AS:2\nb=X:3\n"
        "p=+1\ne=e@example.com\nu=http://example.com\ni=info\n"
    )
    out = RelayUnderTest().offer(body + "\n".join(audio()) + "\n")
    assert lines(out)[2:] == [
        "s=x",
        "i=info",
        "u=http://example.com",
        "e=e@example.com",
        "p=+1",
        "b=AS:2",
        "b=TIAS:1",
        "t=1 2",
        "a=tool:z",
    ]


def test_an_empty_session_name_stays_empty() -> None:
    out = RelayUnderTest().offer(sdp(audio()).replace("s=-", "s="))
    assert "s=" in lines(out)


def test_media_bandwidths_come_after_the_connection_in_their_order() -> None:
    out = offered(audio(4000, "0", "b=TIAS:5", "b=CT:4", "b=RS:3", "b=RR:2", "b=AS:1", "b=FOO:9"))
    assert lines(out.media[0])[1:7] == [f"c=IN IP4 {RELAY}", "b=AS:1", "b=RR:2", "b=RS:3", "b=CT:4", "b=TIAS:5"]


def test_the_bundle_group_is_dropped_and_mid_stays() -> None:
    out = offered(audio(4000, "0", "a=mid:a"), session=("a=group:BUNDLE a", "a=foo"))
    assert lines(out)[-1] == "a=foo"
    assert "mid:a" in attributes(out)


def test_session_level_defaults_come_out_at_media_level_only() -> None:
    out = offered(audio(), session=("a=sendonly", "a=rtcp-mux", "a=extmap-allow-mixed"))
    assert lines(out)[-1] == "t=0 0"
    assert {"sendonly", "rtcp-mux", "extmap-allow-mixed"} <= set(attributes(out))


# --- o= and s= ---


def test_the_origin_is_taken_over_unchanged() -> None:
    assert origin(offered(audio())) == f"- 1 1 IN IP4 {ALICE}"


def test_replace_origin_changes_the_address_only() -> None:
    assert origin(offered(audio(), replace=["origin"])) == f"- 1 1 IN IP4 {RELAY}"


def test_replace_origin_changes_the_family_with_the_address() -> None:
    assert origin(offered(audio(), replace=["origin"], address_family="IP6")) == f"- 1 1 IN IP6 {RELAY6}"


@pytest.mark.parametrize("word", ["session-connection", "nonsense"])
def test_other_words_of_replace_change_nothing(word: str) -> None:
    assert lines(offered(audio(), replace=[word])) == lines(offered(audio()))


def reoffered(first: str, second: str, *words: str) -> list[SessionDescription]:
    relay = RelayUnderTest()
    return [relay.offer(body, replace=list(words)) for body in (first, second, second)]


def edited(user: str = "-", session_id: str = "1", version: str = "1", name: str = "-") -> str:
    return sdp(audio()).replace(
        f"o=- 1 1 IN IP4 {ALICE}\r\ns=-", f"o={user} {session_id} {version} IN IP4 {ALICE}\r\ns={name}"
    )


def test_replace_username_keeps_the_first_user_name() -> None:
    documents = reoffered(edited("one"), edited("two", version="2"), "username")
    assert [origin(d).split()[0] for d in documents] == ["one", "one", "one"]


def test_replace_session_name_keeps_the_first_name() -> None:
    documents = reoffered(edited(name="one"), edited(name="two"), "session-name")
    assert [d.name for d in documents] == ["one", "one", "one"]


def test_without_replace_user_version_and_name_are_the_partys_own() -> None:
    documents = reoffered(edited("one", version="7", name="x"), edited("two", version="4", name="y"))
    assert [(origin(d).split()[0], origin(d).split()[2], d.name) for d in documents] == [
        ("one", "7", "x"),
        ("two", "4", "y"),
        ("two", "4", "y"),
    ]


def test_replace_sdp_version_counts_up_exactly_when_the_sdp_differs() -> None:
    relay = RelayUnderTest()
    bodies = [edited(version="7"), edited(version="9"), sdp(audio(4000, "8")), sdp(audio(4000, "8"))]
    versions = [origin(relay.offer(body, replace=["sdp-version"])).split()[2] for body in bodies]
    assert versions == ["7", "7", "8", "8"]


def test_replace_sdp_version_sees_a_changed_name() -> None:
    documents = reoffered(edited(name="one"), edited(name="two"), "sdp-version")
    assert [origin(d).split()[2] for d in documents] == ["1", "2", "2"]


def test_replace_force_increment_counts_up_each_time() -> None:
    documents = reoffered(edited(version="7"), edited(version="3"), "force-increment-sdp-ver")
    assert [origin(d).split()[2] for d in documents] == ["7", "8", "9"]


def test_replace_origin_full_keeps_the_whole_first_origin() -> None:
    documents = reoffered(edited("one", "11", "5"), edited("two", "12", "6"), "origin-full")
    assert {origin(d) for d in documents} == {f"one 11 5 IN IP4 {RELAY}"}


def test_replace_origin_full_keeps_the_family_with_the_address() -> None:
    relay = RelayUnderTest()
    first = relay.offer(edited("one"), replace=["origin-full"])
    relay.answer(sdp(audio(5000), host=BOB))
    again = relay.offer(edited("one"), to_tag="bob", replace=["origin-full"], address_family="IP6")
    assert lines(again.media[0])[1] == f"c=IN IP6 {RELAY6}"
    assert origin(again) == origin(first)


@pytest.mark.parametrize("version", ["x", "9" * 30, "²"])
def test_a_version_that_is_no_counter_stays(version: str) -> None:
    documents = reoffered(edited(version=version), edited(version=version), "force-increment-sdp-ver")
    assert {origin(d).split()[2] for d in documents} == {version}


def test_the_versions_of_the_two_sides_are_counted_apart() -> None:
    relay = RelayUnderTest()
    relay.offer(edited(version="7"), replace=["sdp-version"])
    answer = relay.answer(edited(version="3"), replace=["sdp-version"])
    again = relay.offer(sdp(audio(4000, "8")), to_tag="bob", replace=["sdp-version"])
    assert (origin(answer).split()[2], origin(again).split()[2]) == ("3", "8")


# --- a media section ---


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


def test_original_sendrecv_leaves_the_direction_where_it_stood() -> None:
    flags = ["original-sendrecv"]
    out = offered(audio(4000, "0", "a=recvonly", "a=x"), session=("a=sendonly",), flags=flags)
    assert attributes(out)[1:3] == ["recvonly", "x"]
    assert lines(out)[-1] == "a=sendonly"
    assert "sendrecv" not in attributes(offered(audio(4000, "0"), flags=flags))


def test_the_flag_inactive_prints_inactive_for_all_media() -> None:
    out = offered(audio(), video(), flags=["inactive"])
    assert [media.has_attribute("inactive") for media in out.media] == [True, True]


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


def test_attributes_of_security_and_ice_are_stripped() -> None:
    interpreted = [
        *("crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc", "setup:actpass", "fingerprint:sha-1 00", "tls-id:00"),
        *("ice-ufrag:abcd", "ice-pwd:abc", "ice-options:trickle", "candidate:1 1 UDP 1 198.51.100.1 4000 typ host"),
        *("remote-candidates:1 198.51.100.1 4000", "end-of-candidates", "rtpengine:0123456789ab"),
    ]
    session = ("a=ice-ufrag:x", "a=ice-pwd:y", "a=ice-lite", "a=fingerprint:sha-1 00", "a=setup:active")
    out = offered(audio(4000, "0", *(f"a={text}" for text in interpreted)), session=session)
    assert attributes(out) == ["rtpmap:0 PCMU/8000", "sendrecv", f"rtcp:{port(out) + 1}"]
    assert lines(out)[-1] == "t=0 0"


def test_a_rejected_media_has_nothing_but_its_names() -> None:
    out = offered(audio(), video(0, "a=mid:v", "a=label:l", "a=foo", "b=AS:1"))
    assert lines(out.media[1]) == ["m=video 0 RTP/AVP 96", "c=IN IP4 0.0.0.0", "a=mid:v", "a=label:l"]


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


# --- codecs of an answer ---


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


def test_telephone_events_alone_are_nothing_in_common() -> None:
    out = answered(audio(4000, "0 101", *DTMF), audio(5000, "9 101", *DTMF))
    assert out.media[0].formats == ("0",)


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
