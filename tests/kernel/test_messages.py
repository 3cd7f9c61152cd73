"""The table as nf_tables messages. That the kernel takes them, and does what they say, is proven in tests/netns."""

import struct

import pytest

from kernel.messages import entrance_messages, table_messages
from kernel.netlink import Message, Request, attributes
from kernel.rules import chains

MESSAGES = list(table_messages("rtpng3", max_flows=70_000))
NAMES = {0: "table", 3: "chain", 6: "rule", 9: "map"}


def kind(message: Message) -> str:
    return NAMES[message.kind & 0xFF]


def fields(message: Message) -> dict[int, bytes]:
    """The attributes by number, behind the header of netfilter."""
    return dict(attributes(message.body, 4))


def expressions(rule: Message) -> list[tuple[str, dict[int, bytes]]]:
    found = []
    for _, element in attributes(fields(rule)[4]):
        expression = dict(attributes(element))
        found.append((expression[1].rstrip(b"\0").decode(), dict(attributes(expression[2]))))
    return found


def test_what_is_named_comes_before_what_names_it() -> None:
    kinds = [kind(message) for message in MESSAGES]
    assert kinds == sorted(kinds, key=["table", "map", "chain", "rule"].index)
    assert (kinds.count("map"), kinds.count("chain")) == (8, len(chains()))


def test_the_table_belongs_to_its_maker_and_must_be_new() -> None:
    assert fields(MESSAGES[0]) == {1: b"rtpng3\0", 2: struct.pack(">I", 2)}
    assert MESSAGES[0].flags & Request.EXCL


def test_maps_have_room_for_all_flows_and_count() -> None:
    for message in MESSAGES:
        if kind(message) == "map":
            assert dict(attributes(fields(message)[9])) == {1: struct.pack(">I", 70_000)}
            assert dict(attributes(fields(message)[17])) == {1: b"counter\0"}


def test_every_rule_of_every_chain_is_there_in_order() -> None:
    rules = [message for message in MESSAGES if kind(message) == "rule"]
    wanted = [(chain, rule) for chain, rules in chains().items() for rule in rules]
    assert [fields(rule)[2].rstrip(b"\0").decode() for rule in rules] == [chain for chain, _ in wanted]
    names = [[expression.name for expression in rule] for _, rule in wanted]
    assert [[name for name, _ in expressions(rule)] for rule in rules] == names


@pytest.mark.parametrize("device", ["eth0", "veth-with-longest"])
def test_a_device_is_hooked_before_everything_else_and_jumps(device: str) -> None:
    chain, rule = entrance_messages("rtpng3", device)
    hook = dict(attributes(fields(chain)[4]))
    assert hook == {1: struct.pack(">I", 0), 2: struct.pack(">i", -300), 3: device.encode() + b"\0"}
    ((name, values),) = expressions(rule)
    verdict = dict(attributes(dict(attributes(values[2]))[2]))
    assert (name, verdict) == ("immediate", {1: struct.pack(">i", -3), 2: b"rtp\0"})
