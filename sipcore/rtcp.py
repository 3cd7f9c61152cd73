"""RTCP packets: who sent them, and what senders and receivers report in them (RFC 3550 6.4 and 6.5)."""

from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

SR: Final = 200
RR: Final = 201
SDES: Final = 202

_SENDER = Struct("!4xI")
_HEADER = Struct("!BBH")
_INFO = Struct("!IIIII")
_BLOCK = Struct("!IIIIII")
_SSRC = Struct("!I")


class Block(NamedTuple):
    """What a receiver says of one sender: the share that was lost since the report before, in 1/256, and altogether.

    ``jitter`` is in units of the RTP clock; ``lsr`` the middle of the NTP time of the last SR that came, ``dlsr`` the
    time since then in 1/65536 s; both are 0 if none came.
    """

    ssrc: int
    fraction: int
    lost: int  # signed: doubled packets count against lost ones
    highest: int  # extended sequence number
    jitter: int
    lsr: int
    dlsr: int


class SenderInfo(NamedTuple):
    """The time of an SR in seconds since 1900 and 1/2**32 s, the same as RTP time, and what was sent up to then."""

    seconds: int
    fraction: int
    timestamp: int
    packets: int
    octets: int

    @property
    def middle(self) -> int:
        """What receivers repeat as ``lsr``."""
        return (self.seconds & 0xFFFF) << 16 | self.fraction >> 16


class Report(NamedTuple):
    """An SR, or without ``sender`` an RR."""

    ssrc: int
    blocks: tuple[Block, ...]
    sender: SenderInfo | None = None

    @property
    def type(self) -> int:
        return RR if self.sender is None else SR


class Described(NamedTuple):
    """One item of an SDES chunk; ``kind`` 1 is the CNAME."""

    ssrc: int
    kind: int
    text: str


class Compound(NamedTuple):
    """What is understood of a compound packet."""

    reports: tuple[Report, ...]
    described: tuple[Described, ...]


def sender_ssrc(data: bytes | memoryview) -> int:
    """The SSRC of the first packet, readable in SRTCP too; nothing is checked. Needs 8 bytes."""
    return int(_SENDER.unpack_from(data)[0])


def read(data: bytes) -> Compound:
    """The reports and descriptions in a compound packet, up to the first packet that breaks the format."""
    reports: list[Report] = []
    described: list[Described] = []
    for kind, count, body in _packets(data):
        if kind in (SR, RR):
            report = _report(kind, count, body)
            if report is None:
                break
            reports.append(report)
        elif kind == SDES:
            described.extend(_items(count, body))
    return Compound(tuple(reports), tuple(described))


def _packets(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Type, count and body of each packet."""
    at = 0
    while at + 4 <= len(data):
        first, kind, words = _HEADER.unpack_from(data, at)
        end = at + 4 + 4 * words
        if first >> 6 != 2 or end > len(data):
            return
        yield kind, first & 0x1F, data[at + 4 : end]
        at = end


def _report(kind: int, count: int, body: bytes) -> Report | None:
    """None if it is too short for what it says it holds."""
    start = 24 if kind == SR else 4
    if len(body) < start + _BLOCK.size * count:
        return None
    sender = SenderInfo(*_INFO.unpack_from(body, 4)) if kind == SR else None
    blocks = tuple(_block(body, start + _BLOCK.size * place) for place in range(count))
    return Report(_SSRC.unpack_from(body)[0], blocks, sender)


def _block(body: bytes, at: int) -> Block:
    ssrc, losses, highest, jitter, lsr, dlsr = _BLOCK.unpack_from(body, at)
    lost = losses & 0xFFFFFF
    return Block(ssrc, losses >> 24, lost - (lost >> 23 << 24), highest, jitter, lsr, dlsr)


def _items(count: int, body: bytes) -> Iterator[Described]:
    """Items of every chunk; a chunk ends with a zero byte and fills its last word (RFC 3550 6.5)."""
    at = 0
    for _ in range(count):
        if at + 4 > len(body):
            return
        ssrc = _SSRC.unpack_from(body, at)[0]
        at += 4
        while at + 2 <= len(body) and body[at]:
            kind, size = body[at], body[at + 1]
            if at + 2 + size > len(body):
                return
            yield Described(ssrc, kind, body[at + 2 : at + 2 + size].decode("utf-8", "replace"))
            at += 2 + size
        at = (at // 4 + 1) * 4
