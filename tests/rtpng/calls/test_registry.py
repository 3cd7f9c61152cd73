"""Calls by Call-ID, and whose local port is whose."""

from rtpng.calls.model import Endpoint
from rtpng.calls.registry import Registry
from sipcore.address import Address
from tests.rtpng.calls.models import LOCAL_A, LOCAL_A_RTCP, LOCAL_B, LOCAL_B_RTCP, RELAY, plain

PORTS = {LOCAL_A, LOCAL_A_RTCP, LOCAL_B, LOCAL_B_RTCP}


def test_a_call_is_found_by_its_id_until_it_is_removed() -> None:
    registry, call = Registry(), plain()
    registry.add(call)
    assert registry.get("call-1") is call
    assert (len(registry), list(registry)) == (1, [call])
    registry.remove(call)
    assert registry.get("call-1") is registry.get(None) is None
    assert (len(registry), list(registry)) == (0, [])


def test_every_port_has_its_owner() -> None:
    registry, call = Registry(), plain()
    assert registry.index(call) == frozenset()
    owner = registry.owner(LOCAL_B_RTCP)
    assert owner is not None
    stream = call.parties[1].streams[0]
    assert (owner.call, owner.stream, owner.endpoint) == (call, stream, stream.rtcp)


def test_a_port_that_the_call_has_given_up_is_returned_once() -> None:
    registry, call = Registry(), plain()
    registry.index(call)
    stream = call.parties[0].streams[0]
    stream.rtp, stream.rtcp = Endpoint(Address(RELAY, 30100)), None
    assert registry.index(call) == {LOCAL_A, LOCAL_A_RTCP}
    assert registry.index(call) == frozenset()
    assert registry.owner(LOCAL_A) is None
    assert registry.owner(Address(RELAY, 30100)) is not None


def test_a_port_that_went_to_another_party_has_the_new_owner() -> None:
    registry, call = Registry(), plain()
    registry.index(call)
    one, other = call.parties
    one.streams, other.streams = other.streams, one.streams
    assert registry.index(call) == frozenset()
    owner = registry.owner(LOCAL_A)
    assert owner is not None
    assert owner.stream is other.streams[0]


def test_removal_returns_all_ports_and_forgets_them() -> None:
    registry, call = Registry(), plain()
    registry.add(call)
    registry.index(call)
    assert registry.remove(call) == PORTS
    assert all(registry.owner(port) is None for port in PORTS)
    assert registry.remove(call) == frozenset()


def test_calls_may_end_while_they_are_walked_through() -> None:
    registry = Registry()
    for number in range(3):
        call = plain()
        call.call_id = f"call-{number}"
        registry.add(call)
    for call in registry:
        registry.remove(call)
    assert len(registry) == 0
