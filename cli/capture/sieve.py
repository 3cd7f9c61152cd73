"""A socket filter (classic BPF) that lets UDP of some ports through; the packet begins with its IP header."""

import struct
from collections.abc import Collection, Iterator
from ctypes import addressof, create_string_buffer
from typing import Any, Final, NamedTuple

MOST: Final = 100  # ports: a jump reaches 255 instructions

_BYTE_AT, _HALF_AT, _HALF_BEHIND, _HEADER, _AND = 0x30, 0x28, 0x48, 0xB1, 0x54
_EQUAL, _ANY_BIT, _JUMP, _RETURN = 0x15, 0x45, 0x05, 0x06
_UDP: Final = 17


class Instruction(NamedTuple):
    """``then`` and ``otherwise`` are instructions to skip after a comparison."""

    code: int
    then: int
    otherwise: int
    value: int


def program(ports: Collection[int]) -> list[Instruction]:
    """The filter. With no port nothing passes; with more than ``MOST`` all UDP does, and the reader has to look."""
    if len(ports) > MOST:
        return [Instruction(_RETURN, 0, 0, 0xFFFF)]
    four, six = [*_version(4, ports)], [*_version(6, ports)]
    head = [Instruction(_BYTE_AT, 0, 0, 0), Instruction(_AND, 0, 0, 0xF0)]
    return [*head, *four, *six, _refuse()]


def attachment(ports: Collection[int]) -> tuple[bytes, Any]:
    """The value of SO_ATTACH_FILTER, and what has to live until it was used."""
    code = b"".join(struct.pack("HBBI", *line) for line in program(ports))
    kept = create_string_buffer(code, len(code))
    return struct.pack("HL", len(code) // 8, addressof(kept)), kept


def _version(version: int, ports: Collection[int]) -> Iterator[Instruction]:
    """Falls through to the next version if this is another one."""
    body = [*_ip4(), *_ports(ports, _HALF_BEHIND, 0)] if version == 4 else [*_ip6(), *_ports(ports, _HALF_AT, 40)]
    yield Instruction(_EQUAL, 1, 0, version << 4)  # the accumulator holds the version until the body begins
    yield Instruction(_JUMP, 0, 0, len(body))
    yield from body


def _ip4() -> Iterator[Instruction]:
    yield Instruction(_BYTE_AT, 0, 0, 9)
    yield Instruction(_EQUAL, 1, 0, _UDP)
    yield _refuse()
    yield Instruction(_HALF_AT, 0, 0, 6)
    yield Instruction(_ANY_BIT, 0, 1, 0x1FFF)  # a later fragment has no ports
    yield _refuse()
    yield Instruction(_HEADER, 0, 0, 0)


def _ip6() -> Iterator[Instruction]:
    yield Instruction(_BYTE_AT, 0, 0, 6)
    yield Instruction(_EQUAL, 1, 0, _UDP)
    yield _refuse()


def _ports(ports: Collection[int], load: int, at: int) -> Iterator[Instruction]:
    """Source and destination are compared one after the other; ``at``: where they begin."""
    checks = [line for place in (at, at + 2) for line in ((load, place), *((_EQUAL, port) for port in ports))]
    for left, (code, value) in zip(range(len(checks), 0, -1), checks, strict=True):
        yield Instruction(code, left if code == _EQUAL else 0, 0, value)
    yield _refuse()
    yield Instruction(_RETURN, 0, 0, 0xFFFF)


def _refuse() -> Instruction:
    return Instruction(_RETURN, 0, 0, 0)
