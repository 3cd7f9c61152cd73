"""Keeps media from running in circles through our own ports.

A peer may name any address in its SDP, ours included: media of one call that enters another is a spiral, and fine.
Media that comes back to where it started would go round for ever, and keep its call alive.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from rtpng.calls.plan import Plan
from rtpng.media.relay import Forward, Relay
from sipcore.address import Address

Onward = Callable[[Address], Collection[Address]]


def without_loops(plan: Plan, onward: Onward) -> Plan:
    """The plan without the ways that lead back to the port they start from.

    ``onward``: where packets go that reach a port of another call; nothing for an address that is not ours.
    """
    ours = {relay.local: tuple(_targets(relay)) for relay in plan.relays}
    named = {target for targets in ours.values() for target in targets}
    if ours.keys().isdisjoint(named) and not any(map(onward, named)):
        return plan  # nearly always: nobody names a port of ours, and nothing of this can come back

    def follow(address: Address) -> Collection[Address]:
        return ours[address] if address in ours else onward(address)

    relays = frozenset(_open_ended(relay, follow) for relay in plan.relays)
    if relays == plan.relays:
        return plan
    left = {(relay.local, way.target) for relay in relays for way in relay.rtp}
    return Plan(frozenset(f for f in plan.flows if f.target is None or (f.local, f.target) in left), relays)


def _targets(relay: Relay) -> Iterable[Address]:
    return (way.target for way in relay.ways)


def _open_ended(relay: Relay, follow: Onward) -> Relay:
    def ends(way: Forward) -> bool:
        return not _reaches(way.target, relay.local, follow)

    if all(map(ends, relay.ways)):
        return relay
    lanes = tuple(replace(lane, rtp=_only(ends, lane.rtp), rtcp=_only(ends, lane.rtcp)) for lane in relay.lanes)
    return replace(relay, rtp=_only(ends, relay.rtp), rtcp=_only(ends, relay.rtcp), lanes=lanes)


def _only(wanted: Callable[[Forward], bool], ways: tuple[Forward, ...]) -> tuple[Forward, ...]:
    return tuple(filter(wanted, ways))


def _reaches(start: Address, goal: Address, follow: Onward) -> bool:
    seen: set[Address] = set()
    waiting = [start]
    while waiting:
        address = waiting.pop()
        if address == goal:
            return True
        if address not in seen:
            seen.add(address)
            waiting.extend(follow(address))
    return False
