"""The filter of the packet socket, carried out here."""

import socket
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.capture.sieve import MOST, attachment, program
from rtpng.recording.frames import headers
from sipcore.address import Address

PORTS = st.integers(1, 65535)


def passes(ports: Collection[int], packet: bytes) -> bool:  # noqa: C901 - one case for each instruction
    """Whether the kernel would let a packet through (a machine of the few instructions in use)."""
    lines, at, accumulator, index = program(ports), 0, 0, 0
    while True:
        code, then, otherwise, value = lines[at]
        at += 1
        match code:
            case 0x30:
                accumulator = packet[value]
            case 0x28:
                accumulator = int.from_bytes(packet[value : value + 2])
            case 0x48:
                accumulator = int.from_bytes(packet[index + value : index + value + 2])
            case 0xB1:
                index = (packet[value] & 15) * 4
            case 0x54:
                accumulator &= value
            case 0x15:
                at += then if accumulator == value else otherwise
            case 0x45:
                at += then if accumulator & value else otherwise
            case 5:
                at += value
            case 6:
                return value > 0
            case _:
                raise AssertionError(f"unknown instruction {code}")


@given(st.sets(PORTS, min_size=1, max_size=MOST), PORTS, PORTS, st.booleans())
def test_what_has_one_of_the_ports_passes(ports: set[int], source: int, target: int, six: bool) -> None:
    host = "2001:db8::1" if six else "192.0.2.1"
    for one in (source, min(ports)):
        packet = headers(Address(host, one), Address(host, target), b"") + bytes(20)
        assert passes(sorted(ports), packet) is bool({one, target} & ports)


@pytest.mark.parametrize("six", [False, True])
def test_other_protocols_and_later_fragments_do_not_pass(six: bool) -> None:
    host = "2001:db8::1" if six else "192.0.2.1"
    packet = bytearray(headers(Address(host, 7), Address(host, 7), b"") + bytes(20))
    packet[6 if six else 9] = 6
    assert not passes([7], bytes(packet))
    if not six:
        packet[9], packet[7] = 17, 1
        assert not passes([7], bytes(packet))


def test_more_ports_than_a_filter_can_have_let_everything_pass() -> None:
    assert passes(range(1, MOST + 2), bytes(60))


def test_the_kernel_takes_the_longest_filter() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        value, kept = attachment(range(1, MOST + 1))
        sock.setsockopt(socket.SOL_SOCKET, 26, value)
        del kept
