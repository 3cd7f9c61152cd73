"""What a worker writes in front of a payload, read back field by field."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.media.worker.frames import IP, LONGEST, UDP, Headers, headers, key_of, sizes
from rtpng.media.worker.orders import Hop, Stream
from sipcore.address import Address, Family

FOUR = Stream(Address("10.0.0.1", 0x1234), Address("10.0.0.2", 0x5678), Address("10.1.0.1", 1), Address("10.1.0.2", 2))
SIX = Stream(Address("fd00::1", 0x1234), Address("fd00::2", 0x5678), Address("fd01::1", 1), Address("fd01::2", 2))
HOP = Hop(7, b"\x02\0\0\0\0\1", b"\x02\0\0\0\0\2")


def folded(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def test_a_stream_is_known_by_source_and_destination_as_they_lie_in_its_packets() -> None:
    assert key_of(FOUR) == bytes.fromhex("0a000002 0a000001 5678 1234")
    assert key_of(SIX) == bytes.fromhex(f"fd00{2:028x} fd00{1:028x} 5678 1234")


@given(st.integers(12, LONGEST + 16), st.sampled_from([None, 0, 184, 255]))
def test_ip4(size: int, tos: int | None) -> None:
    stream = Stream(FOUR.local, FOUR.remote, FOUR.source, FOUR.target, tos)
    made = headers(stream, HOP, size)
    vnet, link, version, udp = made[:10], made[10:24], made[24:44], made[44:]
    assert vnet == struct.pack("=BBHHHH", 1, 0, 0, 0, 34, 6)
    assert link == HOP.target + HOP.source + b"\x08\x00"
    assert folded(version) == 0xFFFF, "the header's checksum"
    assert version[:10] == struct.pack("!BBHHHBB", 0x45, tos or 0, 28 + size, 0, 0x4000, 64, socket.IPPROTO_UDP)
    assert version[12:] == bytes((10, 1, 0, 1, 10, 1, 0, 2))
    pseudo = folded(version[12:] + struct.pack("!HH", socket.IPPROTO_UDP, UDP + size))
    assert udp == struct.pack("!HHHH", 1, 2, UDP + size, pseudo)


@given(st.integers(12, LONGEST + 16), st.sampled_from([None, 0, 184, 255]))
def test_ip6(size: int, tos: int | None) -> None:
    stream = Stream(SIX.local, SIX.remote, SIX.source, SIX.target, tos)
    made = headers(stream, HOP, size)
    vnet, link, version, udp = made[:10], made[10:24], made[24:64], made[64:]
    assert vnet == struct.pack("=BBHHHH", 1, 0, 0, 0, 54, 6)
    assert link == HOP.target + HOP.source + b"\x86\xdd"
    assert version[:8] == struct.pack("!IHBB", 6 << 28 | (tos or 0) << 20, UDP + size, socket.IPPROTO_UDP, 64)
    assert version[8:] == bytes.fromhex(f"fd01{1:028x} fd01{2:028x}")
    pseudo = folded(version[8:] + struct.pack("!HH", socket.IPPROTO_UDP, UDP + size))
    assert udp == struct.pack("!HHHH", 1, 2, UDP + size, pseudo)


@pytest.mark.parametrize("stream", [FOUR, SIX])
def test_headers_of_a_size_are_made_once_and_all_are_of_one_length(stream: Stream) -> None:
    made = Headers(stream, HOP)
    assert made[172] is made[172]
    assert len(made[172]) == len(made[1200]) == 10 + 14 + IP[stream.target.family] + UDP
    assert IP[Family.IP6] - IP[Family.IP4] == 20


def test_only_lengths_that_fit_a_frame_are_believed() -> None:
    believed = sizes()
    assert len(believed) == 0x10000
    for length in range(0x10000):
        expected = length - UDP if 20 <= length <= LONGEST + UDP else 0
        assert believed[socket.htons(length)] == expected, length
