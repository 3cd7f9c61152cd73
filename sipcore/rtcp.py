"""RTCP packets: who sent them (RFC 3550 6.4)."""

from struct import Struct

_SENDER = Struct("!4xI")


def sender_ssrc(data: bytes | memoryview) -> int:
    """The SSRC of the first packet, readable in SRTCP too; nothing is checked. Needs 8 bytes."""
    return int(_SENDER.unpack_from(data)[0])
