"""RTP packets: header fields and validity (RFC 3550 5.1, 5.3.1 and A.1)."""

from struct import Struct
from typing import NamedTuple

from sipcore.errors import ParseError

_HEADER = Struct("!BBHII")  # flags, marker and payload type, sequence number, timestamp, SSRC
_EXTENSION = Struct("!HH")


class RtpHeader(NamedTuple):
    """The fixed part of a header."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int


def peek(data: bytes | memoryview) -> RtpHeader:
    """The header fields of 12 bytes or more that were already classified as RTP; nothing is checked."""
    _, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    return RtpHeader(second & 0x7F, second > 0x7F, sequence, timestamp, ssrc)


def parse_header(data: bytes | memoryview) -> RtpHeader:
    """The header of a whole packet. Raises ParseError if it is no valid RTP (RFC 3550 A.1)."""
    payload_bounds(data)
    return peek(data)


def payload_bounds(data: bytes | memoryview) -> tuple[int, int]:
    """Start and end of the payload of a packet, without padding. Raises ParseError."""
    start = _payload_start(data)
    padding = data[-1] if data[0] & 0x20 else 0
    if data[0] & 0x20 and not 0 < padding <= len(data) - start:
        raise ParseError(f"RTP padding of {padding} bytes in {len(data) - start} bytes of payload")
    return start, len(data) - padding


def build(
    payload_type: int, sequence: int, timestamp: int, ssrc: int, payload: bytes = b"", *, marker: bool = False
) -> bytes:
    """A packet without CSRCs, extension and padding."""
    return _HEADER.pack(0x80, payload_type | (0x80 if marker else 0), sequence, timestamp, ssrc) + payload


def _payload_start(data: bytes | memoryview) -> int:
    """Length of the header with CSRCs and extension."""
    if len(data) < _HEADER.size:
        raise ParseError(f"RTP packet of {len(data)} bytes; the header alone has {_HEADER.size}")
    if data[0] >> 6 != 2:
        raise ParseError(f"RTP version {data[0] >> 6}")
    if 192 <= data[1] <= 223:
        raise ParseError(f"RTCP packet type {data[1]} where RTP was expected")
    start = _HEADER.size + 4 * (data[0] & 0x0F)
    if data[0] & 0x10:
        start += _extension_length(data, start)
    if start > len(data):
        raise ParseError(f"RTP header of {start} bytes in a packet of {len(data)}")
    return start


def _extension_length(data: bytes | memoryview, start: int) -> int:
    if start + _EXTENSION.size > len(data):
        raise ParseError(f"RTP header extension at {start} of a packet of {len(data)} bytes")
    return _EXTENSION.size + 4 * int(_EXTENSION.unpack_from(data, start)[1])
