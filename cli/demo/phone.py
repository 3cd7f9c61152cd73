"""A phone without sound: sends numbered RTP packets, and knows which of the other's have arrived."""

import asyncio
import socket
from dataclasses import dataclass, field
from statistics import median
from struct import Struct
from typing import Any

from sipcore.address import Address, Family
from sipcore.errors import ParseError
from sipcore.rtp import build, parse_header, payload_bounds

INTERVAL = 0.02  # seconds between packets
SAMPLES = 160  # of G.711 in that time
PCMU = 0
_SENT_AT = Struct("!d")


@dataclass(slots=True)
class Voice:
    """What a phone says: one packet after the other; each carries the moment when it was sent."""

    ssrc: int
    spoken: int = 0

    def packet(self, now: float) -> bytes:
        number = self.spoken
        self.spoken += 1
        payload = _SENT_AT.pack(now).ljust(SAMPLES, b"\xff")  # 0xff is silence in mu-law
        return build(PCMU, number & 0xFFFF, number * SAMPLES & 0xFFFFFFFF, self.ssrc, payload, marker=number == 0)


@dataclass(slots=True)
class Ear:
    """What arrives of the other's voice; anything else is not counted. ``delays`` in seconds."""

    ssrc: int
    heard: set[int] = field(default_factory=set)
    delays: list[float] = field(default_factory=list)

    def hear_untrusted(self, data: bytes, now: float) -> None:
        try:
            header = parse_header(data)
            start, end = payload_bounds(data)
        except ParseError:
            return
        if header.ssrc == self.ssrc and end - start == SAMPLES and header.sequence not in self.heard:
            self.heard.add(header.sequence)
            self.delays.append(now - _SENT_AT.unpack_from(data, start)[0])

    @property
    def delay(self) -> float | None:
        """The median."""
        return median(self.delays) if self.delays else None


class Phone(asyncio.DatagramProtocol):
    """Voice and ear on a UDP socket; ``target`` is where the voice goes."""

    def __init__(self, voice: Voice, ear: Ear) -> None:
        self.voice = voice
        self.ear = ear
        self.target: Address | None = None
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def address(self) -> Address:
        if self._transport is None:
            raise RuntimeError("the phone is not open")
        return Address(*self._transport.get_extra_info("sockname")[:2])

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, _: tuple[str | Any, int]) -> None:
        self.ear.hear_untrusted(data, self._loop.time())

    def speak(self) -> None:
        """Sends the next packet, once it is known where to."""
        if self._transport is not None and self.target is not None:
            self._transport.sendto(self.voice.packet(self._loop.time()), self.target)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def open_phone(host: str, own_ssrc: int, other_ssrc: int) -> Phone:
    """A phone on a free port of a local address. Raises OSError."""
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if Address(host, 0).family is Family.IP6 else socket.AF_INET
    _, phone = await loop.create_datagram_endpoint(
        lambda: Phone(Voice(own_ssrc), Ear(other_ssrc)), local_addr=(host, 0), family=family
    )
    return phone
