"""IP packets made by hand, for what ordinary sockets cannot send or do not show."""

import json
import socket
import struct
from dataclasses import dataclass, field

from sipcore.address import Address
from tests.netns.topology import SILENCE, End

ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86DD
_ALL, _UDP = 3, 17


def rtp(sequence: int = 1, size: int = 172) -> bytes:
    """An RTP packet of payload type 0."""
    return struct.pack(">BBHII", 0x80, 0, sequence, 160 * sequence, 0xCAFE).ljust(size, b"x")


RTCP = struct.pack(">BBHI", 0x80, 200, 6, 0xCAFE) + bytes(20)
STUN = b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12)


@dataclass(frozen=True, slots=True)
class Packet:
    """One UDP packet over IPv4 or IPv6. ``checksum`` False: sent without UDP checksum."""

    source: Address
    target: Address
    payload: bytes = field(default_factory=rtp)
    tos: int = 0
    ttl: int = 64
    options: bytes = b""
    fragment: int = 0  # flags and offset as in the IPv4 header
    checksum: bool = True

    def pack(self) -> bytes:
        pseudo = self._hosts() + struct.pack(">II", len(self.payload) + 8, _UDP)
        udp = struct.pack(">HHHH", self.source.port, self.target.port, len(self.payload) + 8, 0) + self.payload
        if self.checksum:
            udp = udp[:6] + struct.pack(">H", internet_checksum(pseudo + udp) or 0xFFFF) + udp[8:]
        return (self._header6(len(udp)) if ":" in self.source.host else self._header4(len(udp))) + udp

    def _header4(self, length: int) -> bytes:
        words = 5 + len(self.options) // 4
        start = struct.pack(">BBHHHBB", 0x40 | words, self.tos, words * 4 + length, 1, self.fragment, self.ttl, _UDP)
        header = start + b"\0\0" + self._hosts() + self.options
        return header[:10] + struct.pack(">H", internet_checksum(header)) + header[12:]

    def _header6(self, length: int) -> bytes:
        return struct.pack(">IHBB", 6 << 28 | self.tos << 20 | 0xABCDE, length, _UDP, self.ttl) + self._hosts()

    def _hosts(self) -> bytes:
        family = socket.AF_INET6 if ":" in self.source.host else socket.AF_INET
        return socket.inet_pton(family, self.source.host) + socket.inet_pton(family, self.target.host)


def unpack(data: bytes) -> Packet:
    """Reads a UDP packet; raises ValueError if one of its checksums is wrong."""
    six = data[0] >> 4 == 6
    header = 40 if six else data[0] % 16 * 4
    hosts = data[8:40] if six else data[12:20]
    total = 40 + struct.unpack_from(">H", data, 4)[0] if six else struct.unpack_from(">H", data, 2)[0]
    udp = data[header:total]
    source_port, target_port, length, checksum = struct.unpack_from(">HHHH", udp)
    if not six and internet_checksum(data[:header]):
        raise ValueError("wrong IPv4 checksum")
    if checksum and internet_checksum(hosts + struct.pack(">II", length, _UDP) + udp):
        raise ValueError("wrong UDP checksum")
    half = len(hosts) // 2
    family = socket.AF_INET6 if six else socket.AF_INET
    return Packet(
        Address(socket.inet_ntop(family, hosts[:half]), source_port),
        Address(socket.inet_ntop(family, hosts[half:]), target_port),
        udp[8:],
        tos=struct.unpack_from(">I", data)[0] >> 20 & 0xFF if six else data[1],
        ttl=data[7] if six else data[8],
        options=data[20:header] if not six else b"",
        fragment=0 if six else struct.unpack_from(">H", data, 6)[0],
        checksum=bool(checksum),
    )


def internet_checksum(data: bytes) -> int:
    """RFC 1071; 0 over data that contain their own right checksum."""
    data += bytes(len(data) % 2)
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def inject(end: End, neighbour: End, packet: bytes, protocol: int | None = None) -> None:
    """Sends an IP packet (or what ``protocol`` says that it is) from one end of a cable to the other."""
    kind = protocol or (ETH_P_IPV6 if packet[0] >> 4 == 6 else ETH_P_IP)
    target = bytes.fromhex(_mac(neighbour).replace(":", ""))
    with end.host.inside(), socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as wire:
        wire.sendto(packet, (end.device, kind, 0, 0, target))


class Tap:
    """Sees every UDP packet that arrives at one end of a cable; a context manager."""

    def __init__(self, end: End) -> None:
        with end.host.inside():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL))
            self._socket.bind((end.device, _ALL))

    def __enter__(self) -> "Tap":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def next(self, patience: float = 1.0) -> Packet | None:
        """The next one that arrived, or None."""
        self._socket.settimeout(patience)
        while True:
            try:
                data, (_, _, direction, *_) = self._socket.recvfrom(65535)
            except TimeoutError:
                return None
            if direction == socket.PACKET_HOST and data[9 if data[0] >> 4 == 4 else 6] == _UDP:
                return unpack(data)

    def silent(self) -> bool:
        """Whether nothing arrives for a while."""
        return self.next(SILENCE) is None


def _mac(end: End) -> str:
    (link,) = json.loads(end.host.ip("-j", "link", "show", end.device))
    return str(link["address"])
