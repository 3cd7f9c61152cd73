"""One stream as a worker carries it: its keys, its counters, and what is seldom done for it."""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from rtpng.media.srtp import HALF, REPLAYED, Context, Contexts, Role, header_at, move
from rtpng.media.srtp_errors import WINDOW
from rtpng.media.worker.orders import Carry, Progress
from rtpng.media.worker.slots import Field, Slot

Transform = Callable[[Any, Any, Any], int]  # session, packet, length: what libsrtp's functions look like


class Carried:
    """What the loops need is bound when the stream is taken on; ``steps`` has it together, unpacked once per packet:

    how to receive, what opens (None for plain RTP) and its session, what protects and its session, how to send by the
    socket, where what was relayed is written down, and ``frames``, which see.
    """

    __slots__ = (
        "arriving",
        "bytes",
        "frames",
        "header",
        "leaving",
        "number",
        "open",
        "opening",
        "packets",
        "protect",
        "protecting",
        "send",
        "slot",
        "ssrc",
        "steps",
        "stream",
        "words",
    )

    def __init__(self, order: Carry, arriving: socket.socket, leaving: socket.socket, slot: Slot) -> None:
        self.number, self.stream, self.slot = order.slot, order.stream, slot
        self.arriving, self.leaving = arriving, leaving
        self.words, self.header = slot.words, slot.header
        self.packets = self.bytes = 0
        self.ssrc: int | None = None  # of the last packet, as it lies there
        self.opening: Context | None = None
        self.protecting: Context | None = None
        self.open: Transform | None = None
        self.protect: Transform | None = None
        self.frames: tuple[Any, int] | None = None  # headers by size and the device, if it sends frames itself
        self.leave_by(None)

    def leave_by(self, connected: socket.socket | None) -> None:
        """Sends by a socket that is connected to the target, which saves looking up the route, or else by its own."""
        self.send: Callable[[Any], int] = self._send_by_its_own if connected is None else connected.send
        self.bind()

    def bind(self) -> None:
        """Something that the loops use has changed."""
        self.steps = (
            self.arriving.recv_into,
            self.open,
            self.opening.session if self.opening else None,
            self.protect,
            self.protecting.session if self.protecting else None,
            self.send,
            self.slot.start,
            self.frames,
        )

    def take_keys(self, contexts: Contexts, progress: Progress) -> None:
        """The contexts of the stream, each standing where the process before has left it."""
        stream = self.stream
        if stream.unprotect is not None:
            self.opening = contexts.take_common(stream.unprotect, Role.UNPROTECT_RTP)
            self.opening.adopt(progress.opened)
            self._open_with(_reading(self.opening) if stream.sealed else self.opening.function)
        if stream.protect is not None and not stream.sealed:
            self.protecting = contexts.take_common(stream.protect, Role.PROTECT_RTP)
            self.protecting.adopt(progress.protected)
            self._protect_with(self.protecting.function)

    def changes_ssrc(self, header: bytes, ssrc: int) -> bool:
        """Another SSRC than that of the packet before; False if it is one too many."""
        if self.ssrc is not None:
            self.note()
        if any(context.is_full_for(header) for context in self.contexts):
            self.words[Field.AUTH_FAILURES] += 1
            return False
        self._begin(header)
        self.ssrc = ssrc
        return True

    @property
    def contexts(self) -> tuple[Context, ...]:
        return tuple(context for context in (self.opening, self.protecting) if context is not None)

    def note(self) -> None:
        """Tells the contexts of the last packet, which the loops have no time for."""
        for context in self.contexts:
            context.note(bytes(self.header))

    def write_down(self) -> None:
        """The rollover counters, for who takes over should this process die."""
        if self.ssrc is None:
            return
        ssrc, words = int.from_bytes(self.header[8:12]), self.words
        words[Field.SEQUENCE] = int.from_bytes(self.header[2:4])
        if self.opening is not None:
            words[Field.OPENED_ROC] = self.opening.roc(ssrc)
        if self.protecting is not None:
            words[Field.PROTECTED_ROC] = self.protecting.roc(ssrc)

    def progress(self) -> Progress:
        if self.ssrc is not None:
            self.note()
        states = [context.states() if context is not None else () for context in (self.opening, self.protecting)]
        return Progress(*states)

    def refuse(self, status: int) -> None:
        """libsrtp does not open a packet."""
        self.words[Field.REPLAYED if status in REPLAYED else Field.AUTH_FAILURES] += 1

    def refuse_damaged(self) -> None:
        """A packet that says that it is longer than it is, or than it may be."""
        self.words[Field.ERRORS_IN] += 1

    def not_received(self, error: OSError) -> None:
        if not isinstance(error, BlockingIOError):
            self.words[Field.ERRORS_IN] += 1

    def send_again(self, packet: memoryview, error: OSError, size: int) -> None:
        """An ICMP message about an earlier packet fails the next one, which has done nothing wrong."""
        if isinstance(error, ConnectionRefusedError):
            with suppress(OSError):
                self.send(packet)
                return
        self.not_sent(size)

    def not_sent(self, size: int) -> None:
        """``size`` is that of the packet as received."""
        self.words[Field.ERRORS] += 1
        self.words[Field.ERROR_BYTES] += size + self.stream.growth

    def close(self) -> None:
        self.open = self.protect = None  # a guard knows the stream that it belongs to: no circle may stay
        self.send = self.leaving.send
        self.bind()
        self.arriving.close()
        self.leaving.close()
        self.slot.release()

    def _send_by_its_own(self, packet: Any) -> int:
        return self.leaving.sendto(packet, self.stream.target)

    def _begin(self, header: bytes) -> None:
        """Writes down where an SSRC begins: its packet has been opened, and will be protected."""
        words = self.words
        words[Field.SEQUENCE] = int.from_bytes(header[2:4])
        if self.opening is not None:
            words[Field.OPENED_ROC] = self.opening.roc(int.from_bytes(header[8:12]))
        if self.protecting is not None:
            words[Field.PROTECTED_ROC] = self.protecting.roc_of_next(header)
        for context in self.contexts:
            context.note(header)

    def _open_with(self, function: Transform) -> None:
        assert self.opening is not None
        self.open = _guarded(self.opening, function, self._open_with)
        self.bind()

    def _protect_with(self, function: Transform) -> None:
        assert self.protecting is not None
        self.protect = _guarded(self.protecting, function, self._protect_with)
        self.bind()


def _reading(context: Context) -> Transform:
    """For packets that leave as they came: the library is asked about a copy, because opening changes the packet."""
    function, bench = context.function, Contexts().bench

    def read(session: Any, pointer: Any, length: Any) -> int:
        size = length[0]
        move(bench.pointer, pointer, size)
        status: int = function(session, bench.pointer, length)
        length[0] = size
        return status

    return read


def _guarded(context: Context, function: Transform, leave: Callable[[Transform], None]) -> Transform:
    """Refuses what was there before the hand-over, as the library cannot; without such a floor, the function itself.

    ``leave`` is called when all that is out of the library's window, some seconds later: packets do without then.
    """
    floors = {ssrc.to_bytes(4): floor for ssrc, floor in context.floors.items()}
    if not floors:
        return function

    def guard(session: Any, pointer: Any, length: Any) -> int:
        header = header_at(pointer)
        floor = floors.get(header[8:12])
        ahead = 1 if floor is None else (int.from_bytes(header[2:4]) - floor) & 0xFFFF
        if not 0 < ahead < HALF:
            return REPLAYED[0]
        status = function(session, pointer, length)
        if ahead > WINDOW and not status:
            del floors[header[8:12]]
            if not floors:
                leave(function)
        return status

    return guard
