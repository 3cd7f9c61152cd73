"""The media side of a phone: sends and receives RTP, and knows exactly which packets came."""

import itertools
import select
import socket
import struct
import time
from collections import Counter
from dataclasses import dataclass, field

from sipcore.address import Address
from tests.peers.landscape import Site
from tests.peers.sipp import MEDIA_PORT

PACKET_INTERVAL = 0.004  # seconds; five times as fast as speech, so that tests are short
SETTLED = 0.4  # seconds without a packet after which nothing more is under way
_SAMPLES = 160  # 20 ms of G.711
_HEADER = struct.Struct("!BBHII")


@dataclass(slots=True)
class RtpPhone:
    """Sends numbered packets from the media port of its site; ``heard`` counts what came, by source and content."""

    site: Site
    ssrc: int
    port: int = MEDIA_PORT
    heard: Counter[tuple[Address, bytes]] = field(default_factory=Counter)
    _media: socket.socket = field(init=False)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self._media = self.site.host.udp(self.site.address, self.port)
        self._media.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)

    def speak(self, target: Address) -> bytes:
        """Sends the next packet; what was sent."""
        number = next(self._numbers)
        header = _HEADER.pack(0x80, 0, number & 0xFFFF, number * _SAMPLES, self.ssrc)
        packet = header + number.to_bytes(4, "big") * (_SAMPLES // 4)
        self._media.sendto(packet, target)
        return packet

    def listen(self, seconds: float) -> int:
        """Takes in what comes, until nothing has come for that long; how many packets."""
        count = 0
        while select.select([self._media], [], [], seconds)[0]:
            packet, source = self._media.recvfrom(65535)
            self.heard[Address(*source[:2]), packet] += 1
            count += 1
        return count

    def close(self) -> None:
        self._media.close()


@dataclass(frozen=True, slots=True)
class Talk:
    """What two phones said to each other."""

    by_caller: Counter[bytes]
    by_callee: Counter[bytes]


def talk(caller: RtpPhone, to_callee: Address, callee: RtpPhone, to_caller: Address, packets: int) -> Talk:
    """Both speak at the same time; ``to_callee`` is where the caller sends to. Ends when the network is quiet."""
    said = Talk(Counter(), Counter())
    caller.heard.clear()
    callee.heard.clear()
    for _ in range(packets):
        said.by_caller[caller.speak(to_callee)] += 1
        said.by_callee[callee.speak(to_caller)] += 1
        time.sleep(PACKET_INTERVAL)
        caller.listen(0)
        callee.listen(0)
    while caller.listen(SETTLED) + callee.listen(SETTLED):
        pass
    return said


def contents(heard: Counter[tuple[Address, bytes]]) -> Counter[bytes]:
    """What was heard, without the sources."""
    total: Counter[bytes] = Counter()
    for (_, packet), count in heard.items():
        total[packet] += count
    return total


def sources(heard: Counter[tuple[Address, bytes]]) -> set[Address]:
    """Where it came from."""
    return {source for source, _ in heard}
