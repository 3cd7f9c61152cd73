"""RTCP datagrams."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipcore.demux import Kind, classify
from sipcore.errors import ParseError
from sipcore.rtcp import (
    Block,
    PacketType,
    ReportBlock,
    SenderInfo,
    build_bye,
    build_receiver_report,
    build_sender_report,
    parse_compound,
    sender_ssrc,
)

bytes8 = st.integers(0, 0xFF)
words32 = st.integers(0, 0xFFFFFFFF)
lost = st.integers(-0x800000, 0x7FFFFF)
report_lists = st.lists(st.builds(ReportBlock, words32, bytes8, lost, words32, words32, words32, words32), max_size=31)
senders = st.builds(SenderInfo, st.integers(0, 2**64 - 1), words32, words32, words32)


@given(words32, senders, report_lists, st.lists(words32, max_size=31))
def test_what_was_built_is_read(ssrc: int, sender: SenderInfo, reports: list[ReportBlock], left: list[int]) -> None:
    data = build_sender_report(ssrc, sender, reports) + build_receiver_report(ssrc, reports) + build_bye(*left)
    assert parse_compound(data) == parse_compound(memoryview(data))
    assert parse_compound(data) == (
        Block(PacketType.SR, ssrc, sender, tuple(reports)),
        Block(PacketType.RR, ssrc, None, tuple(reports)),
        Block(PacketType.BYE, left[0] if left else None),
    )
    assert sender_ssrc(data) == ssrc
    assert classify(data) is Kind.RTCP


def test_a_receiver_report_byte_by_byte() -> None:
    data = bytes.fromhex("81c9 0007 00000001 00000002 40fffffe 0001000a 00000003 00000004 00010000")
    report = ReportBlock(
        ssrc=2, fraction_lost=64, lost=-2, highest_sequence=0x1000A, jitter=3, last_report=4, delay=65536
    )
    assert build_receiver_report(1, [report]) == data
    assert parse_compound(data) == (Block(PacketType.RR, 1, None, (report,)),)


@given(st.binary(max_size=80) | st.binary(max_size=80).map(lambda data: b"\x80\xc8" + data))
@example(b"")
@example(b"\x80\xc8\x00\x00" * 2)
@example(b"\xa0\xcb\x00\x01\x00\x00\x00\x08")
def test_any_bytes_give_blocks_or_a_parse_error(data: bytes) -> None:
    try:
        blocks = parse_compound(data)
    except ParseError:
        return
    assert blocks
    assert classify(data) is Kind.RTCP


@given(words32, senders, report_lists, st.data())
def test_no_truncated_report_passes(
    ssrc: int, sender: SenderInfo, reports: list[ReportBlock], data: st.DataObject
) -> None:
    whole = build_sender_report(ssrc, sender, reports)
    with pytest.raises(ParseError):
        parse_compound(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize("packet_type", [PacketType.RTPFB, PacketType.PSFB, PacketType.XR, PacketType.APP, 192, 223])
def test_reduced_size(packet_type: int) -> None:
    data = bytes([0x81, packet_type, 0, 1]) + bytes.fromhex("0000002a")
    assert parse_compound(data) == (Block(packet_type, 42),)


def test_padding_of_the_last_packet() -> None:
    data = build_receiver_report(1) + bytes.fromhex("a1cb 0002 00000001 00000004")
    assert parse_compound(data)[1] == Block(PacketType.BYE, 1)


def test_padding_may_be_all_there_is() -> None:
    assert parse_compound(bytes.fromhex("a0cb 0001 00000004")) == (Block(PacketType.BYE, None),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("80c90000", "4 bytes; the shortest"),
        ("40c90001 00000001", "version 1 at 0"),
        ("80bf0001 00000001", "type 191 at 0"),
        ("80e00001 00000001", "type 224 at 0"),
        ("80c90002 00000001", "ends at 12, the datagram at 8"),
        ("80c90001 00000001 80ca", "2 bytes left over"),
        ("80c90001 00000001 00000000", "version 0 at 8"),
        ("a0c90002 00000001 00000004 80cb0000", "padding at 0, before the last"),
        ("a0cb0001 00000000", "padding of 0 bytes"),
        ("a0cb0001 00000003", "padding of 3 bytes"),
        ("a0cb0001 00000008", "padding of 8 bytes"),
        ("81c90001 00000001", "1 blocks needs 32 bytes, it has 8"),
        ("80c80001 00000001", "0 blocks needs 28 bytes, it has 8"),
        ("80c90000 80c90000", "0 blocks needs 8 bytes, it has 4"),
        ("a0c90001 00000004", "0 blocks needs 8 bytes, it has 4"),
    ],
)
def test_wrong_datagrams(text: str, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse_compound(bytes.fromhex(text))
