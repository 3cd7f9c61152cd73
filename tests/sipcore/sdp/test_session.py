"""Reading and writing whole documents."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipcore.address import Family
from sipcore.errors import ParseError
from sipcore.sdp.session import (
    MAX_CHARACTERS,
    MAX_FORMATS,
    MAX_LINES,
    MAX_MEDIA,
    Bandwidth,
    Line,
    Origin,
    Section,
    SessionDescription,
    connection_of,
    parse,
    serialize,
)
from tests.sipcore.sdp.samples import FRAGMENTS, RECORDED, documents, media_with, session_with

DEMO = (
    "v=0\r\no=alice 77 5 IN IP4 198.51.100.1\r\ns=demo\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\nb=AS:64\r\na=sess:1\r\n"
    "m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
    "a=foo:bar\r\na=label:x\r\n"
)


@pytest.mark.parametrize("text", [*RECORDED.values(), DEMO], ids=[*RECORDED, "demo"])
def test_recorded_documents_survive_unchanged(text: str) -> None:
    session = parse(text)
    assert serialize(session) == text
    assert session.media
    assert all(connection_of(session, media) for media in session.media)


def test_recordings_are_there() -> None:
    assert len(RECORDED) > 40
    assert FRAGMENTS


@pytest.mark.parametrize("text", FRAGMENTS.values(), ids=FRAGMENTS)
def test_an_ice_fragment_is_no_session(text: str) -> None:
    with pytest.raises(ParseError, match="must begin with v=0"):
        parse(text)


@given(documents())
def test_any_document_survives_unchanged(text: str) -> None:
    assert serialize(parse(text)) == text


@given(documents())
def test_line_ends_and_empty_lines_make_no_difference(text: str) -> None:
    session = parse(text)
    assert parse(text.replace("\r\n", "\n")) == session
    assert parse(text.removesuffix("\r\n")) == session
    assert parse("\r\n" + text.replace("\r\n", "\r\n\n")) == session


@given(documents())
def test_equal_documents_are_equal_and_hash_alike(text: str) -> None:
    assert parse(text) == parse(text)
    assert hash(parse(text)) == hash(parse(text))
    assert parse(text) != parse(text + "a=more\r\n")


@given(documents())
def test_a_document_that_has_rested_says_the_same(text: str) -> None:
    fresh, rested = parse(text), parse(text)
    for asked in (_said_by_name, _said_by_type, _said_by_name):
        rested.rest_whole()
        assert asked(rested) == asked(fresh)
    assert rested == fresh


def _said_by_name(session: SessionDescription) -> list[object]:
    sections: list[Section] = [session, *session.media]
    names = {name for section in sections for name in section.attribute_names} | {"missing"}
    found: list[object] = [section.attribute_names for section in sections]
    for section in sections:
        found += [(section.attribute(name), section.has_attribute(name)) for name in sorted(names)]
        found += [section.attributes_named(name) for name in sorted(names)]
    return found


def _said_by_type(session: SessionDescription) -> list[object]:
    sections: list[Section] = [session, *session.media]
    found: list[object] = [(section.information, section.bandwidths, section.values("c")) for section in sections]
    return [*found, session.name, session.times]


@given(st.one_of(st.text(), st.text().map("v=0\r\n{}".format), st.text().map("v=0\nm=audio {}".format)))
@example("v=0\nm=")
@example("v=0\no=")
@example("v=0\nc=")
@example("v=\nv=")
@example("=")
@example("v=0\nm=audio 1/٣ RTP/AVP 0")
def test_any_text_gives_a_session_or_a_parse_error(text: str) -> None:
    try:
        session = parse(text)
    except ParseError:
        return
    assert parse(serialize(session)) == session


@given(st.sampled_from(list(RECORDED.values())), st.integers(0), st.integers(0, 40), st.text(max_size=10))
def test_a_damaged_document_gives_a_session_or_a_parse_error(text: str, start: int, length: int, junk: str) -> None:
    start %= len(text)
    damaged = text[:start] + junk + text[start + length :]
    with suppress(ParseError):
        session = parse(damaged)
        assert parse(serialize(session)) == session


def test_the_demo_is_read() -> None:
    session = parse(DEMO)
    assert session.origin == Origin("alice", "77", "5", "IN", "IP4", "198.51.100.1")
    assert session.origin.text == "alice 77 5 IN IP4 198.51.100.1"
    assert (session.name, session.times, session.information) == ("demo", ("0 0",), None)
    assert session.bandwidths == (Bandwidth("AS", "64"),)
    assert session.attribute("sess") == "1"
    (media,) = session.media
    assert (media.kind, media.port, media.protocol) == ("audio", 4000, "RTP/AVP")
    assert media.formats == ("0", "8", "101")
    assert media.lines[0] == Line("m", "audio 4000 RTP/AVP 0 8 101")
    assert [attribute.text for attribute in media.attributes] == [line.value for line in media.lines[1:]]


def test_attributes_by_name() -> None:
    media = media_with("x:1", "flag", "x:2", "empty:", "blank ")
    assert media.attribute("x") == "1"
    assert media.attributes_named("x") == ("1", "2")
    assert media.attribute("flag") == ""
    assert media.attribute("empty") == ""
    assert [attribute.value for attribute in media.attributes] == ["1", None, "2", "", None]
    assert media.has_attribute("blank")
    assert media.attribute("y") is None
    assert media.attributes_named("y") == ()
    assert not media.has_attribute("y")


def test_a_media_takes_the_connection_of_the_session() -> None:
    session = session_with(
        "c=IN IP4 192.0.2.1", "m=audio 1 RTP/AVP 0", "m=video 3 RTP/AVP 96", "c=in ip6 2001:DB8:0::1"
    )
    first, second = (connection_of(session, media) for media in session.media)
    assert first is session.connection
    assert second is not None
    assert (second.family, second.host, second.text) == (Family.IP6, "2001:db8::1", "in ip6 2001:DB8:0::1")


def test_without_any_connection_there_is_none() -> None:
    session = session_with("m=audio 1 RTP/AVP 0")
    assert connection_of(session, session.media[0]) is None


def test_of_two_connections_the_first_counts() -> None:
    session = session_with("c=IN IP4 233.252.0.1/127", "c=IN IP4 233.252.0.2/127/3")
    assert session.connection is not None
    assert session.connection.host == "233.252.0.1"


def test_port_count_and_missing_formats() -> None:
    session = session_with("m=audio 4000/2 RTP/AVP 0", "m=video 0 RTP/AVP")
    assert session.media[0].port == 4000
    assert session.media[1].formats == ()


def test_a_user_name_may_hold_blanks() -> None:
    origin = session_with("o=Jo Ann Doe 1 2 IN IP4 host.example").origin
    assert origin == Origin("Jo Ann Doe", "1", "2", "IN", "IP4", "host.example")


def test_origin_and_name_may_be_missing() -> None:
    session = session_with()
    assert session.origin is None
    assert session.name == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must begin with v=0"),
        ("v=1", "must begin with v=0"),
        ("s=x\nv=0", "line 2: a second v="),
        ("m=audio 1 RTP/AVP 0", "must begin with v=0"),
        ("v=0\nhello", "line 2: not of the form"),
        ("v=0\n\n\nx", "line 4: not of the form"),
        ("v=0\ns=a\rb", "line 2: CR without LF"),
        ("v=0\nv=0", "line 2: a second v="),
        ("v=0\nm=audio 1 RTP/AVP 0\nv=0", "line 3: a second v="),
        ("v=0\no=- 1 2 IN IP4", "line 2: o= needs"),
        ("v=0\n\nc=IN IP4", "line 3: c= needs"),
        ("v=0\nc=ATM NSAP 1", "line 2: c= needs"),
        ("v=0\nc=IN IP4 host.example", "line 2: not a numeric IP address"),
        ("v=0\nc=IN IP4 ::1", "line 2: not an IP4 address"),
        ("v=0\nc=IN IP6 fe80::1%eth0", "line 2: IP address with a zone"),
        ("v=0\nc=IN IP4 233.252.0.1/x", "line 2: wrong multicast suffix"),
        ("v=0\nc=IN IP4 1.2.3.4/1/2/3", "line 2: wrong multicast suffix"),
        ("v=0\nm=audio 1", "line 2: m= needs"),
        ("v=0\nm=audio 65536 RTP/AVP 0", "line 2: not a port number"),
        ("v=0\nm=audio -1 RTP/AVP 0", "line 2: not a port number"),
        ("v=0\nm=audio 1/0 RTP/AVP 0", "line 2: number of ports is 0"),
        ("v=0\nm=audio 1/ RTP/AVP 0", "line 2: not a port number"),
        ("v=0\nm=audio 1 RTP/AVP 0\nm=video x RTP/AVP 0", "line 3: not a port number"),
    ],
)
def test_wrong_documents(text: str, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse(text)


def test_messages_stay_short() -> None:
    with pytest.raises(ParseError) as caught:
        parse("v=0\n" + "x" * 10_000)
    assert len(str(caught.value)) < 200


MEDIA = "m=audio 1 RTP/AVP 0\n"


@pytest.mark.parametrize(
    ("largest", "too_large", "message"),
    [
        ("v=0\ns=" + "x" * (MAX_CHARACTERS - 6), "v=0\ns=" + "x" * (MAX_CHARACTERS - 5), "65537 characters"),
        ("v=0\n" + "a=x\n" * (MAX_LINES - 1), "v=0\n" + "a=x\n" * MAX_LINES, "2001 lines"),
        ("v=0\n" + MEDIA * MAX_MEDIA, "v=0\n" + MEDIA * (MAX_MEDIA + 1), "65 media sections"),
        (
            "v=0\nm=audio 1 RTP/AVP" + " 0" * MAX_FORMATS,
            "v=0\nm=audio 1 RTP/AVP" + " 0" * (MAX_FORMATS + 1),
            "line 2: 129 formats",
        ),
    ],
    ids=["characters", "lines", "media", "formats"],
)
def test_limits(largest: str, too_large: str, message: str) -> None:
    parse(largest)
    with pytest.raises(ParseError, match=message):
        parse(too_large)
