"""The daemon's side of its workers: starts them when there is something to carry, talks to them, sees them die."""

import asyncio
import logging
import os
import pickle
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final
from zlib import crc32

from rtpng.media.worker.orders import (
    LONGEST,
    Aside,
    Carry,
    Hop,
    Lead,
    Led,
    Overrun,
    Progress,
    Ready,
    Recall,
    Returned,
    Stream,
    Tap,
    Tapped,
)
from rtpng.media.worker.slots import COUNT, Slot, Slots, shared_memory

logger = logging.getLogger(__name__)

_COMMAND: Final = (sys.executable, "rtpng.media.worker")
REST: Final = 5.0  # seconds after a worker's death, or a start that failed, before the next one is started


class Crew:
    """``size`` workers. What they say, and the numbers of the streams that one has died with, is told by callbacks.

    Streams with one label have one worker: then both directions of a call share their sockets.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        size: int,
        gather: float,
        clock: Callable[[], float],
        heard: Callable[[Aside | Returned | Led], None],
        lost: Callable[[Iterable[int]], None],
        tap: Callable[[int], tuple[str, socket.socket, socket.socket] | None],
    ) -> None:
        self._loop = loop
        self._gather = gather
        self._clock = clock
        self._heard = heard
        self._lost = lost
        self._tap = tap
        self._memory = shared_memory()
        self._slots = Slots(self._memory)
        self._free = deque(range(COUNT))
        self._members: list[_Member | None] = [None] * size
        self._resting = [float("-inf")] * size
        self._carrier: dict[int, _Member] = {}

    @property
    def processes(self) -> list[int]:
        """The process ids of the workers that run."""
        return [member.process.pid for member in self._members if member is not None]

    def is_ready(self, label: str) -> bool:
        """Whether there is a worker for streams with this label; if not, one is on its way."""
        member = self._member(self._place(label))
        return member is not None and member.ready

    def carry(
        self, stream: Stream, progress: Progress, arriving: socket.socket, leaving: socket.socket, label: str
    ) -> int | None:
        """Has a stream carried; its number, or None when no worker can take it now."""
        member = self._members[self._place(label)]
        if member is None or not self._free:
            return None
        number = self._free[0]
        self.slot(number).clear()
        if not member.order(Carry(number, stream, progress), (arriving.fileno(), leaving.fileno())):
            return None
        self._free.popleft()
        self._carrier[number] = member
        return number

    def ring_of(self, number: int) -> int | None:
        """Which worker carries a stream, if that one reads a ring."""
        member = self._carrier[number]
        return self._members.index(member) if member.taps else None

    def lead(self, number: int, hop: Hop | None) -> bool:
        """Has packets of a stream read from the ring, and sent to ``hop``; Led will be heard. Whether it was told."""
        return self._carrier[number].order(Lead(number, hop), ())

    def recall(self, number: int) -> None:
        """Wants a stream back; Returned will be heard, or the worker's death."""
        self._carrier[number].insist(Recall(number))

    def slot(self, number: int) -> Slot:
        """The counters of a stream, up to its return and on until ``forget``."""
        return self._slots.slot(number)

    def forget(self, number: int) -> None:
        """A stream that has come back, or is lost: its slot may be used again."""
        self._carrier.pop(number, None)
        self._free.append(number)

    def close(self) -> None:
        """Ends the workers; what they carried stays with them."""
        for place, member in enumerate(self._members):
            if member is not None:
                member.end()
                self._members[place] = None
        self._slots.close()
        os.close(self._memory)

    def _place(self, label: str) -> int:
        return crc32(label.encode()) % len(self._members)

    def _member(self, place: int) -> "_Member | None":
        if self._members[place] is None and self._clock() >= self._resting[place]:
            command = (*_COMMAND, str(self._memory), str(self._gather))
            ends = self._heard, lambda: self._died(place), lambda: self._tap(place)
            try:
                self._members[place] = _Member(self._loop, command, self._memory, *ends)
            except OSError as error:
                logger.error("A media worker cannot be started (%s): media stays in the daemon", error.strerror)
                self._resting[place] = self._clock() + REST
        return self._members[place]

    def _died(self, place: int) -> None:
        member = self._members[place]
        if member is None:
            return
        self._members[place] = None
        self._resting[place] = self._clock() + REST
        status = member.end()
        numbers = [number for number, carrier in self._carrier.items() if carrier is member]
        logger.error("A media worker has died (%s): its %d streams go on in the daemon", status, len(numbers))
        self._lost(numbers)


class _Member:
    """One worker process and the socket to it."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        command: tuple[str, ...],
        memory: int,
        heard: Callable[[Aside | Returned | Led], None],
        died: Callable[[], None],
        tap: Callable[[], tuple[str, socket.socket, socket.socket] | None],
    ) -> None:
        self._loop = loop
        self._heard = heard
        self._died = died
        self._tap = tap
        self.ready = False
        self.taps = False  # reads a ring
        self._backlog: deque[bytes] = deque()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setblocking(False)
        with theirs:
            self.process = self._started(command, theirs.fileno(), memory)
        loop.add_reader(self._socket, self._read)

    def _started(self, command: tuple[str, ...], control: int, memory: int) -> "subprocess.Popen[bytes]":
        program, module, *rest = command
        try:
            return subprocess.Popen(
                (program, "-P", "-m", module, str(control), *rest),
                stdin=subprocess.DEVNULL,
                pass_fds=(control, memory),
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except OSError:
            self._socket.close()
            raise

    def order(self, message: Carry | Tap | Lead, descriptors: tuple[int, ...]) -> bool:
        """Sends an order, with sockets or without, if the worker can take it at once."""
        if self._backlog:
            return False
        try:
            if descriptors:
                socket.send_fds(self._socket, [pickle.dumps(message)], descriptors)
            else:
                self._socket.send(pickle.dumps(message))
        except OSError:  # it has too much to read, or is dying: then that will be heard
            return False
        return True

    def insist(self, message: Recall) -> None:
        """Sends an order, or keeps it until the worker can take it."""
        self._backlog.append(pickle.dumps(message))
        if len(self._backlog) == 1:
            self._write()

    def end(self) -> int:
        """Ends the process, whatever it does; its exit status."""
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        self.process.kill()
        return self.process.wait()

    def _write(self) -> None:
        try:
            while self._backlog:
                self._socket.send(self._backlog[0])
                self._backlog.popleft()
        except BlockingIOError:
            self._loop.add_writer(self._socket, self._write)
            return
        except OSError:  # it is dying, and will be heard of
            self._backlog.clear()
        self._loop.remove_writer(self._socket)

    def _read(self) -> None:
        """All that the worker has said. A packet aside may lead to anything, this member's end included."""
        while True:
            try:
                data = self._socket.recv(LONGEST)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._died()
                return
            self._take(pickle.loads(data))

    def _take(self, message: object) -> None:
        match message:
            case Ready():
                self.ready = not self._offers_ring()
            case Tapped(refusal):
                self.ready, self.taps = True, refusal is None
                if refusal is not None:
                    logger.warning("A media worker has no ring (%s): SRTP goes through its sockets", refusal)
            case Overrun(packets):
                logger.warning("A media worker is overloaded: %d packets were dropped before it", packets)
            case Aside() | Returned() | Led():
                self._heard(message)
            case _:
                raise TypeError(f"a worker has said {message!r}")

    def _offers_ring(self) -> bool:
        """Whether there is one; then the worker says what becomes of it."""
        offered = self._tap()
        if offered is None:
            return False
        device, *sockets = offered
        told = self.order(Tap(device), tuple(each.fileno() for each in sockets))
        for each in sockets:
            each.close()
        return told
