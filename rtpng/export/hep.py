"""HEP version 3: packets for Homer. A chunk is vendor, type and length, and a value; all numbers in network order."""

import socket
import struct
from dataclasses import dataclass
from enum import IntEnum

from sipcore.address import Address, Family, packed

RTCP_AS_JSON = 5  # protocol type
_UDP = 17


class Chunk(IntEnum):
    """The types of chunks that we send."""

    FAMILY = 1
    TRANSPORT = 2
    SOURCE_4 = 3
    TARGET_4 = 4
    SOURCE_6 = 5
    TARGET_6 = 6
    SOURCE_PORT = 7
    TARGET_PORT = 8
    SECONDS = 9
    MICROSECONDS = 10
    PROTOCOL = 11
    CAPTURE_ID = 12
    PAYLOAD = 15
    CORRELATION = 17


@dataclass(frozen=True, slots=True)
class Capture:
    """One message as it was on the wire. ``protocol`` says what the payload is, ``wall`` when it came."""

    source: Address
    target: Address
    wall: float
    protocol: int
    call_id: str
    payload: bytes


def packet(capture: Capture, capture_id: int) -> bytes:
    """The chunks in rtpengine's order."""
    four = capture.source.family is Family.IP4
    micro = round(capture.wall * 1_000_000)
    chunks = (
        (Chunk.FAMILY, bytes([socket.AF_INET if four else socket.AF_INET6])),
        (Chunk.TRANSPORT, bytes([_UDP])),
        (Chunk.SOURCE_PORT, capture.source.port.to_bytes(2)),
        (Chunk.TARGET_PORT, capture.target.port.to_bytes(2)),
        (Chunk.SECONDS, (micro // 1_000_000).to_bytes(4)),
        (Chunk.MICROSECONDS, (micro % 1_000_000).to_bytes(4)),
        (Chunk.PROTOCOL, bytes([capture.protocol])),
        (Chunk.CAPTURE_ID, capture_id.to_bytes(4)),
        (Chunk.SOURCE_4 if four else Chunk.SOURCE_6, packed(capture.source.host)),
        (Chunk.TARGET_4 if four else Chunk.TARGET_6, packed(capture.target.host)),
        (Chunk.CORRELATION, capture.call_id.encode("utf-8", "surrogateescape")),
        (Chunk.PAYLOAD, capture.payload),
    )
    body = b"".join(struct.pack("!HHH", 0, kind, 6 + len(value)) + value for kind, value in chunks)
    return b"HEP3" + (6 + len(body)).to_bytes(2) + body
