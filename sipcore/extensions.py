"""Header extensions of RTP packets, and of the SDP that names them (RFC 8285).

A packet is read without trust: one whose extension is of another kind, or broken, has none here and is left as it is.
"""

from collections.abc import Container, Iterable, Iterator
from struct import Struct
from typing import Final, NamedTuple

MID: Final = "urn:ietf:params:rtp-hdrext:sdes:mid"  # RFC 9143 15
EVERY: Final = frozenset(range(1, 256))  # the ids that an extension can have

_ONE_BYTE: Final = 0xBEDE
_TWO_BYTE: Final = 0x1000  # the last four bits are the application's
_HEADER: Final = Struct("!HH")  # kind, length in words of four bytes
_FIXED: Final = 12

Elements = list[tuple[int, bytes]]


class Block(NamedTuple):
    """The extension of one packet: where it starts and ends, of which form, with which elements (id, value)."""

    start: int
    end: int
    two_byte: bool
    elements: Elements


def block_of(data: bytes) -> Block | None:
    """The extension of a packet that was classified as RTP; None if it has none that can be read."""
    if not data[0] & 0x10:
        return None
    start = _FIXED + 4 * (data[0] & 0x0F)
    first = start + _HEADER.size
    if first > len(data):
        return None
    kind, words = _HEADER.unpack_from(data, start)
    end = first + 4 * words
    two_byte = kind & 0xFFF0 == _TWO_BYTE
    if end > len(data) or not (two_byte or kind == _ONE_BYTE):
        return None
    elements = _elements(data, first, end, two_byte=two_byte)
    return None if elements is None else Block(start, end, two_byte, elements)


def value_of(data: bytes, identifier: int) -> bytes | None:
    """The value of one extension of a packet that was classified as RTP."""
    block = block_of(data)
    if block is None:
        return None
    for number, value in block.elements:
        if number == identifier:
            return value
    return None


def edited(data: bytes, remove: Container[int] = (), add: tuple[int, bytes] | None = None) -> bytes:
    """The packet without the extensions of some ids, and with one that replaces all of its own id.

    Everything else stays: order, values, payload, an extension that cannot be read. What was added changes the form to
    that of two bytes only if the short one cannot hold it. A packet without any element left has no extension.
    """
    block = block_of(data)
    if block is None:
        return data if add is None or not _has_room(data) else _with_block(data, [add], two_byte=False)
    elements = [*_kept(block.elements, remove, add)]
    if add is not None and add not in elements:
        elements.append(add)
    if elements == block.elements:
        return data
    rest = bytes([data[0] & 0xEF]) + data[1 : block.start] + data[block.end :]
    return _with_block(rest, elements, two_byte=block.two_byte) if elements else rest


def _kept(elements: Elements, remove: Container[int], add: tuple[int, bytes] | None) -> Iterator[tuple[int, bytes]]:
    """What need not go. What is to be added may be there already: it stays where it is, once."""
    there = False
    for element in elements:
        if add is not None and element[0] == add[0]:
            if element == add and not there:
                there = True
                yield element
        elif element[0] not in remove:
            yield element


def extension_ids(attributes: Iterable[str]) -> dict[str, int]:
    """URIs (lower case) and ids of the values of ``a=extmap``; what has no id of its own is left out.

    Of a URI that is named twice the first counts.
    """
    found: dict[str, int] = {}
    for attribute in attributes:
        name, *rest = attribute.split()[:2] or [""]
        number = name.partition("/")[0]
        if rest and len(number) <= 3 and number.isascii() and number.isdigit() and int(number) in EVERY:
            found.setdefault(rest[0].lower(), int(number))
    return found


def _has_room(data: bytes) -> bool:
    """Whether a packet has no extension, and all the CSRCs that it claims to have."""
    return not data[0] & 0x10 and len(data) >= _FIXED + 4 * (data[0] & 0x0F)


def _elements(data: bytes, place: int, end: int, *, two_byte: bool) -> Elements | None:
    """The elements between two places; None if one is longer than what is there."""
    found: Elements = []
    while place < end:
        if data[place] == 0:  # padding, of one byte
            place += 1
            continue
        if two_byte:
            if place + 1 == end:
                return None
            number, length, place = data[place], data[place + 1], place + 2
        else:
            number, length, place = data[place] >> 4, (data[place] & 0x0F) + 1, place + 1
            if number in (0, 15):  # RFC 8285 4.2: what follows is not for us
                return None
        if place + length > end:
            return None
        found.append((number, data[place : place + length]))
        place += length
    return found


def _with_block(data: bytes, elements: Elements, *, two_byte: bool) -> bytes:
    """A packet without extension, with one of these elements; in the short form if that can hold them."""
    long = two_byte or any(number > 14 or not 0 < len(value) <= 16 for number, value in elements)
    body = b"".join(bytes(_head(number, len(value), two_byte=long)) + value for number, value in elements)
    body += bytes(-len(body) % 4)
    start = _FIXED + 4 * (data[0] & 0x0F)
    head = _HEADER.pack(_TWO_BYTE if long else _ONE_BYTE, len(body) // 4)
    return bytes([data[0] | 0x10]) + data[1:start] + head + body + data[start:]


def _head(number: int, length: int, *, two_byte: bool) -> tuple[int, ...]:
    return (number, length) if two_byte else (number << 4 | length - 1,)
