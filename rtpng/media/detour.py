"""Streams of workers whose packets the kernel takes past the sockets: which, and when they are switched over.

First the worker is told, and says that it is ready; then the kernel gets its element. For the way back the element
goes first, and the worker is asked afterwards. So every packet finds somebody who knows it.
"""

import asyncio
import socket
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from rtpng.media.worker.crew import Crew
from rtpng.media.worker.orders import Hop, Stream
from sipcore.address import Address

LOOK: Final = 1.0  # seconds between two looks at neighbours and routes
STEP: Final = 200  # streams that are looked at in one turn, at 5 us each


class Bypass(Protocol):
    """The kernel's part in it; see ``rtpng.bypass``. Nothing here raises: what cannot be goes through the sockets."""

    def tap(self, worker: int) -> tuple[str, socket.socket, socket.socket] | None:
        """The device that a worker reads, and two packet sockets for it, to receive and to send."""

    def refresh(self) -> None:
        """What is known of routes and neighbours may have changed."""

    def hop(self, source: str, target: str) -> Hop | None:
        """How frames from one address of ours reach a host; None if only sockets can send there."""

    def divert(self, worker: int, ways: Iterable[tuple[Address, Address]]) -> None:
        """From here on RTP that reaches a local address from a remote one is the worker's."""

    def restore(self, worker: int, ways: Iterable[tuple[Address, Address]]) -> None:
        """It reaches the sockets again."""

    def close(self) -> None: ...


class NoBypass:
    """Every packet takes the sockets."""

    def tap(self, worker: int) -> tuple[str, socket.socket, socket.socket] | None:
        del worker
        return None

    def refresh(self) -> None:
        return

    def hop(self, source: str, target: str) -> Hop | None:
        del source, target
        return None

    def divert(self, worker: int, ways: Iterable[tuple[Address, Address]]) -> None:
        del worker, ways

    def restore(self, worker: int, ways: Iterable[tuple[Address, Address]]) -> None:
        del worker, ways

    def close(self) -> None:
        return


@dataclass(slots=True)
class _Detour:
    """One stream: its worker, how that was told to send, and whether the kernel was asked to divert it."""

    stream: Stream
    worker: int
    hop: Hop | None = None
    diverted: bool = False

    @property
    def way(self) -> tuple[Address, Address]:
        return self.stream.local, self.stream.remote


class Detours:
    """By the numbers of streams that the workers of ``crew`` carry."""

    def __init__(self, loop: asyncio.AbstractEventLoop, bypass: Bypass, crew: Crew) -> None:
        self._loop = loop
        self._bypass = bypass
        self._crew = crew
        self._detours: dict[int, _Detour] = {}
        self._led: list[int] = []  # workers are ready for them
        self._timer: asyncio.Handle | None = None
        self._flushing: asyncio.Handle | None = None

    def begin(self, number: int, stream: Stream) -> None:
        """A worker carries a stream; it takes the detour if that gains anything."""
        worker = self._crew.ring_of(number)
        if worker is None or not (stream.unprotect or stream.protect):
            return
        self._detours[number] = _Detour(stream, worker)
        self._look_at((number,))
        if self._timer is None:
            self._timer = self._loop.call_later(LOOK, self._look)

    def led(self, number: int) -> None:
        """A worker is ready for a stream. Those of one turn are diverted together."""
        if number in self._detours:
            self._led.append(number)
            if self._flushing is None:
                self._flushing = self._loop.call_soon(self._flush)

    def end(self, numbers: Iterable[int]) -> None:
        """Streams are about to leave their workers, or have lost them."""
        gone = [self._detours.pop(number) for number in numbers if number in self._detours]
        _tell(self._bypass.restore, [detour for detour in gone if detour.diverted])

    def close(self) -> None:
        """No stream may be left."""
        for handle in (self._timer, self._flushing):
            if handle is not None:
                handle.cancel()
        self._bypass.close()

    def is_diverted(self, number: int) -> bool:
        """Whether the kernel was asked to take a stream past the sockets."""
        detour = self._detours.get(number)
        return detour is not None and detour.diverted

    def _look(self, rest: tuple[int, ...] = ()) -> None:
        """Looks at all streams again, some at a time."""
        if not rest:
            self._bypass.refresh()
            rest = tuple(self._detours)
        self._look_at(rest[:STEP])
        rest = rest[STEP:]
        if rest:
            self._timer = self._loop.call_soon(self._look, rest)
        else:
            self._timer = self._loop.call_later(LOOK, self._look) if self._detours else None

    def _look_at(self, numbers: Iterable[int]) -> None:
        """Tells the worker of another hop. Without one a stream stays where it is, and leaves by its socket."""
        for number in numbers:
            detour = self._detours.get(number)
            if detour is None:
                continue
            hop = self._bypass.hop(detour.stream.source.host, detour.stream.target.host)
            if hop != detour.hop and self._crew.lead(number, hop):
                detour.hop = hop

    def _flush(self) -> None:
        self._flushing = None
        ready = [self._detours[number] for number in self._led if number in self._detours]
        self._led.clear()
        _tell(self._bypass.divert, ready)
        for detour in ready:
            detour.diverted = True


def _tell(kernel: Callable[[int, Iterable[tuple[Address, Address]]], None], detours: Collection[_Detour]) -> None:
    """All streams of one worker in one change."""
    for worker in {detour.worker for detour in detours}:
        kernel(worker, [detour.way for detour in detours if detour.worker == worker])
