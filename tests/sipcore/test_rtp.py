"""RTP headers and sequence numbers."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipcore.demux import Kind, classify
from sipcore.errors import ParseError
from sipcore.rtp import (
    HEADER,
    RtpHeader,
    build,
    is_newer,
    parse_header,
    payload_bounds,
    payload_start,
    payload_type_of,
    peek,
    sequence_of,
    ssrc_of,
)

words16 = st.integers(0, 0xFFFF)
words32 = st.integers(0, 0xFFFFFFFF)
# with the marker set, 64 to 95 would look like RTCP (RFC 5761 4)
payload_types = st.integers(0, 127).filter(lambda number: not 64 <= number <= 95)
extensions = st.none() | st.tuples(words16, st.binary(max_size=5).map(lambda data: data * 4))


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
    data = build(
        payload_type,
        sequence,
        timestamp,
        ssrc,
        payload,
        marker=marker,
        csrcs=csrcs,
        extension=extension,
        padding=padding,
    )
    assert parse_header(data) == peek(memoryview(data)) == header
    assert (payload_type_of(data), sequence_of(data), ssrc_of(data)) == (payload_type, sequence, ssrc)
    start, end = payload_bounds(data)
    assert data[start:end] == payload
    assert classify(data) is Kind.RTP


def test_a_packet_byte_by_byte() -> None:
    data = bytes.fromhex("80e0 1234 00000050 deadbeef 0102")
    assert build(96, 0x1234, 80, 0xDEADBEEF, b"\1\2", marker=True) == data
    assert parse_header(data) == RtpHeader(96, True, 0x1234, 80, 0xDEADBEEF)
    assert payload_bounds(data) == (12, 14)
    assert HEADER.size == 12


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


def test_encrypted_padding_does_not_hide_where_the_payload_starts() -> None:
    data = bytes.fromhex("a000 0001 00000000 00000000 ffff ffff")
    assert payload_start(data) == 12
    with pytest.raises(ParseError):
        payload_bounds(data)


@given(words16, st.integers(1, 0x7FFF))
def test_a_later_number_is_newer_also_across_the_wrap(sequence: int, step: int) -> None:
    later = (sequence + step) & 0xFFFF
    assert is_newer(later, sequence)
    assert not is_newer(sequence, later)


@given(words16)
def test_neither_the_same_nor_the_opposite_number_is_newer(sequence: int) -> None:
    assert not is_newer(sequence, sequence)
    assert not is_newer(sequence ^ 0x8000, sequence)
