"""The bytes of pcap files."""

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.recording.frames import ETHERNET, RAW, checksum, file_header, headers, packet
from sipcore.address import Address

PORTS = st.integers(1, 65535)
IP4 = st.builds(Address, st.ip_addresses(v=4).map(str), PORTS)
IP6 = st.builds(Address, st.ip_addresses(v=6).map(str), PORTS)
PAIRS = st.one_of(st.tuples(IP4, IP4), st.tuples(IP6, IP6))
PAYLOADS = st.binary(max_size=1500)


def added_up(data: bytes) -> int:
    """The sum of words with carries, as RFC 1071 describes it."""
    total = sum(int.from_bytes(data[at : at + 2].ljust(2, b"\0")) for at in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


@given(st.binary(max_size=100))
def test_the_checksum_is_the_complement_of_the_sum(data: bytes) -> None:
    assert checksum(data) == 0xFFFF - added_up(data)


@given(PAIRS, PAYLOADS)
def test_headers_say_who_sends_what_to_whom(pair: tuple[Address, Address], payload: bytes) -> None:
    source, target = pair
    head = headers(source, target, payload)
    ip, udp = head[:-8], head[-8:]
    assert struct.unpack("!HHH", udp[:6]) == (source.port, target.port, 8 + len(payload))
    if ip[0] >> 4 == 4:
        assert len(ip) == 20
        assert added_up(ip) == 0xFFFF
        assert int.from_bytes(ip[2:4]) == 28 + len(payload)
        hosts, protocol = (ip[12:16], ip[16:20]), ip[9]
    else:
        assert len(ip) == 40
        pseudo = ip[8:40] + struct.pack("!II", len(udp + payload), 17)
        assert added_up(pseudo + udp + payload) == 0xFFFF
        assert udp[6:] != b"\0\0"
        hosts, protocol = (ip[8:24], ip[24:40]), ip[6]
    assert protocol == 17
    assert hosts == tuple(ipaddress.ip_address(address.host).packed for address in pair)


@given(PAIRS, PAYLOADS, st.floats(0, 2**31), st.sampled_from([RAW, ETHERNET]))
def test_a_packet_has_its_time_and_its_length(
    pair: tuple[Address, Address], payload: bytes, when: float, link_type: int
) -> None:
    written = packet(when, *pair, payload, link_type)
    seconds, micros, kept, length = struct.unpack("<IIII", written[:16])
    assert seconds * 1_000_000 + micros == int(when * 1e6)
    assert kept == length == len(written) - 16
    frame = written[16:]
    if link_type == ETHERNET:
        assert frame[12:14] == (b"\x86\xdd" if ":" in pair[0].host else b"\x08\x00")
        frame = frame[14:]
    assert frame == headers(*pair, payload) + payload


@pytest.mark.parametrize("link_type", [RAW, ETHERNET])
def test_the_header_of_a_file(link_type: int) -> None:
    assert (
        file_header(link_type).hex() == "d4c3b2a1020004000000000000000000ffff0000" + struct.pack("<I", link_type).hex()
    )
