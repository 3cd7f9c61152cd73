import asyncio
import socket
from collections.abc import Callable, Iterator
from typing import cast

import pytest

from rtpng.media.readers import Readers


class FakeTimer:
    def __init__(self, delay: float, callback: Callable[[], None]) -> None:
        self.delay = delay
        self.fire = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class FakeLoop:
    """What Readers asks of a loop; the test turns it by hand."""

    def __init__(self) -> None:
        self.readers: dict[int, Callable[[], None]] = {}
        self.timers: list[FakeTimer] = []

    def add_reader(self, descriptor: int, callback: Callable[[], None]) -> None:
        self.readers[descriptor] = callback

    def remove_reader(self, descriptor: int) -> None:
        self.readers.pop(descriptor, None)

    def call_later(self, delay: float, callback: Callable[[], None]) -> FakeTimer:
        self.timers.append(FakeTimer(delay, callback))
        return self.timers[-1]

    def wake(self) -> None:
        for callback in tuple(self.readers.values()):
            callback()


class Stream:
    """A socket with something to read, and how often it was read."""

    def __init__(self) -> None:
        self.socket, self.far = socket.socketpair()
        self.far.send(b"x")
        self.reads = 0

    @property
    def descriptor(self) -> int:
        return self.socket.fileno()

    def read(self) -> None:
        self.socket.recv(1)
        self.reads += 1


@pytest.fixture
def loop() -> FakeLoop:
    return FakeLoop()


@pytest.fixture
def streams() -> Iterator[list[Stream]]:
    made = [Stream(), Stream()]
    yield made
    for stream in made:
        stream.socket.close()
        stream.far.close()


@pytest.fixture
def readers(loop: FakeLoop, streams: list[Stream]) -> Iterator[Readers]:
    made = Readers(cast(asyncio.AbstractEventLoop, loop), gather=0.5)
    for stream in streams:
        made.add(stream.descriptor, stream.read)
    yield made
    made.close()


def test_the_first_packet_waits_for_others(loop: FakeLoop, readers: Readers, streams: list[Stream]) -> None:
    loop.wake()
    assert not loop.readers
    assert [stream.reads for stream in streams] == [0, 0]
    (timer,) = loop.timers
    assert timer.delay == 0.5
    timer.fire()
    assert [stream.reads for stream in streams] == [1, 1]
    assert loop.readers


def test_what_is_left_behind_is_read_next_time(loop: FakeLoop, readers: Readers, streams: list[Stream]) -> None:
    streams[0].far.send(b"y")
    for _ in range(3):
        loop.wake()
        loop.timers[-1].fire()
    assert [stream.reads for stream in streams] == [2, 1]


def test_without_gathering_nothing_is_delayed(loop: FakeLoop, streams: list[Stream]) -> None:
    at_once = Readers(cast(asyncio.AbstractEventLoop, loop), gather=0.0)
    at_once.add(streams[0].descriptor, streams[0].read)
    loop.wake()
    assert streams[0].reads == 1
    at_once.close()
    assert not loop.readers


def test_a_reader_may_take_another_away(loop: FakeLoop, readers: Readers, streams: list[Stream]) -> None:
    def alone() -> None:
        streams[0].read()
        readers.remove(streams[1].descriptor)

    readers.remove(streams[0].descriptor)
    readers.remove(streams[1].descriptor)
    readers.add(streams[0].descriptor, alone)
    readers.add(streams[1].descriptor, streams[1].read)
    loop.wake()
    loop.timers[0].fire()
    assert [stream.reads for stream in streams] == [1, 0]


def test_a_reader_that_fails_does_not_end_the_listening(loop: FakeLoop, readers: Readers) -> None:
    lonely, far = socket.socketpair()
    far.close()  # so that it is always readable
    with lonely:

        def fail() -> None:
            raise ZeroDivisionError

        readers.add(lonely.fileno(), fail)
        loop.wake()
        with pytest.raises(ZeroDivisionError):
            loop.timers[0].fire()
        assert loop.readers
        readers.remove(lonely.fileno())


def test_closing_ends_a_gathering(loop: FakeLoop, streams: list[Stream]) -> None:
    closed = Readers(cast(asyncio.AbstractEventLoop, loop), gather=0.5)
    closed.add(streams[0].descriptor, streams[0].read)
    loop.wake()
    closed.close()
    assert loop.timers[0].cancelled
    assert not loop.readers
