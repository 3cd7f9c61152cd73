"""What kind of packet a datagram on a media port is, by its first two bytes (RFC 7983, RFC 5761 section 4)."""

from enum import Enum, auto
from typing import Final

_COOKIE: Final = b"\x21\x12\xa4\x42"


class Kind(Enum):
    """The protocols that share a media port."""

    STUN = auto()
    DTLS = auto()
    RTP = auto()
    RTCP = auto()
    OTHER = auto()


def classify(data: bytes | memoryview) -> Kind:
    """The kind of a datagram; short or unknown ones are OTHER. RTP needs 12 bytes, RTCP 8 (RFC 3550 5.1, 6.4.2)."""
    if len(data) < 8:
        return Kind.OTHER
    first = data[0]
    if 128 <= first <= 191:
        if 192 <= data[1] <= 223:
            return Kind.RTCP
        return Kind.RTP if len(data) >= 12 else Kind.OTHER
    if 20 <= first <= 63:
        return Kind.DTLS
    return Kind.STUN if first <= 3 else Kind.OTHER


def is_stun(data: bytes | memoryview) -> bool:
    """Whether it is STUN by its cookie (RFC 8489 5), on a port where other protocols may begin with any byte."""
    return len(data) >= 20 and data[0] <= 3 and data[4:8] == _COOKIE
