"""Flows as elements of nftables maps: which map, which bytes. Pure.

Keys are exactly the bytes of the packet, data are exactly the bytes that replace them, so that one look-up serves
the whole rewrite. All in network byte order, packed, but for the device index, which is the kernel's own.

    map       key                            data
    f4, f6    saddr daddr sport dport        saddr daddr sport dport oif neighbour
    g4, g6    daddr dport 00 00              the same
    ...tos    as above                       the same, and the first header word with the TOS byte in it

``f`` maps hold flows with an exact source, ``g`` maps flows from any source.
"""

import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

from kernel.flow import Counter, Flow
from kernel.netlink import attribute, attributes, nested, text_attribute
from sipcore.address import Address, Family

NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_ELEM_LIST_SET, NFTA_SET_ELEM_LIST_ELEMENTS = 1, 2, 3
_LIST_ELEM, _DATA_VALUE = 1, 1
_ELEM_KEY, _ELEM_DATA, _ELEM_EXPR = 1, 2, 7
_EXPR_NAME, _EXPR_DATA = 1, 2
_COUNTER_BYTES, _COUNTER_PACKETS = 1, 2
_PER_MESSAGE = 400  # with the largest element just below the 64 KiB that a nested attribute can hold

_ADDRESS_BYTES = MappingProxyType({Family.IP4: 4, Family.IP6: 16})
_HEADER_BYTES = MappingProxyType({Family.IP4: 20 + 8, Family.IP6: 40 + 8})
_UNSPECIFIED6, _LOOPBACK6 = bytes(16), bytes(15) + b"\x01"
_MAPPED6 = bytes(10) + b"\xff\xff"


@dataclass(frozen=True, slots=True)
class NextHop:
    """The device that packets leave by, and the neighbour there (numeric text) that they are handed to."""

    oif: int
    host: str


BLOCKED = NextHop(0, "")  # no device has index 0: ``fwd`` then drops the packet, after the element has counted it


@dataclass(frozen=True, slots=True)
class FlowMap:
    """One of the eight maps."""

    family: Family
    exact: bool
    tos: bool

    @property
    def name(self) -> str:
        return ("f" if self.exact else "g") + ("4" if self.family is Family.IP4 else "6") + ("tos" if self.tos else "")

    @property
    def key_length(self) -> int:
        return _ADDRESS_BYTES[self.family] * (2 if self.exact else 1) + 4

    @property
    def data_length(self) -> int:
        return 3 * _ADDRESS_BYTES[self.family] + 8 + (4 if self.tos else 0)

    @property
    def headers(self) -> int:
        """Bytes of IP and UDP headers in each packet, which the kernel counts and we do not."""
        return _HEADER_BYTES[self.family]


# In the order of look-up: an exact source wins over any source.
MAPS = tuple(FlowMap(family, exact, tos) for family in Family for exact in (True, False) for tos in (False, True))


def map_of(flow: Flow) -> FlowMap:
    """The map that the flow belongs to."""
    return FlowMap(flow.local.family, flow.remote is not None, flow.tos is not None)


def key_of(flow: Flow) -> bytes:
    """The element's key, unique within its map."""
    if flow.remote is None:
        return _packed(flow.local.host) + struct.pack(">Hxx", flow.local.port)
    return _packed(flow.remote.host) + _packed(flow.local.host) + struct.pack(">HH", flow.remote.port, flow.local.port)


def data_of(flow: Flow, hop: NextHop) -> bytes:
    """The element's data: what the packet becomes, and where it goes."""
    if flow.target is None:
        return bytes(map_of(flow).data_length)
    return (
        _packed(flow.source.host)
        + _packed(flow.target.host)
        + struct.pack(">HH", flow.source.port, flow.target.port)
        + struct.pack("=I", hop.oif)
        + _packed(hop.host)
        + _first_word(flow)
    )


def carriable(flow: Flow) -> bool:
    """Whether addresses like these can be rewritten and sent on by the kernel; the others are userspace's."""
    ends = [end for end in (flow.local, flow.remote, flow.source, flow.target) if end is not None]
    return (
        len({end.family for end in ends}) == 1
        and all(_is_unicast(end) for end in ends)
        and (flow.target is None or _stays_on_one_side(flow.remote, flow.source, flow.target))
        and (flow.tos is None or 0 <= flow.tos <= 255)
    )


def in_order(flows: Iterable[Flow]) -> list[Flow]:
    """Always the same order for the same flows, so that of two flows with one key always the same one wins."""
    return sorted(flows, key=_rank)


def element(key: bytes, data: bytes | None = None, start: Counter | None = None) -> bytes:
    """One element. ``start``: what its counter begins with, bytes as the kernel counts them."""
    parts = [nested(_ELEM_KEY, attribute(_DATA_VALUE, key))]
    if data is not None:
        parts.append(nested(_ELEM_DATA, attribute(_DATA_VALUE, data)))
    if start is not None:
        values = (_u64(_COUNTER_BYTES, start.bytes), _u64(_COUNTER_PACKETS, start.packets))
        parts.append(nested(_ELEM_EXPR, text_attribute(_EXPR_NAME, "counter"), nested(_EXPR_DATA, *values)))
    return nested(_LIST_ELEM, *parts)


def element_lists(table: str, map_name: str, elements: list[bytes]) -> Iterator[bytes]:
    """Bodies of the messages that add, delete or ask for these elements."""
    for start in range(0, len(elements), _PER_MESSAGE):
        yield map_body(table, map_name) + nested(NFTA_SET_ELEM_LIST_ELEMENTS, *elements[start : start + _PER_MESSAGE])


def map_body(table: str, map_name: str) -> bytes:
    """Body of a request that concerns a whole map."""
    return text_attribute(NFTA_SET_ELEM_LIST_TABLE, table) + text_attribute(NFTA_SET_ELEM_LIST_SET, map_name)


def added_headers(flow: Flow, counter: Counter) -> Counter:
    """Our counter as the kernel counts."""
    return Counter(counter.packets, counter.bytes + counter.packets * map_of(flow).headers)


def read_counters(answer: bytes, flow_map: FlowMap) -> Iterator[tuple[bytes, Counter]]:
    """Keys and counters out of one answer of the kernel, bytes as UDP payload.

    All elements of a map have one size and layout, so their block is read as an array: several times faster than
    attribute by attribute, which counts with tens of thousands of flows.
    """
    block = dict(attributes(answer, 4)).get(NFTA_SET_ELEM_LIST_ELEMENTS, b"")
    row = _row(block, flow_map)
    if row is None:
        return
    for key, octets, packets in row.iter_unpack(block[: len(block) // row.size * row.size]):
        yield key, Counter(packets, octets - packets * flow_map.headers)


def _row(block: bytes, flow_map: FlowMap) -> struct.Struct | None:
    """The layout of the first element: headers of element, key and value (4 each), the key, whatever, the counter.

    The counter: header 4, its name 12, header 4, and two attributes of a header and a number of 8.
    """
    for _, first in attributes(block):
        offset = 4
        for kind, payload in attributes(first):
            if kind == _ELEM_EXPR:
                numbers = offset + 4 + 12 + 4 + 4
                gap, rest = numbers - 12 - flow_map.key_length, 4 + len(first) - numbers - 20
                return struct.Struct(f">12x{flow_map.key_length}s{gap}xQ4xQ{rest}x")
            offset += 4 + len(payload) + -len(payload) % 4
        break
    return None


def _first_word(flow: Flow) -> bytes:
    """The start of the IP header, with the TOS byte. IPv4: version, length, TOS. IPv6: version, class, flow label."""
    if flow.tos is None:
        return b""
    if flow.local.family is Family.IP4:
        return bytes((0x45, flow.tos, 0, 0))
    return struct.pack(">I", 6 << 28 | flow.tos << 20)


def _is_unicast(end: Address) -> bool:
    try:
        host = _packed(end.host)
    except OSError:  # a name, or a scoped address
        return False
    return 0 < end.port <= 65535 and (_unicast4(host) if len(host) == 4 else _unicast6(host))


def _unicast4(host: bytes) -> bool:
    return 0 < host[0] < 224


def _unicast6(host: bytes) -> bool:
    """Link-local addresses say nothing without their device, and a mapped address is no IPv6 on the wire."""
    return not (
        host == _UNSPECIFIED6 or host[0] == 0xFF or host.startswith(_MAPPED6) or (host[0] == 0xFE and host[1] >> 6 == 2)
    )


def _stays_on_one_side(remote: Address | None, source: Address, target: Address) -> bool:
    """Loopback addresses are only spoken between programs of this host; the kernel drops them as martians elsewhere."""
    sides = {_is_loopback(source), _is_loopback(target)}
    if True in sides:
        sides.add(remote is not None and _is_loopback(remote))
    return len(sides) == 1


def _is_loopback(end: Address) -> bool:
    host = _packed(end.host)
    return host[0] == 127 if len(host) == 4 else host == _LOOPBACK6


def _rank(flow: Flow) -> tuple[Address, Address, Address, Address, int]:
    nowhere = Address("", 0)
    return (
        flow.local,
        flow.remote or nowhere,
        flow.source,
        flow.target or nowhere,
        -1 if flow.tos is None else flow.tos,
    )


def _packed(host: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)


def _u64(kind: int, value: int) -> bytes:
    return attribute(kind, struct.pack(">Q", value))
