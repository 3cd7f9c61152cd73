"""RTP packets: header fields, validity (RFC 3550 5.1, 5.3.1 and A.1), sequence arithmetic."""

from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

from sipcore.errors import ParseError

HEADER = Struct("!BBHII")
"""Flags, marker and payload type, sequence number, timestamp, SSRC: for the packet path, on 12 bytes or more."""

_EXTENSION = Struct("!HH")
_WORD = Struct("!I")
_SEQUENCE = Struct("!H")


class RtpHeader(NamedTuple):
    """The fixed part of a header."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int


def peek(data: bytes | memoryview) -> RtpHeader:
    """The header fields of 12 bytes or more that were already classified as RTP; nothing is checked."""
    _, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    return RtpHeader(second & 0x7F, second > 0x7F, sequence, timestamp, ssrc)


def payload_type_of(data: bytes | memoryview) -> int:
    """The payload type; nothing is checked."""
    return data[1] & 0x7F


def sequence_of(data: bytes | memoryview) -> int:
    """The sequence number; nothing is checked. Needs 4 bytes."""
    return _SEQUENCE.unpack_from(data, 2)[0]  # type: ignore[no-any-return]  # struct is untyped


def ssrc_of(data: bytes | memoryview) -> int:
    """The synchronisation source; nothing is checked. Needs 12 bytes."""
    return _WORD.unpack_from(data, 8)[0]  # type: ignore[no-any-return]  # struct is untyped


def parse_header(data: bytes | memoryview) -> RtpHeader:
    """The header of a whole plain packet. Raises ParseError if it is no valid RTP (RFC 3550 A.1)."""
    payload_bounds(data)
    return peek(data)


def payload_bounds(data: bytes | memoryview) -> tuple[int, int]:
    """Start and end of the payload of a plain packet, without padding. Raises ParseError.

    Of an SRTP packet only the start is meaningful: padding and its length are encrypted.
    """
    start = payload_start(data)
    padding = data[-1] if data[0] & 0x20 else 0
    if data[0] & 0x20 and not 0 < padding <= len(data) - start:
        raise ParseError(f"RTP padding of {padding} bytes in {len(data) - start} bytes of payload")
    return start, len(data) - padding


def payload_start(data: bytes | memoryview) -> int:
    """Length of the header with CSRCs and extension. Raises ParseError."""
    if len(data) < HEADER.size:
        raise ParseError(f"RTP packet of {len(data)} bytes; the header alone has {HEADER.size}")
    if data[0] >> 6 != 2:
        raise ParseError(f"RTP version {data[0] >> 6}")
    if 192 <= data[1] <= 223:
        raise ParseError(f"RTCP packet type {data[1]} where RTP was expected")
    start = HEADER.size + 4 * (data[0] & 0x0F)
    if data[0] & 0x10:
        start += _extension_length(data, start)
    if start > len(data):
        raise ParseError(f"RTP header of {start} bytes in a packet of {len(data)}")
    return start


def is_newer(a: int, b: int) -> bool:
    """Does sequence number ``a`` come after ``b``, modulo 2**16? At exactly half the range it does not."""
    return 0 < (a - b) & 0xFFFF < 0x8000


def build(
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload: bytes = b"",
    *,
    marker: bool = False,
    csrcs: Sequence[int] = (),
    extension: tuple[int, bytes] | None = None,
    padding: int = 0,
) -> bytes:
    """A packet. ``extension``: profile value and data of whole words; ``padding``: bytes appended, 0 to 255."""
    first = 0x80 | (0x20 if padding else 0) | (0x10 if extension else 0) | len(csrcs)
    parts = [HEADER.pack(first, payload_type | (0x80 if marker else 0), sequence, timestamp, ssrc)]
    parts += [_WORD.pack(csrc) for csrc in csrcs]
    if extension:
        parts += [_EXTENSION.pack(extension[0], len(extension[1]) // 4), extension[1]]
    parts += [payload, bytes(padding - 1) + bytes([padding]) if padding else b""]
    return b"".join(parts)


def _extension_length(data: bytes | memoryview, start: int) -> int:
    if start + _EXTENSION.size > len(data):
        raise ParseError(f"RTP header extension at {start} of a packet of {len(data)} bytes")
    return _EXTENSION.size + 4 * int(_EXTENSION.unpack_from(data, start)[1])
