"""Frames as bytes: by what a worker knows an arriving packet, and what it writes in front of a payload. Pure."""

import socket
import struct
from typing import Final

from rtpng.media.worker.orders import Hop, Stream
from sipcore.address import Family, packed

VNET, ETHERNET, UDP = 10, 14, 8  # bytes of struct virtio_net_hdr and of the headers
IP: Final = {Family.IP4: 20, Family.IP6: 40}
LONGEST: Final = 1700  # bytes of RTP: with every header in front, and SRTP's trailer behind, inside a frame of the ring
SHORTEST: Final = 12  # an RTP header

_TTL: Final = 64
_DONT_FRAGMENT: Final = 0x4000
_NEEDS_CHECKSUM: Final = 1
_CHECKSUM_OFFSET: Final = 6  # in the UDP header


def sizes() -> list[int]:
    """Bytes of payload by the UDP length field, as it is read in the machine's order; 0 for what no ring carries."""
    lengths = [socket.ntohs(length) - UDP for length in range(1 << 16)]
    return [length if SHORTEST <= length <= LONGEST else 0 for length in lengths]


def key_of(stream: Stream) -> bytes:
    """What names a stream in the headers of its packets: addresses and ports of source and destination."""
    ports = struct.pack("!HH", stream.remote.port, stream.local.port)
    return packed(stream.remote.host) + packed(stream.local.host) + ports


def headers(stream: Stream, hop: Hop, size: int) -> bytes:
    """All that goes in front of ``size`` bytes of payload; device or kernel finish the UDP checksum."""
    source, target = packed(stream.source.host), packed(stream.target.host)
    family = stream.target.family
    version = (_ip4 if family is Family.IP4 else _ip6)(source, target, size, stream.tos or 0)
    pseudo = _fold(source + target + struct.pack("!HH", socket.IPPROTO_UDP, UDP + size))
    udp = struct.pack("!HHHH", stream.source.port, stream.target.port, UDP + size, pseudo)
    ethertype = b"\x08\x00" if family is Family.IP4 else b"\x86\xdd"
    vnet = struct.pack("=BBHHHH", _NEEDS_CHECKSUM, 0, 0, 0, ETHERNET + IP[family], _CHECKSUM_OFFSET)
    return vnet + hop.target + hop.source + ethertype + version + udp


class Headers(dict[int, bytes]):
    """Headers by payload size, made when they are first needed: a codec has one or two sizes, video a thousand."""

    def __init__(self, stream: Stream, hop: Hop) -> None:
        super().__init__()
        self._stream, self._hop = stream, hop

    def __missing__(self, size: int) -> bytes:
        made = self[size] = headers(self._stream, self._hop, size)
        return made


def _ip4(source: bytes, target: bytes, size: int, tos: int) -> bytes:
    length = IP[Family.IP4] + UDP + size
    start = struct.pack("!BBHHHBB", 0x45, tos, length, 0, _DONT_FRAGMENT, _TTL, socket.IPPROTO_UDP)
    checksum = ~_fold(start + source + target) & 0xFFFF
    return start + struct.pack("!H", checksum) + source + target


def _ip6(source: bytes, target: bytes, size: int, tos: int) -> bytes:
    first = 6 << 28 | tos << 20
    return struct.pack("!IHBB", first, UDP + size, socket.IPPROTO_UDP, _TTL) + source + target


def _fold(data: bytes) -> int:
    """The sum of Internet checksums (RFC 1071), not complemented."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total
