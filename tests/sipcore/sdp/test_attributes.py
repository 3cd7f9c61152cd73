"""Typed views of attributes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.address import Address
from sipcore.errors import ParseError
from sipcore.sdp.attributes import (
    BANDWIDTH_ORDER,
    INTERPRETED,
    RtcpAttribute,
    inherited,
    is_interpreted,
    label_of,
    mid_of,
    normalised_bandwidths,
    passed_on,
    rtcp_address,
    rtcp_mux,
    rtcp_of,
    rtp_address,
)
from sipcore.sdp.session import Attribute, parse
from tests.sipcore.sdp.samples import documents, media_with, session_with, values


@pytest.mark.parametrize("name", sorted(INTERPRETED))
def test_each_interpreted_attribute_is_not_passed_on(name: str) -> None:
    media = media_with("before:1", name, f"{name}:1 2 3", "after")
    assert passed_on(media) == (Attribute("before", "1"), Attribute("after", None))


@pytest.mark.parametrize("text", ["ssrc:1 cname:x", "msid:a b", "rtcp-rsize", "silenceSupp:off", "mptime:20", "x-y"])
def test_everything_else_is_passed_on(text: str) -> None:
    assert [attribute.text for attribute in passed_on(media_with(text))] == [text]


def test_feedback_for_all_codecs_is_passed_on() -> None:
    assert not is_interpreted(Attribute("rtcp-fb", "* nack"))
    assert is_interpreted(Attribute("rtcp-fb", "96 nack"))


def test_the_direction_is_not_passed_on_as_text() -> None:
    media = media_with("x", "sendonly", "mid:0", "y")
    assert [attribute.text for attribute in passed_on(media)] == ["x", "y"]


def test_a_media_inherits_from_its_session() -> None:
    session = session_with("a=setup:active", "a=ice-lite", "m=audio 1 RTP/AVP 0", "a=setup:passive")
    (media,) = session.media
    assert inherited(session, media, "setup") == "passive"
    assert inherited(session, media, "ice-lite") == ""
    assert inherited(session, media, "fingerprint") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("53020", RtcpAttribute(53020, None)),
        ("53020 IN IP4 192.0.2.4", RtcpAttribute(53020, "192.0.2.4")),
        ("9 IN IP6 2001:DB8::1", RtcpAttribute(9, "2001:db8::1")),
    ],
)
def test_rtcp(text: str, expected: RtcpAttribute) -> None:
    assert rtcp_of(media_with(f"rtcp:{text}")) == expected


@pytest.mark.parametrize("text", ["", "x", "65536", "1 IN IP4", "1 IN IP4 host.example", "1 2 3 4 5"])
def test_wrong_rtcp(text: str) -> None:
    with pytest.raises(ParseError):
        rtcp_of(media_with(f"rtcp:{text}"))


def test_no_rtcp() -> None:
    assert rtcp_of(media_with()) is None


@pytest.mark.parametrize(
    ("port", "lines", "rtp", "rtcp"),
    [
        (4000, [], ("192.0.2.1", 4000), ("192.0.2.1", 4001)),
        (4001, ["a=rtcp:4007"], ("192.0.2.1", 4001), ("192.0.2.1", 4007)),
        (4000, ["a=rtcp:5 IN IP4 192.0.2.9"], ("192.0.2.1", 4000), ("192.0.2.9", 5)),
        (4000, ["c=IN IP4 192.0.2.2"], ("192.0.2.2", 4000), ("192.0.2.2", 4001)),
        (4000, ["a=rtcp:0"], ("192.0.2.1", 4000), None),
        (65535, [], ("192.0.2.1", 65535), None),
        (0, ["a=rtcp:5"], None, None),
    ],
)
def test_where_media_goes(
    port: int, lines: list[str], rtp: tuple[str, int] | None, rtcp: tuple[str, int] | None
) -> None:
    session = session_with("c=IN IP4 192.0.2.1", f"m=audio {port} RTP/AVP 0", *lines)
    assert rtp_address(session, session.media[0]) == (rtp and Address(*rtp))
    assert rtcp_address(session, session.media[0]) == (rtcp and Address(*rtcp))


def test_without_an_address_media_goes_nowhere() -> None:
    session = session_with("m=audio 4000 RTP/AVP 0", "a=rtcp:5 IN IP4 192.0.2.1")
    assert rtp_address(session, session.media[0]) is None
    assert rtcp_address(session, session.media[0]) is None


@pytest.mark.parametrize(
    ("lines", "mux"),
    [
        (["m=audio 1 RTP/AVP 0"], False),
        (["m=audio 1 RTP/AVP 0", "a=rtcp-mux"], True),
        (["a=rtcp-mux", "m=audio 1 RTP/AVP 0"], False),
    ],
)
def test_rtcp_mux(lines: list[str], mux: bool) -> None:
    session = session_with(*lines)
    assert rtcp_mux(session.media[0]) is mux


def test_mid_and_label() -> None:
    media = media_with("mid:a1 ", "label:x")
    assert (mid_of(media), label_of(media)) == ("a1", "x")
    assert (mid_of(media_with("mid:")), label_of(media_with("label"))) == (None, None)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["AS:64"], ["AS:64"]),
        (["TIAS:5", "CT:4", "RS:3", "RR:2", "AS:1"], ["AS:1", "RR:2", "RS:3", "CT:4", "TIAS:5"]),
        (["X-YZ:1", "AS:2", "AS:3"], ["AS:3"]),
        (["AS", "RR:x", "RS:-1", ""], []),
    ],
)
def test_bandwidths_in_their_order(lines: list[str], expected: list[str]) -> None:
    session = session_with(*(f"b={line}" for line in lines))
    assert [f"{kind}:{value}" for kind, value in normalised_bandwidths(session)] == expected
    assert len(expected) <= len(BANDWIDTH_ORDER)


@given(documents(), values, st.sampled_from(["rtcp", "mid", "label", "rtcp-fb"]))
def test_views_give_a_result_or_a_parse_error(text: str, value: str, name: str) -> None:
    session = parse(f"{text}m=audio 1 RTP/AVP 0\r\na={name}:{value}\r\n")
    normalised_bandwidths(session)
    for media in session.media:
        try:
            rtcp_address(session, media)
        except ParseError:
            assert rtp_address(session, media)
        assert set(passed_on(media)) <= set(media.attributes)
