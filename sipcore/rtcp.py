"""RTCP packets: validity of what arrives in one datagram, sender and receiver reports (RFC 3550 6 and A.2)."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from struct import Struct
from typing import NamedTuple

from sipcore.errors import ParseError

_HEADER = Struct("!BBH")
_WORD = Struct("!I")
_SENDER = Struct("!QIII")
_REPORT = Struct("!IB3sIIII")


class PacketType(IntEnum):
    """The types that have a name; the range of RTCP is 192 to 223 (RFC 5761 4)."""

    SR = 200
    RR = 201
    SDES = 202
    BYE = 203
    APP = 204
    RTPFB = 205
    PSFB = 206
    XR = 207


class SenderInfo(NamedTuple):
    """What a sender report says of its sender: NTP time in 2**-32 s since 1900, RTP time, packets and octets sent."""

    ntp: int
    timestamp: int
    packets: int
    octets: int


class ReportBlock(NamedTuple):
    """How one source is received: ``fraction_lost`` in 1/256, ``jitter`` in timestamp units, delays in 1/65536 s."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest_sequence: int
    jitter: int
    last_report: int
    delay: int


class Block(NamedTuple):
    """One packet of a compound: ``ssrc`` of its sender, None if it has none (an empty SDES or BYE)."""

    type: int
    ssrc: int | None
    sender: SenderInfo | None = None
    reports: tuple[ReportBlock, ...] = ()


def parse_compound(data: bytes | memoryview) -> tuple[Block, ...]:
    """The packets of a plain datagram, at least one. Raises ParseError.

    The first may be of any RTCP type, not only SR or RR: reduced size is legal (RFC 5506).
    """
    if len(data) < 8:
        raise ParseError(f"RTCP datagram of {len(data)} bytes; the shortest report has 8")
    blocks = []
    offset = 0
    while offset < len(data):
        end = _end_of(data, offset)
        blocks.append(_block(data, offset, end))
        offset = end
    return tuple(blocks)


def sender_ssrc(data: bytes | memoryview) -> int:
    """The SSRC of the first packet, readable in SRTCP too; nothing is checked. Needs 8 bytes."""
    return int(_WORD.unpack_from(data, 4)[0])


def build_sender_report(ssrc: int, sender: SenderInfo, reports: Sequence[ReportBlock] = ()) -> bytes:
    """A sender report with up to 31 report blocks."""
    body = [_WORD.pack(ssrc), _SENDER.pack(*sender), *map(_pack_report, reports)]
    return _packet(PacketType.SR, len(reports), body)


def build_receiver_report(ssrc: int, reports: Sequence[ReportBlock] = ()) -> bytes:
    """A receiver report with up to 31 report blocks."""
    return _packet(PacketType.RR, len(reports), [_WORD.pack(ssrc), *map(_pack_report, reports)])


def build_bye(*ssrcs: int) -> bytes:
    """A BYE of up to 31 sources."""
    return _packet(PacketType.BYE, len(ssrcs), [_WORD.pack(ssrc) for ssrc in ssrcs])


def _end_of(data: bytes | memoryview, offset: int) -> int:
    """Where the packet at ``offset`` ends, after the checks of RFC 3550 A.2."""
    if offset + _HEADER.size > len(data):
        raise ParseError(f"{len(data) - offset} bytes left over behind the RTCP packets")
    first, packet_type, words = _HEADER.unpack_from(data, offset)
    end = offset + 4 * (int(words) + 1)
    if first >> 6 != 2:
        raise ParseError(f"RTCP version {first >> 6} at {offset}")
    if not 192 <= packet_type <= 223:
        raise ParseError(f"RTCP packet type {packet_type} at {offset}")
    if end > len(data):
        raise ParseError(f"RTCP packet at {offset} ends at {end}, the datagram at {len(data)}")
    if first & 0x20 and end != len(data):
        raise ParseError(f"RTCP padding at {offset}, before the last packet")
    return end


def _block(data: bytes | memoryview, offset: int, end: int) -> Block:
    first, packet_type, _ = _HEADER.unpack_from(data, offset)
    end -= _padding(data, offset, end) if first & 0x20 else 0
    body = offset + _HEADER.size
    match packet_type:
        case PacketType.SR:
            return _report(data, body, end, first & 0x1F, _SENDER)
        case PacketType.RR:
            return _report(data, body, end, first & 0x1F, None)
        case _:
            return Block(packet_type, int(_WORD.unpack_from(data, body)[0]) if body + 4 <= end else None)


def _padding(data: bytes | memoryview, offset: int, end: int) -> int:
    padding = data[end - 1]
    if not 0 < padding <= end - offset - _HEADER.size or padding % 4:
        raise ParseError(f"RTCP padding of {padding} bytes in a packet of {end - offset}")
    return padding


def _report(data: bytes | memoryview, body: int, end: int, count: int, sender: Struct | None) -> Block:
    start = body + _WORD.size + (sender.size if sender else 0)
    stop = start + count * _REPORT.size
    if stop > end:
        raise ParseError(f"RTCP report with {count} blocks needs {stop - body + 4} bytes, it has {end - body + 4}")
    ssrc = int(_WORD.unpack_from(data, body)[0])
    reports = tuple(_unpack_report(data, offset) for offset in range(start, stop, _REPORT.size))
    if sender is None:
        return Block(PacketType.RR, ssrc, None, reports)
    return Block(PacketType.SR, ssrc, SenderInfo(*sender.unpack_from(data, body + _WORD.size)), reports)


def _unpack_report(data: bytes | memoryview, offset: int) -> ReportBlock:
    ssrc, fraction, lost, *rest = _REPORT.unpack_from(data, offset)
    return ReportBlock(ssrc, fraction, int.from_bytes(lost, "big", signed=True), *rest)


def _pack_report(report: ReportBlock) -> bytes:
    ssrc, fraction, lost, *rest = report
    return _REPORT.pack(ssrc, fraction, lost.to_bytes(3, "big", signed=True), *rest)


def _packet(packet_type: PacketType, count: int, body: Iterable[bytes]) -> bytes:
    content = b"".join(body)
    return _HEADER.pack(0x80 | count, packet_type, len(content) // 4) + content
