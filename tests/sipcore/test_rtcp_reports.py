"""Reports and descriptions in RTCP."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from sipcore.rtcp import Block, Compound, Described, Report, SenderInfo, read

INFO = SenderInfo(0x11112222, 0x33334444, 5, 6, 7)
BLOCK = Block(0xB, 64, -2, 70_000, 160, 0x22223333, 65536)


def block(said: Block) -> bytes:
    losses = said.fraction << 24 | said.lost & 0xFFFFFF
    return struct.pack("!IIIIII", said.ssrc, losses, *said[3:])


def report(ssrc: int, *blocks: Block, sender: SenderInfo | None = None) -> bytes:
    body = struct.pack("!I", ssrc) + (struct.pack("!IIIII", *sender) if sender else b"") + b"".join(map(block, blocks))
    return struct.pack("!BBH", 0x80 | len(blocks), 200 if sender else 201, len(body) // 4) + body


def sdes(ssrc: int, text: bytes) -> bytes:
    body = struct.pack("!IBB", ssrc, 1, len(text)) + text + b"\0"
    body += bytes(-len(body) % 4)
    return struct.pack("!BBH", 0x81, 202, len(body) // 4) + body


def test_a_sender_report_with_a_block_and_a_name() -> None:
    assert read(report(0xA, BLOCK, sender=INFO) + sdes(0xA, b"alice")) == Compound(
        (Report(0xA, (BLOCK,), INFO),), (Described(0xA, 1, "alice"),)
    )
    assert INFO.middle == 0x22223333


def test_a_receiver_report_has_no_sender() -> None:
    (found,) = read(report(0xA, BLOCK, BLOCK)).reports
    assert (found.type, found.sender, found.blocks) == (201, None, (BLOCK, BLOCK))


def test_what_follows_a_broken_packet_is_not_read() -> None:
    short = report(0xA, BLOCK, sender=INFO)
    promised_more = struct.pack("!BBH", 0x85, 201, 1) + bytes(4)
    assert read(short[:-1]).reports == ()
    assert read(short + promised_more + short).reports == (Report(0xA, (BLOCK,), INFO),)
    assert read(short + b"\x40" + short[1:]).reports == (Report(0xA, (BLOCK,), INFO),)


def test_an_item_that_is_longer_than_its_packet_ends_the_description() -> None:
    body = struct.pack("!IBB", 1, 1, 200) + b"xy"
    assert read(struct.pack("!BBH", 0x81, 202, 2) + body) == Compound((), ())


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    read(b"\x81\xc8" + data)


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_a_good_report_before_anything_is_found(tail: list[bytes]) -> None:
    assert read(report(0xA, BLOCK, sender=INFO) + b"".join(tail)).reports[0] == Report(0xA, (BLOCK,), INFO)
