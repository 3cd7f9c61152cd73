"""Peers and relay sockets on loopback, and the plane between them."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any

from rtpng.media.plane import MediaPlane
from rtpng.media.relay import Digit, Played, Relay, Verdict
from rtpng.ports import open_media_socket
from sipcore.address import Address

V4, V6 = "127.0.0.1", "::1"
PATIENCE = 5.0  # seconds until a packet that does not come fails the test


def rtp(sequence: int = 1, *, ssrc: int = 0x1234, payload_type: int = 8, timestamp: int = 160) -> bytes:
    return struct.pack("!BBHII", 0x80, payload_type, sequence, timestamp, ssrc) + bytes(160)


def rtcp(ssrc: int = 0x1234) -> bytes:
    return struct.pack("!BBHI", 0x80, 200, 6, ssrc) + bytes(20)


STUN = struct.pack("!HHI", 1, 0, 0x2112A442) + bytes(12)
DTLS = b"\x16\xfe\xfd" + bytes(40)


class Peer:
    """A phone's socket."""

    def __init__(self, host: str = V4) -> None:
        self.socket = open_media_socket(Address(host, 0))
        self.address = Address(*self.socket.getsockname()[:2])

    def send(self, data: bytes, local: Address) -> None:
        self.socket.sendto(data, local)

    async def receive(self) -> tuple[bytes, Address]:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE):
            data, source = await loop.sock_recvfrom(self.socket, 65535)
        return data, Address(*source[:2])


class Rig:
    """A plane with its sockets; ``judge`` and ``control`` may be set by the test, and what they were asked is kept."""

    def __init__(self, loop: asyncio.AbstractEventLoop, workers: int = 0) -> None:
        self.now = 100.0
        self.sockets: dict[Address, socket.socket] = {}
        self.peers: list[Peer] = []
        self.judged: list[tuple[Address, Address, bytes, float]] = []
        self.judge: Callable[..., Verdict] = lambda *_: Verdict.FOREIGN
        self.control: Callable[..., object] = lambda *_: None
        self.controlled: list[tuple[Address, Address, bytes, float]] = []
        self.digits: list[tuple[Address, Digit | Played]] = []
        self.reports: list[tuple[Address, bytes]] = []
        self.plane = MediaPlane(
            loop,
            self.sockets.__getitem__,
            self._judge,
            lambda: self.now,
            control=lambda *packet: self._control(packet),
            hear=lambda local, digit: self.digits.append((local, digit)),
            report=lambda local, _source, data, _now: self.reports.append((local, data)),
            workers=workers,
        )

    def _judge(self, *packet: Any) -> Verdict:
        self.judged.append(packet)
        return self.judge(*packet)

    def _control(self, packet: tuple[Address, Address, bytes, float]) -> None:
        self.controlled.append(packet)
        self.control(*packet)

    def local(self, host: str = V4) -> Address:
        opened = open_media_socket(Address(host, 0))
        address = Address(*opened.getsockname()[:2])
        self.sockets[address] = opened
        return address

    def peer(self, host: str = V4) -> Peer:
        self.peers.append(Peer(host))
        return self.peers[-1]

    def add(self, *relays: Relay) -> None:
        self.plane.apply((), relays)

    def close(self) -> None:
        self.plane.close()
        for opened in (*self.sockets.values(), *(peer.socket for peer in self.peers)):
            opened.close()
