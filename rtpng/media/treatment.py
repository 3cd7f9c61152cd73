"""Carries out treatments: one callable per way out, made when a relay is applied; an untreated way costs nothing."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Final, TypeAlias

from rtpng.media.player import Player
from rtpng.media.relay import UNTOUCHED, EventType, Forward, Treatment
from sipcore.address import Address
from sipcore.errors import ParseError
from sipcore.extensions import edited
from sipcore.rtp import payload_bounds

Send: TypeAlias = Callable[[bytes, Address], int | None]  # bytes sent; None: the packet was dropped on purpose
Step: TypeAlias = Callable[[bytes], bytes | None]  # what becomes of an RTP packet; None drops it

_BARE: Final = b"\x80" + bytes(11)  # the fixed header of a packet


class Treatments:
    """The steps of every treated way, by the local address whose packets it sends on.

    A treatment that stays keeps what its steps remember of packets, whatever else of a relay changes. ``played`` is
    told the local address and the number of each digit that was played.
    """

    def __init__(self, played: Callable[[Address, int], None]) -> None:
        self._played = played
        self._steps: defaultdict[Address, dict[tuple[Address, Treatment], tuple[Step, ...]]] = defaultdict(dict)
        self._players: defaultdict[Address, dict[Address, Player]] = defaultdict(dict)  # by local address and target

    def steps(self, local: Address, way: Forward) -> tuple[Step, ...]:
        """What is done to each packet of a way of RTP, in this order."""
        if way.treatment.playing and way.treatment.event_type is not None:
            return (*self._lasting(local, way), self._player(local, way, way.treatment.event_type).step)
        if local in self._players:
            self._players[local].pop(way.target, None)
        return self._lasting(local, way)

    def forget(self, local: Address) -> None:
        self._steps.pop(local, None)
        self._players.pop(local, None)

    def _lasting(self, local: Address, way: Forward) -> tuple[Step, ...]:
        """All but the digits that are played, which come and go."""
        if way.treatment == UNTOUCHED:
            return ()
        known, name = self._steps[local], (way.target, replace(way.treatment, playing=(), event_type=None))
        if name not in known:
            known[name] = steps(name[1])
        return known[name]

    def _player(self, local: Address, way: Forward, kind: EventType) -> Player:
        players = self._players[local]
        if way.target not in players:
            players[way.target] = Player(partial(self._played, local))
        players[way.target].adopt(way.treatment.playing, kind)
        return players[way.target]


def steps(treatment: Treatment) -> tuple[Step, ...]:
    """What is done to each packet, in this order, but for digits that are played; some steps remember packets."""
    return (_drop,) if treatment.blocked else tuple(_of(treatment))


def treated(send: Send, steps: Iterable[Step]) -> Send:
    """``send`` after these steps; itself if there are none."""
    for step in reversed([*steps]):
        send = _after(step, send)
    return send


def _of(treatment: Treatment) -> Iterator[Step]:
    if treatment.dropped:
        yield _without(treatment.dropped)
    if treatment.unshortened:
        yield _unshortened(treatment.unshortened)
    if treatment.silence:
        yield _silenced(dict(treatment.silence))
    if treatment.removed_extensions or treatment.mid is not None:
        yield _with_extensions(treatment.removed_extensions, treatment.mid)


def _after(step: Step, send: Send) -> Send:
    def send_treated(data: bytes, target: Address) -> int | None:
        packet = step(data)
        return None if packet is None else send(packet, target)

    return send_treated


def _drop(data: bytes) -> None:
    del data


def _without(payload_types: Collection[int]) -> Step:
    gap = False

    def step(data: bytes) -> bytes | None:
        nonlocal gap
        if data[1] & 0x7F in payload_types:
            gap = True
            return None
        if not gap:
            return data
        gap = False
        return data[:1] + bytes((data[1] | 0x80,)) + data[2:]

    return step


def _unshortened(payload_types: Collection[int]) -> Step:
    lengths: dict[int, int] = {}  # of the first payload of each type

    def step(data: bytes) -> bytes | None:
        payload_type = data[1] & 0x7F
        if payload_type not in payload_types:
            return data
        try:
            start, end = payload_bounds(data)
        except ParseError:
            return None
        return data if end - start >= lengths.setdefault(payload_type, end - start) else None

    return step


def _silenced(patterns: Mapping[int, bytes]) -> Step:
    def step(data: bytes) -> bytes | None:
        pattern = patterns.get(data[1] & 0x7F)
        if pattern is None:
            return data
        try:
            start, end = payload_bounds(data)
        except ParseError:
            return None
        return data[:start] + (pattern * (end - start) if len(pattern) == 1 else pattern) + data[end:]

    return step


def _with_extensions(removed: frozenset[int], mid: tuple[int, bytes] | None) -> Step:
    if mid is None:
        return lambda data: edited(data, removed)
    alone = edited(_BARE, (), mid)[len(_BARE) :]

    def step(data: bytes) -> bytes:
        if data[0] & 0x1F == 0:  # neither extension nor CSRCs: as most packets are
            return bytes((data[0] | 0x10,)) + data[1:12] + alone + data[12:]
        return edited(data, removed, mid)

    return step
