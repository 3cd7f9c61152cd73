"""HEP packets: those of rtpengine 26, made again from what is in them."""

import json

from rtpng.export import rtcp_json
from rtpng.export.hep import RTCP_AS_JSON, Capture, packet
from sipcore.address import Address
from sipcore.rtcp import Block, Compound, Described, Report, SenderInfo
from tests.rtpng.export.captured import NG, RTCP


def chunks(data: bytes) -> dict[int, bytes]:
    """By type, in their order."""
    assert data[:4] == b"HEP3"
    assert int.from_bytes(data[4:6]) == len(data)
    found, at = {}, 6
    while at < len(data):
        kind, length = int.from_bytes(data[at + 2 : at + 4]), int.from_bytes(data[at + 4 : at + 6])
        found[kind] = data[at + 6 : at + length]
        at += length
    return found


def again(data: bytes) -> Capture:
    told = chunks(data)
    hosts = [".".join(map(str, told[kind])) for kind in (3, 4)]
    source, target = (Address(host, int.from_bytes(told[kind])) for host, kind in zip(hosts, (7, 8), strict=True))
    wall = int.from_bytes(told[9]) + int.from_bytes(told[10]) / 1e6
    return Capture(source, target, wall, told[11][0], told[17].decode(), told[15])


def test_the_packets_are_those_of_rtpengine() -> None:
    for captured in (RTCP, NG):
        assert packet(again(captured), 2001) == captured
    assert again(RTCP).protocol == RTCP_AS_JSON
    assert again(NG).protocol == 0x3D


def test_rtcp_as_json_says_the_same() -> None:
    theirs = json.loads(again(RTCP).payload)
    sender, (block,) = theirs["sender_information"], theirs["report_blocks"]
    told = SenderInfo(
        sender["ntp_timestamp_sec"],
        sender["ntp_timestamp_usec"],
        sender["rtp_timestamp"],
        sender["packets"],
        sender["octets"],
    )
    heard = Block(
        block["source_ssrc"],
        block["fraction_lost"],
        block["packets_lost"],
        block["highest_seq_no"],
        block["ia_jitter"],
        block["lsr"],
        block["dlsr"],
    )
    (item,) = theirs["sdes_information"]
    described = Described(item["sdes_chunk_ssrc"], item["type"], item["text"])
    ours = json.loads(rtcp_json.text(Compound((Report(theirs["ssrc"], (heard,), told),), (described,))))
    assert ours == theirs


def test_a_packet_between_ipv6_addresses() -> None:
    capture = Capture(Address("2001:db8::1", 5), Address("2001:db8::2", 6), 1.5, 5, "call", b"{}")
    told = chunks(packet(capture, 7))
    assert (told[1], told[5][-1], told[6][-1], told[10]) == (b"\x0a", 1, 2, (500_000).to_bytes(4))


def test_what_reports_nothing_is_no_text() -> None:
    assert rtcp_json.text(Compound((), (Described(1, 1, "x"),))) == b""
