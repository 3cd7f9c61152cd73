"""A phone that speaks and listens as RFC 3550 says: its reports tell what it has really lost."""

import random
import select
import socket
import struct
import time
from collections import deque

from sipcore.address import Address
from tests.netns.topology import Host

PORT = 6000
RATE = 8000
_EPOCH = 2_208_988_800  # seconds from 1900 to 1970


class ReportingPhone:
    """Sends G.711 from ``PORT`` and RTCP from the next one; ``target`` is the relay's port for RTP.

    ``loss`` is the share of media that the way to the phone loses, and ``delay`` how long that way takes in seconds.
    """

    def __init__(
        self,
        host: Host,
        address: str,
        ssrc: int,
        port: int = 6000,
        *,
        loss: float = 0.0,
        delay: float = 0.0,
        seed: int = 0,
    ) -> None:
        self._loss, self._delay, self._chance = loss, delay, random.Random(seed)
        self._under_way: deque[tuple[float, bool, bytes]] = deque()  # when it is there, whether it is media
        self.ssrc, self.target = ssrc, Address("", 0)
        self.sent = self.received = self.highest = 0
        self.peer: int | None = None
        self._rtp, self._rtcp = host.udp(address, PORT), host.udp(address, PORT + 1)
        self._before = 0, 0  # expected and received, at the last report
        self._jitter, self._transit = 0.0, 0.0
        self._heard: tuple[int, float] | None = None  # the peer's last report: the middle of its time, when it came

    def speak(self) -> None:
        self.sent += 1
        header = struct.pack("!BBHII", 0x80, 0, self.sent & 0xFFFF, self.sent * 160, self.ssrc)
        self._rtp.sendto(header + bytes([self.sent & 0xFF]) * 160, self.target)

    def listen(self) -> None:
        """Takes in all that has come."""
        while ready := select.select([self._rtp, self._rtcp], [], [], 0)[0]:
            for readable in ready:
                data, _ = readable.recvfrom(2048)
                media = readable is self._rtp
                if not media or self._chance.random() >= self._loss:
                    self._under_way.append((time.perf_counter() + self._delay, media, data))
        while self._under_way and self._under_way[0][0] <= time.perf_counter():
            self._arrive(*self._under_way.popleft()[1:])

    def _arrive(self, media: bool, data: bytes) -> None:
        if media:
            self._take_media(data)
        elif data[1] == 200:
            self._heard = int.from_bytes(data[10:14]), time.perf_counter()

    def report(self) -> None:
        """An SR with one block, as RFC 3550 A.3 computes it."""
        now = time.time()
        seconds, fraction = int(now) + _EPOCH, int(now % 1 * 2**32)
        blocks = self._block() if self.peer is not None else b""
        body = (
            struct.pack("!IIIIII", self.ssrc, seconds, fraction, self.sent * 160, self.sent, self.sent * 160) + blocks
        )
        packet = struct.pack("!BBH", 0x80 | bool(blocks), 200, len(body) // 4) + body
        self._rtcp.sendto(packet, Address(self.target.host, self.target.port + 1))

    @property
    def media(self) -> socket.socket:
        """Where RTP comes."""
        return self._rtp

    @property
    def control(self) -> socket.socket:
        """Where RTCP comes."""
        return self._rtcp

    @property
    def lost(self) -> int:
        return self.highest - self.received

    def _take_media(self, data: bytes) -> None:
        sequence, timestamp = struct.unpack_from("!HI", data, 2)
        self.peer = int.from_bytes(data[8:12])
        self.received += 1
        self.highest = max(self.highest, sequence)
        transit = time.perf_counter() * RATE - timestamp
        if self.received > 1:
            self._jitter += (abs(transit - self._transit) - self._jitter) / 16
        self._transit = transit

    def _block(self) -> bytes:
        expected, received = self.highest - self._before[0], self.received - self._before[1]
        self._before = self.highest, self.received
        lost = max(0, expected - received)
        fraction = min(255, lost * 256 // expected) if expected else 0
        middle, delay = 0, 0
        if self._heard is not None:
            middle, came = self._heard
            delay = max(1, int((time.perf_counter() - came) * 65536))
        losses = fraction << 24 | max(0, self.lost) & 0xFFFFFF
        return struct.pack("!IIIIII", self.peer or 0, losses, self.highest, int(self._jitter), middle, delay)
