"""When streams of workers are switched over to the ring, and back: the order of what is said to whom."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

import pytest

from rtpng.media.detour import LOOK, Detours, NoBypass
from rtpng.media.worker.crew import Crew
from rtpng.media.worker.orders import Hop, Stream
from sipcore.address import Address
from sipcore.srtp import SUITES, fresh

KEYS = fresh(SUITES["AES_CM_128_HMAC_SHA1_80"])
HOP, OTHER = (Hop(3, bytes(5) + bytes((number,)), bytes(6)) for number in (1, 2))


def stream(port: int, *, secure: bool = True) -> Stream:
    here, there = Address("10.0.0.1", port), Address("10.0.0.2", port)
    return Stream(here, there, Address("10.1.0.1", port), Address("10.1.0.2", port), unprotect=KEYS if secure else None)


@dataclass
class Said(NoBypass):
    """What the kernel and the workers were told, in order. Stands for a Bypass and for a Crew."""

    log: list[tuple[object, ...]] = field(default_factory=list)
    known: Hop | None = HOP
    ring: int | None = 0
    deaf: bool = False

    def hop(self, source: str, target: str) -> Hop | None:
        assert (source, target) == ("10.1.0.1", "10.1.0.2")
        return self.known

    def divert(self, worker: int, ways: Iterable[tuple[Address, Address]]) -> None:
        self.log.append(("divert", worker, *(local.port for local, _ in ways)))

    def restore(self, worker: int, ways: Iterable[tuple[Address, Address]]) -> None:
        self.log.append(("restore", worker, *(local.port for local, _ in ways)))

    def ring_of(self, number: int) -> int | None:
        return self.ring

    def lead(self, number: int, hop: Hop | None) -> bool:
        self.log.append(("lead", number, hop))
        return not self.deaf

    def taken(self) -> list[tuple[object, ...]]:
        log, self.log = self.log, []
        return log


class Clockwork:
    """The part of an event loop that is used here, turned by hand."""

    def __init__(self) -> None:
        self.soon: list[asyncio.Handle] = []
        self.later: list[asyncio.Handle] = []
        self._loop = asyncio.new_event_loop()

    def call_soon(self, *call: object) -> asyncio.Handle:
        self.soon.append(asyncio.Handle(call[0], call[1:], self._loop))  # type: ignore[arg-type]  # as it is called
        return self.soon[-1]

    def call_later(self, seconds: float, *call: object) -> asyncio.Handle:
        assert seconds == LOOK
        self.later.append(asyncio.Handle(call[0], call[1:], self._loop))  # type: ignore[arg-type]  # as it is called
        return self.later[-1]

    def turn(self) -> None:
        while self.soon:
            self.soon.pop(0)._run()

    def a_second_passes(self) -> None:
        due, self.later = self.later, []
        self.soon += [handle for handle in due if not handle.cancelled()]
        self.turn()

    def close(self) -> None:
        self._loop.close()


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def clockwork() -> Iterator[Clockwork]:
    made = Clockwork()
    yield made
    made.close()


@pytest.fixture
def detours(said: Said, clockwork: Clockwork) -> Detours:
    return Detours(cast(asyncio.AbstractEventLoop, clockwork), said, cast(Crew, said))


def begin(detours: Detours, said: Said, clockwork: Clockwork, *numbers: int) -> None:
    for number in numbers:
        detours.begin(number, stream(number))
    for number in numbers:
        detours.led(number)
    clockwork.turn()
    said.taken()


def test_the_worker_comes_first_and_then_the_kernel(detours: Detours, said: Said, clockwork: Clockwork) -> None:
    detours.begin(5, stream(5))
    detours.begin(6, stream(6))
    clockwork.turn()
    assert said.taken() == [("lead", 5, HOP), ("lead", 6, HOP)]
    assert not detours.is_diverted(5)
    detours.led(5)
    detours.led(6)
    clockwork.turn()
    assert said.taken() == [("divert", 0, 5, 6)], "in one change"
    assert detours.is_diverted(5)


def test_on_the_way_back_the_kernel_comes_first(detours: Detours, said: Said, clockwork: Clockwork) -> None:
    begin(detours, said, clockwork, 5, 6)
    detours.end((5, 6))
    assert said.taken() == [("restore", 0, 5, 6)], "in one change"
    detours.end((5,))
    assert not said.taken()


def test_a_stream_that_has_left_before_its_worker_was_ready(detours: Detours, said: Said, clockwork: Clockwork) -> None:
    detours.begin(5, stream(5))
    detours.led(5)
    detours.end((5,))
    detours.led(5)
    clockwork.turn()
    assert said.taken() == [("lead", 5, HOP)]


def test_plain_rtp_and_workers_without_a_ring_stay_on_sockets(
    detours: Detours, said: Said, clockwork: Clockwork
) -> None:
    detours.begin(5, stream(5, secure=False))
    said.ring = None
    detours.begin(6, stream(6))
    clockwork.a_second_passes()
    assert not said.taken()


def test_an_unknown_neighbour_is_asked_for_again(detours: Detours, said: Said, clockwork: Clockwork) -> None:
    said.known = None
    detours.begin(5, stream(5))
    clockwork.a_second_passes()
    assert not said.taken()
    said.known = HOP
    clockwork.a_second_passes()
    assert said.taken() == [("lead", 5, HOP)]


def test_frames_follow_the_route_and_without_one_packets_take_the_socket(
    detours: Detours, said: Said, clockwork: Clockwork
) -> None:
    begin(detours, said, clockwork, 5)
    for hop in (OTHER, None, HOP):
        said.known = hop
        clockwork.a_second_passes()
        clockwork.a_second_passes()
        assert said.taken() == [("lead", 5, hop)]


def test_a_worker_that_cannot_listen_is_told_again(detours: Detours, said: Said, clockwork: Clockwork) -> None:
    said.deaf = True
    detours.begin(5, stream(5))
    said.deaf = False
    clockwork.a_second_passes()
    clockwork.a_second_passes()
    assert said.taken() == [("lead", 5, HOP)] * 2


def test_nothing_ticks_without_streams(detours: Detours, said: Said, clockwork: Clockwork) -> None:
    begin(detours, said, clockwork, 5)
    detours.end((5,))
    clockwork.a_second_passes()
    assert not clockwork.later
    begin(detours, said, clockwork, 6)
    assert clockwork.later
    detours.end((6,))
    detours.close()
