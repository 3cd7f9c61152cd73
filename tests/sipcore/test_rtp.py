"""RTP headers."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipcore.demux import Kind, classify
from sipcore.errors import ParseError
from sipcore.rtp import RtpHeader, build, parse_header, payload_bounds, peek

words16 = st.integers(0, 0xFFFF)
words32 = st.integers(0, 0xFFFFFFFF)
# with the marker set, 64 to 95 would look like RTCP (RFC 5761 4)
payload_types = st.integers(0, 127).filter(lambda number: not 64 <= number <= 95)
extensions = st.none() | st.tuples(words16, st.binary(max_size=5).map(lambda data: data * 4))


def with_extras(plain: bytes, csrcs: list[int], extension: tuple[int, bytes] | None, padding: int) -> bytes:
    """The same packet with CSRCs, with an extension (profile value, whole words), and padded by that many bytes."""
    first = plain[0] | (0x20 if padding else 0) | (0x10 if extension else 0) | len(csrcs)
    middle = b"".join(csrc.to_bytes(4, "big") for csrc in csrcs)
    if extension:
        middle += extension[0].to_bytes(2, "big") + (len(extension[1]) // 4).to_bytes(2, "big") + extension[1]
    end = bytes(padding - 1) + bytes([padding]) if padding else b""
    return bytes([first]) + plain[1:12] + middle + plain[12:] + end


@given(
    header=st.builds(RtpHeader, payload_types, st.booleans(), words16, words32, words32),
    payload=st.binary(max_size=40),
    csrcs=st.lists(words32, max_size=15),
    extension=extensions,
    padding=st.integers(0, 255),
)
def test_what_was_built_is_read(
    header: RtpHeader, payload: bytes, csrcs: list[int], extension: tuple[int, bytes] | None, padding: int
) -> None:
    payload_type, marker, sequence, timestamp, ssrc = header
    plain = build(payload_type, sequence, timestamp, ssrc, payload, marker=marker)
    data = with_extras(plain, csrcs, extension, padding)
    assert parse_header(plain) == parse_header(data) == peek(memoryview(data)) == header
    assert payload_bounds(plain) == (12, len(plain))
    start, end = payload_bounds(data)
    assert data[start:end] == payload
    assert classify(data) is Kind.RTP


def test_a_packet_byte_by_byte() -> None:
    data = bytes.fromhex("80e0 1234 00000050 deadbeef 0102")
    assert build(96, 0x1234, 80, 0xDEADBEEF, b"\1\2", marker=True) == data
    assert parse_header(data) == RtpHeader(96, True, 0x1234, 80, 0xDEADBEEF)
    assert payload_bounds(data) == (12, 14)


@given(st.binary(max_size=60) | st.binary(max_size=60).map(lambda data: b"\xbf\x00" + data))
@example(b"")
@example(b"\x90\x00" + bytes(10))
@example(b"\xa0\x00" + bytes(10))
@example(b"\x8f\x00" + bytes(10))
def test_any_bytes_give_a_header_or_a_parse_error(data: bytes) -> None:
    try:
        header = parse_header(data)
    except ParseError:
        return
    assert classify(data) is Kind.RTP
    assert header == parse_header(memoryview(data))
    start, end = payload_bounds(data)
    assert 12 <= start <= end <= len(data)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("8000 0001 00000000 000000", "11 bytes"),
        ("4000 0001 00000000 00000000", "version 1"),
        ("80c8 0001 00000000 00000000", "RTCP packet type 200"),
        ("8100 0001 00000000 00000000 0000", "header of 16 bytes in a packet of 14"),
        ("9000 0001 00000000 00000000 0000", "extension at 12"),
        ("9000 0001 00000000 00000000 0000 0001", "header of 20 bytes in a packet of 16"),
        ("a000 0001 00000000 00000000", "padding of 0 bytes"),
        ("a000 0001 00000000 00000000 0102 0300", "padding of 0 bytes"),
        ("a000 0001 00000000 00000000 0102 0305", "padding of 5 bytes in 4 bytes"),
    ],
)
def test_wrong_packets(text: str, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse_header(bytes.fromhex(text))
