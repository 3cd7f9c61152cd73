"""Flows as bytes: keys, data, counters."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.elements import (
    BLOCKED,
    MAPS,
    FlowMap,
    NextHop,
    added_headers,
    carriable,
    data_of,
    element,
    element_lists,
    in_order,
    key_of,
    map_of,
    read_counters,
)
from kernel.flow import Counter, Flow
from kernel.netlink import attributes
from sipcore.address import Address, Family

FOUR = Flow(Address("10.0.0.1", 0x1234), Address("10.0.0.2", 0x5678), Address("10.1.0.1", 1), Address("10.1.0.2", 2))
SIX = Flow(Address("fd00::1", 0x1234), Address("fd00::2", 0x5678), Address("fd01::1", 1), Address("fd01::2", 2))
HOP4, HOP6 = NextHop(7, "10.1.0.254"), NextHop(7, "fd01::fe")


def _with(flow: Flow, **changes: object) -> Flow:
    fields = {name: getattr(flow, name) for name in ("local", "remote", "source", "target", "tos")}
    return Flow(**{**fields, **changes})


def test_there_is_one_map_for_each_kind_of_flow_and_exact_sources_are_looked_up_first() -> None:
    names = [each.name for each in MAPS]
    assert names == ["f4", "f4tos", "g4", "g4tos", "f6", "f6tos", "g6", "g6tos"]
    for flow in (FOUR, SIX):
        for variant in (flow, _with(flow, remote=None), _with(flow, tos=0), _with(flow, remote=None, tos=184)):
            assert map_of(variant) in MAPS


def test_keys_are_the_bytes_of_the_packet() -> None:
    assert key_of(FOUR) == bytes.fromhex("0a000002 0a000001 5678 1234")
    assert key_of(_with(FOUR, remote=None)) == bytes.fromhex("0a000001 1234 0000")
    assert key_of(SIX) == bytes.fromhex(f"fd00{2:028x} fd00{1:028x} 5678 1234")
    assert key_of(_with(SIX, remote=None)) == bytes.fromhex(f"fd00{1:028x} 1234 0000")


def test_data_are_the_bytes_that_replace_them() -> None:
    oif = struct.pack("=I", 7)
    assert data_of(FOUR, HOP4) == bytes.fromhex("0a010001 0a010002 0001 0002") + oif + bytes((10, 1, 0, 254))
    assert data_of(_with(FOUR, tos=184), HOP4) == data_of(FOUR, HOP4) + bytes.fromhex("45b80000")
    six = bytes.fromhex(f"fd01{1:028x} fd01{2:028x} 0001 0002") + oif + bytes.fromhex(f"fd01{0xFE:028x}")
    assert data_of(SIX, HOP6) == six
    assert data_of(_with(SIX, tos=184), HOP6) == six + bytes.fromhex("6b800000")


@pytest.mark.parametrize("flow_map", MAPS, ids=lambda each: each.name)
def test_lengths_agree_with_the_maps_and_fit_the_kernels_registers(flow_map: FlowMap) -> None:
    flow, hop = (FOUR, HOP4) if flow_map.family is Family.IP4 else (SIX, HOP6)
    flow = _with(flow, tos=184 if flow_map.tos else None, remote=flow.remote if flow_map.exact else None)
    assert map_of(flow) == flow_map
    assert len(key_of(flow)) == flow_map.key_length <= 64
    assert len(data_of(flow, hop)) == flow_map.data_length <= 64
    assert data_of(_with(flow, target=None), BLOCKED) == bytes(flow_map.data_length)


def test_keys_of_different_kinds_never_meet() -> None:
    assert len({each.key_length for each in MAPS}) == len({(each.family, each.exact) for each in MAPS})


def test_ordinary_flows_can_be_carried() -> None:
    for flow in (FOUR, SIX):
        assert carriable(flow)
        assert carriable(_with(flow, remote=None))
        assert carriable(_with(flow, target=None))
        assert carriable(_with(flow, tos=255))


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "fd01::2", "phone.example", "", "10.1", "10.1.0.2%1"]
)
@pytest.mark.parametrize("end", ["local", "remote", "source", "target"])
def test_odd_ipv4_hosts_cannot(end: str, host: str) -> None:
    assert not carriable(_with(FOUR, **{end: Address(host, 2)}))


@pytest.mark.parametrize(
    "host", ["::", "ff02::1", "fe80::1", "fe80::1%eth0", "::ffff:10.1.0.2", "10.1.0.2", ":", "x::y"]
)
@pytest.mark.parametrize("end", ["local", "remote", "source", "target"])
def test_odd_ipv6_hosts_cannot(end: str, host: str) -> None:
    assert not carriable(_with(SIX, **{end: Address(host, 2)}))


@pytest.mark.parametrize("port", [0, -1, 65536])
@pytest.mark.parametrize("end", ["local", "remote", "source", "target"])
def test_odd_ports_cannot(end: str, port: int) -> None:
    assert not carriable(_with(FOUR, **{end: Address("10.1.0.2", port)}))


@pytest.mark.parametrize("tos", [-1, 256])
def test_odd_tos_cannot(tos: int) -> None:
    assert not carriable(_with(FOUR, tos=tos))


@pytest.mark.parametrize("loopback", ["127.0.0.1", "::1"])
def test_loopback_only_among_itself(loopback: str) -> None:
    flow = FOUR if "." in loopback else SIX
    inside, outside = Address(loopback, 9), flow.source
    assert carriable(Flow(inside, inside, inside, inside))
    assert carriable(Flow(inside, inside, outside, flow.target))
    assert not carriable(Flow(outside, flow.remote, inside, inside))
    assert not carriable(Flow(inside, None, inside, inside))
    assert not carriable(Flow(inside, inside, inside, flow.target))
    assert not carriable(Flow(inside, inside, outside, inside))


def test_the_order_does_not_depend_on_the_collection() -> None:
    flows = [
        _with(flow, **change) for flow in (FOUR, SIX) for change in ({}, {"remote": None}, {"target": None}, {"tos": 0})
    ]
    assert in_order(flows) == in_order(reversed(flows)) == in_order(frozenset(flows))


hosts = st.ip_addresses(v=4).map(str)


@given(
    flow_map=st.sampled_from(MAPS),
    values=st.lists(st.tuples(st.integers(0, 2**32), st.integers(0, 2**40)), min_size=1, max_size=5),
    padding=st.booleans(),
)
def test_counters_are_read_back(flow_map: FlowMap, values: list[tuple[int, int]], padding: bool) -> None:
    """Our own elements have the layout of the kernel's answers, which may hold more attributes."""
    wanted, elements = {}, []
    for number, (packets, octets) in enumerate(values):
        key = number.to_bytes(flow_map.key_length, "big")
        wanted[key] = Counter(packets, octets)
        start = Counter(packets, octets + packets * flow_map.headers)
        elements.append(element(key, bytes(flow_map.data_length) if padding else None, start))
    (body,) = element_lists("table", flow_map.name, elements)
    assert dict(read_counters(bytes(4) + body, flow_map)) == wanted


@pytest.mark.parametrize("body", [b"", bytes(4), bytes(4) + b"".join(element_lists("t", "f4", [element(bytes(12))]))])
def test_answers_without_counters_hold_none(body: bytes) -> None:
    assert dict(read_counters(body, map_of(FOUR))) == {}


def test_many_elements_are_split_below_the_limit_of_an_attribute() -> None:
    largest = element(bytes(36), bytes(60), Counter(1, 1))
    bodies = list(element_lists("rtpng0", "f6tos", [largest] * 1000))
    assert len(bodies) == 3
    assert all(len(payload) < 65532 for body in bodies for _, payload in attributes(body))


def test_the_kernel_counts_headers_too() -> None:
    assert added_headers(FOUR, Counter(2, 344)) == Counter(2, 400)
    assert added_headers(SIX, Counter(2, 344)) == Counter(2, 440)


@pytest.mark.parametrize("flow", [FOUR, SIX], ids=["ip4", "ip6"])
def test_a_flow_to_a_ring_leaves_as_it_came(flow: Flow) -> None:
    assert flow.remote is not None
    led = Flow(flow.local, flow.remote, flow.remote, flow.local, through=9)
    assert carriable(led)
    assert key_of(led) == key_of(flow)
    assert data_of(led, NextHop(9, flow.local.host)).startswith(key_of(led)), "what is written over it is the same"
