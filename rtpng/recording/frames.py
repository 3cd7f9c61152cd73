"""The bytes of a pcap file: its header, and a UDP packet as if it had been captured on the network."""

import struct
from typing import Final

from sipcore.address import Address, packed

ETHERNET, RAW = 1, 101  # link types (LINKTYPE_ETHERNET, LINKTYPE_RAW)
_LONGEST: Final = 65535
_UDP: Final = 17
_TTL: Final = 64
_NO_MACS: Final = bytes(12)
_HEADER: Final = struct.Struct("<IHHiIII")
_PACKET: Final = struct.Struct("<IIII")
_PORTS: Final = struct.Struct("!HHHH")
_IP4: Final = struct.Struct("!BBHHHBBH4s4s")
_IP6: Final = struct.Struct("!IHBB16s16s")


def file_header(link_type: int) -> bytes:
    """What stands at the beginning of a file; times are in microseconds."""
    return _HEADER.pack(0xA1B2C3D4, 2, 4, 0, 0, _LONGEST, link_type)


def packet(when: float, source: Address, target: Address, payload: bytes, link_type: int) -> bytes:
    """One packet of a file: the time (seconds since 1970), the headers, the payload."""
    frame = headers(source, target, payload) + payload
    if link_type == ETHERNET:
        frame = _NO_MACS + (b"\x86\xdd" if ":" in source.host else b"\x08\x00") + frame
    return record(when, frame)


def record(when: float, frame: bytes) -> bytes:
    """A captured packet, with its time and length."""
    micros = int(when * 1e6)
    return _PACKET.pack(micros // 1_000_000, micros % 1_000_000, len(frame), len(frame)) + frame


def headers(source: Address, target: Address, payload: bytes) -> bytes:
    """IP and UDP of a datagram. A checksum of UDP is optional in IPv4 (RFC 768), not in IPv6 (RFC 8200 8.1)."""
    size = 8 + len(payload)
    one, other = packed(source.host), packed(target.host)
    if len(one) == 4:
        head = _IP4.pack(0x45, 0, 20 + size, 0, 0, _TTL, _UDP, 0, one, other)
        return head[:10] + checksum(head).to_bytes(2) + head[12:] + _PORTS.pack(source.port, target.port, size, 0)
    pseudo = one + other + struct.pack("!IIHHHH", size, _UDP, source.port, target.port, size, 0) + payload
    udp = _PORTS.pack(source.port, target.port, size, checksum(pseudo) or 0xFFFF)
    return _IP6.pack(6 << 28, size, _UDP, _TTL, one, other) + udp


def checksum(data: bytes) -> int:
    """The internet checksum (RFC 1071); a sum of words with carries is the number they form, modulo 65535."""
    number = int.from_bytes(data + b"\0" if len(data) % 2 else data)
    return 0xFFFF - (number % 0xFFFF or (0xFFFF if number else 0))
