"""Reads what tcpdump has seen on the gateway's outer device, and says what it was: SRTP or RTP, through which ports."""

import struct
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.peers.gateway import tone
from tests.peers.gateway.voice import BROWSER_PITCH, LATELY, PITCH

_RECORD = struct.Struct("<IIII")  # seconds, microseconds, bytes kept, bytes on the wire
_IPV4 = 0x0800
_PROTOCOLS = {6: "tcp", 17: "udp"}
_FRAGMENT_OFFSET = 0x1FFF
_RTP_HEADER = 12
_TAG = 10  # bytes: the shortest that authenticates SRTP here


@dataclass(frozen=True, slots=True)
class Packet:
    """One UDP or TCP packet, seen from the gateway."""

    protocol: str
    local_port: int
    remote: str
    sent: bool
    payload: bytes

    def kind(self) -> str:
        """What a UDP payload is (RFC 7983), as far as its first byte tells."""
        if self.protocol == "tcp":
            return "TCP"
        if b" SIP/2.0\r\n" in self.payload or self.payload.startswith(b"SIP/2.0 ") or not self.payload.strip():
            return "SIP"
        first = self.payload[0]
        if first < 4:
            return "STUN"
        if 20 <= first < 64:
            return "DTLS"
        if 64 <= first < 80:
            return "TURN data"
        if 128 <= first < 192:
            return "RTCP" if 192 <= self.payload[1] < 224 else "RTP"
        return "other"


def packets(file: Path, local: str) -> Iterator[Packet]:
    """The UDP and TCP packets from and to the address ``local`` in a pcap file of an Ethernet device."""
    data = file.read_bytes()
    at = 24
    while at + _RECORD.size <= len(data):
        length = _RECORD.unpack_from(data, at)[2]
        at += _RECORD.size
        if (found := _packet(data[at : at + length], local)) is not None:
            yield found
        at += length


def _packet(frame: bytes, local: str) -> Packet | None:
    ip = frame[14:]
    if int.from_bytes(frame[12:14]) != _IPV4 or ip[9] not in _PROTOCOLS:
        return None
    if int.from_bytes(ip[6:8]) & _FRAGMENT_OFFSET:
        return None  # its ports were in the first fragment
    source, target = (".".join(map(str, ip[at : at + 4])) for at in (12, 16))
    if local not in (source, target):
        return None
    start = 4 * (ip[0] & 0x0F)
    ports = struct.unpack_from("!HH", ip, start)
    sent = source == local
    payload = ip[start + 8 : int.from_bytes(ip[2:4])]
    return Packet(_PROTOCOLS[ip[9]], ports[0 if sent else 1], target if sent else source, sent, payload)


def enciphered(seen: Iterable[Packet]) -> tuple[int, int]:
    """Of the streams of RTP in mu-law, how many nobody understands without a key, and how many are plain tones."""
    streams: defaultdict[tuple[str, int, bool, bytes], list[bytes]] = defaultdict(list)
    for packet in seen:
        if packet.kind() == "RTP" and packet.payload[1] & 0x7F == 0:
            streams[packet.remote, packet.local_port, packet.sent, packet.payload[8:12]].append(packet.payload)
    long = [stream for stream in streams.values() if len(stream) >= 2 * LATELY]
    plain = sum(1 for stream in long if _understood(stream[LATELY : 2 * LATELY]))
    return len(long) - plain, plain


def _understood(stream: list[bytes]) -> bool:
    sound = b"".join(payload[_RTP_HEADER:] for payload in stream)
    return tone.heard(sound, (PITCH, BROWSER_PITCH)) != 0 and len(stream[0]) < _RTP_HEADER + 160 + _TAG


def summary(seen: Iterable[Packet], sides: dict[str, str]) -> list[str]:
    """A table: who, which way, what, how many packets, through which ports of the gateway."""
    counted: Counter[tuple[str, str, str]] = Counter()
    ports: defaultdict[tuple[str, str, str], set[int]] = defaultdict(set)
    for packet in seen:
        row = (sides.get(packet.remote, packet.remote), "to" if packet.sent else "from", packet.kind())
        counted[row] += 1
        ports[row].add(packet.local_port)
    return [
        f"{way:4} {side:8} {kind:10} {counted[side, way, kind]:6} packets, ports {_listed(ports[side, way, kind])}"
        for side, way, kind in sorted(counted)
    ]


def _listed(ports: set[int]) -> str:
    return ", ".join(map(str, sorted(ports))) if len(ports) < 5 else f"{min(ports)} to {max(ports)} ({len(ports)})"
