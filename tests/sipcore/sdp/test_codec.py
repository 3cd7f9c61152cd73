"""Codecs of an m-line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.errors import ParseError
from sipcore.sdp.codec import (
    OPUS_PARAMETERS,
    STATIC_PAYLOAD_TYPES,
    Codec,
    codecs_of,
    normalise_opus,
    parse_encoding,
    parse_payload_type,
)
from sipcore.sdp.session import parse
from tests.sipcore.sdp.samples import RECORDED, documents, media_with


@pytest.mark.parametrize(("number", "encoding"), STATIC_PAYLOAD_TYPES.items())
def test_each_static_type_needs_no_rtpmap(number: int, encoding: str) -> None:
    (codec,) = codecs_of(media_with(formats=str(number)))
    assert codec.payload_type == number
    assert codec.rate in (8000, 11025, 16000, 22050, 44100, 90000)
    assert codec.rtpmap == encoding


def test_static_types_are_those_of_the_rfc() -> None:
    assert set(STATIC_PAYLOAD_TYPES) == {*range(19), 25, 26, 28, 31, 32, 33, 34} - {1, 2}
    assert STATIC_PAYLOAD_TYPES[9] == "G722/8000"


@pytest.mark.parametrize(
    ("encoding", "printed"),
    [
        ("PCMU/8000/1", "PCMU/8000"),
        ("pcma/8000", "pcma/8000"),
        ("opus/48000/2", "opus/48000/2"),
        ("telephone-event/8000 ", "telephone-event/8000"),
        ("telephone-event", "telephone-event"),
        ("x/0", "x/0"),
        ("x/8000/0", "x/8000/0"),
        ("ilbc/8000;mode=20", "ilbc/8000;mode=20"),
        ("x/8000/2/3", "x/8000/2/3"),
        ("x/" + "9" * 5000, "x/" + "9" * 5000),
    ],
)
def test_rtpmap_as_printed(encoding: str, printed: str) -> None:
    (codec,) = codecs_of(media_with(f"rtpmap:96 {encoding}", formats="96"))
    assert codec.rtpmap == printed


def test_codecs_come_in_the_order_of_the_media_line_with_what_is_theirs() -> None:
    media = media_with(
        "rtpmap:0 pcmu/8000/1",
        "fmtp:101  0-15",
        "rtcp-fb:96 nack",
        "rtcp-fb:* ccm fir",
        "rtpmap:96 VP8/90000",
        "rtcp-fb:96 nack pli",
        "rtpmap:101 telephone-event/8000",
        "fmtp:101 x=y",
        formats="101 96 0 97 101",
    )
    assert codecs_of(media) == (
        Codec(101, "telephone-event", 8000, 1, ("0-15", "x=y")),
        Codec(96, "VP8", 90000, 1, (), ("nack", "nack pli")),
        Codec(0, "pcmu", 8000, 1),
        Codec(97, "", 0, 1),
        Codec(101, "telephone-event", 8000, 1),
    )
    assert codecs_of(media)[3].rtpmap == ""


def test_lines_that_name_no_payload_type_belong_to_no_codec() -> None:
    media = media_with("rtpmap:", "rtpmap", "fmtp:x y", "rtcp-fb: ", "fmtp:0", formats="0")
    assert codecs_of(media) == (Codec(0, "PCMU", 8000, 1, ("",)),)


def test_repeated_types_do_not_multiply_their_attributes() -> None:
    media = media_with(*["fmtp:96 x"] * 500, *["rtcp-fb:96 y"] * 500, formats=" ".join(["96"] * 128))
    codecs = codecs_of(media)
    assert len(codecs) == 128
    assert sum(len(codec.fmtp) + len(codec.rtcp_fb) for codec in codecs) == 1000


@pytest.mark.parametrize("text", ["128", "-1", "x", "", "1.0", "٣", "9" * 5000])
def test_wrong_payload_types(text: str) -> None:
    with pytest.raises(ParseError, match="not a payload type"):
        parse_payload_type(text)


def test_a_format_that_is_no_payload_type() -> None:
    with pytest.raises(ParseError, match="not a payload type"):
        codecs_of(media_with(formats="0 t38"))


@pytest.mark.parametrize(
    ("fmtp", "printed"),
    [
        ("minptime=10;useinbandfec=1", "useinbandfec=1; minptime=10"),
        ("minptime=10; unknown=1; stereo=0 ;", "stereo=0; minptime=10"),
        ("Stereo=1", "stereo=1"),
        ("unknown=1", ""),
        ("stereo", ""),
        ("", ""),
    ],
)
def test_opus_parameters_in_their_own_order(fmtp: str, printed: str) -> None:
    assert normalise_opus(fmtp) == printed


def test_every_opus_parameter_keeps_its_value() -> None:
    given_backwards = ";".join(f"{name}=1" for name in reversed(OPUS_PARAMETERS))
    assert normalise_opus(given_backwards) == "; ".join(f"{name}=1" for name in OPUS_PARAMETERS)


def test_only_opus_is_printed_anew() -> None:
    media = media_with(
        "rtpmap:96 OPUS/48000/2", "fmtp:96 minptime=10;cbr=1", "fmtp:96 odd", "fmtp:0 b=2;a=1", formats="96 0"
    )
    opus, pcmu = codecs_of(media)
    assert opus.printed_fmtp == ("cbr=1; minptime=10",)
    assert pcmu.printed_fmtp == ("b=2;a=1",)


@given(st.text(st.characters(exclude_characters="/"), min_size=1), st.integers(1, 10**9 - 1), st.integers(1, 99))
def test_encodings_round_trip(name: str, rate: int, channels: int) -> None:
    assert parse_encoding(f"{name}/{rate}/{channels}") == (name, rate, channels)
    assert parse_encoding(Codec(0, name, rate, channels).rtpmap) == (name, rate, channels)


@given(st.text())
def test_any_encoding_is_printable(text: str) -> None:
    assert isinstance(Codec(96, *parse_encoding(text)).rtpmap, str)
    assert normalise_opus(normalise_opus(text)) == normalise_opus(text)


@given(documents())
def test_any_media_gives_codecs_or_a_parse_error(text: str) -> None:
    for media in parse(text).media:
        assert [str(codec.payload_type) for codec in codecs_of(media)] == list(media.formats)


@pytest.mark.parametrize("text", RECORDED.values(), ids=RECORDED)
def test_recorded_codecs_are_all_known(text: str) -> None:
    for media in parse(text).media:
        assert all(codec.rtpmap for codec in codecs_of(media))
