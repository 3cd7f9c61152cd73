"""The table, its maps, chains and rules as nf_tables messages. Pure.

Numbers are those of ``linux/netfilter/nf_tables.h``; integers go in network byte order.
"""

import struct
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from kernel.elements import MAPS, FlowMap
from kernel.netlink import Message, Request, attribute, nested, nftables, text_attribute
from kernel.rules import Expression, Rule, Value, Verdict, chains, entrance
from sipcore.address import Family

_NEWTABLE, _NEWCHAIN, _NEWRULE, _NEWSET = 0, 3, 6, 9
_TABLE_NAME, _TABLE_FLAGS = 1, 2
_SET_TABLE, _SET_NAME, _SET_FLAGS, _SET_KEY_TYPE, _SET_KEY_LENGTH, _SET_DATA_TYPE, _SET_DATA_LENGTH = range(1, 8)
_SET_DESCRIPTION, _SET_ID, _SET_EXPRESSION = 9, 10, 17
_DESCRIBED_SIZE = 1
_CHAIN_TABLE, _CHAIN_NAME, _CHAIN_HOOK, _CHAIN_POLICY, _CHAIN_TYPE = 1, 3, 4, 5, 7
_HOOK_NUMBER, _HOOK_PRIORITY, _HOOK_DEVICE = 1, 2, 3
_RULE_TABLE, _RULE_CHAIN, _RULE_EXPRESSIONS = 1, 2, 4
_LIST_ELEMENT = 1
_EXPRESSION_NAME, _EXPRESSION_DATA = 1, 2
_DATA_VALUE, _DATA_VERDICT = 1, 2
_VERDICT_CODE, _VERDICT_CHAIN = 1, 2

_OWNER = 2  # NFT_TABLE_F_OWNER: the table lives exactly as long as the socket that made it
_IS_MAP = 8  # NFT_SET_MAP
_INGRESS, _PRIORITY, _ACCEPT = 0, -300, 1

# Type numbers matter only to `nft list`, which must know them to print the keys: ipv4_addr . ipv4_addr . mark,
# ipv4_addr . inet_service (six bits each), and integer where there is no better.
_IPV4_ADDR, _INET_SERVICE, _MARK, _INTEGER = 7, 13, 19, 4

# The attributes of each expression, numbered from 1.
_ATTRIBUTES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "bitwise": ("sreg", "dreg", "len", "mask", "xor"),
        "cmp": ("sreg", "op", "data"),
        "fwd": ("sreg_dev", "sreg_addr", "nfproto"),
        "immediate": ("dreg", "data"),
        "lookup": ("set", "sreg", "dreg"),
        "meta": ("dreg", "key"),
        "payload": ("dreg", "base", "offset", "len", "sreg", "csum_type", "csum_offset", "csum_flags"),
    }
)


def table_messages(table: str, max_flows: int) -> Iterator[Message]:
    """What makes the table with its maps, and every chain but the devices' own."""
    name = text_attribute(_TABLE_NAME, table)
    yield nftables(_NEWTABLE, name + _number(_TABLE_FLAGS, _OWNER), Request.CREATE | Request.EXCL)
    for number, flow_map in enumerate(MAPS, start=1):
        yield _map_message(table, flow_map, number, max_flows)
    for chain in chains():
        named = text_attribute(_CHAIN_TABLE, table) + text_attribute(_CHAIN_NAME, chain)
        yield nftables(_NEWCHAIN, named, Request.CREATE)
    for chain, rules in chains().items():
        for rule in rules:
            yield _rule_message(table, chain, rule)


def entrance_name(device: str) -> str:
    """The chain on a device's ingress."""
    return f"in-{device}"


def entrance_messages(table: str, device: str) -> Iterator[Message]:
    """What hooks a device."""
    hook = (
        _number(_HOOK_NUMBER, _INGRESS),
        _number(_HOOK_PRIORITY, _PRIORITY),
        text_attribute(_HOOK_DEVICE, device),
    )
    body = (
        text_attribute(_CHAIN_TABLE, table),
        text_attribute(_CHAIN_NAME, entrance_name(device)),
        nested(_CHAIN_HOOK, *hook),
        text_attribute(_CHAIN_TYPE, "filter"),
        _number(_CHAIN_POLICY, _ACCEPT),
    )
    yield nftables(_NEWCHAIN, b"".join(body), Request.CREATE)
    yield _rule_message(table, entrance_name(device), entrance())


def _map_message(table: str, flow_map: FlowMap, number: int, max_flows: int) -> Message:
    """With a size the kernel uses a hash that does not grow, whose dumps are complete; every element counts."""
    body = (
        text_attribute(_SET_TABLE, table),
        text_attribute(_SET_NAME, flow_map.name),
        _number(_SET_FLAGS, _IS_MAP),
        _number(_SET_KEY_TYPE, _key_type(flow_map)),
        _number(_SET_KEY_LENGTH, flow_map.key_length),
        _number(_SET_DATA_TYPE, _INTEGER),
        _number(_SET_DATA_LENGTH, flow_map.data_length),
        _number(_SET_ID, number),
        nested(_SET_EXPRESSION, text_attribute(_EXPRESSION_NAME, "counter")),
        nested(_SET_DESCRIPTION, _number(_DESCRIBED_SIZE, max_flows)),
    )
    return nftables(_NEWSET, b"".join(body), Request.CREATE)


def _key_type(flow_map: FlowMap) -> int:
    if flow_map.family is Family.IP6:
        return _INTEGER
    return _IPV4_ADDR << 12 | _IPV4_ADDR << 6 | _MARK if flow_map.exact else _IPV4_ADDR << 6 | _INET_SERVICE


def _rule_message(table: str, chain: str, rule: Rule) -> Message:
    body = (
        text_attribute(_RULE_TABLE, table),
        text_attribute(_RULE_CHAIN, chain),
        nested(_RULE_EXPRESSIONS, *map(_expression, rule)),
    )
    return nftables(_NEWRULE, b"".join(body), Request.CREATE | Request.APPEND)


def _expression(expression: Expression) -> bytes:
    numbers = _ATTRIBUTES[expression.name]
    values = [_value(numbers.index(name) + 1, value) for name, value in expression.attributes.items()]
    name = text_attribute(_EXPRESSION_NAME, expression.name)
    return nested(_LIST_ELEMENT, name, nested(_EXPRESSION_DATA, *values))


def _value(number: int, value: Value) -> bytes:
    match value:
        case bytes():
            return nested(number, attribute(_DATA_VALUE, value))
        case str():
            return text_attribute(number, value)
        case int():
            return _number(number, value)
        case Verdict(code, chain):
            target = [text_attribute(_VERDICT_CHAIN, chain)] if chain else []
            return nested(number, nested(_DATA_VERDICT, _number(_VERDICT_CODE, code), *target))


def _number(kind: int, value: int) -> bytes:
    return attribute(kind, struct.pack(">I", value & 0xFFFFFFFF))
