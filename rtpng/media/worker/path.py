"""The packet path of a worker: one connected socket per stream, packets transformed where they lie."""

import select
import socket
import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from rtpng.media.srtp import HALF, REPLAYED, Context, Contexts, Role
from rtpng.media.srtp_errors import WINDOW
from rtpng.media.worker.orders import Carry, Progress, Stream
from rtpng.media.worker.slots import Field, Slot, Slots
from sipcore.address import Address

_PREFIXES: Final = 2048  # bytes; slices of the buffer up to here are made once, because making one costs 70 ns
_READY: Final = 512  # sockets that one look asks for

# As plain numbers: an IntEnum member costs 40 ns more as an index
_PACKETS, _BYTES, _LAST = int(Field.PACKETS), int(Field.BYTES), int(Field.LAST)


class Carried:
    """One stream as it is carried out: what the loop needs, bound when it is taken on."""

    __slots__ = (
        "arriving",
        "bytes",
        "header",
        "leaving",
        "number",
        "open",
        "open_session",
        "opening",
        "packets",
        "protect",
        "protect_session",
        "protecting",
        "receive",
        "sealed",
        "send",
        "slot",
        "ssrc",
        "stream",
        "target",
        "words",
    )

    def __init__(self, order: Carry, arriving: socket.socket, leaving: socket.socket, slot: Slot) -> None:
        self.number, self.stream, self.slot = order.slot, order.stream, slot
        self.arriving, self.leaving = arriving, leaving
        self.receive = arriving.recv_into
        self.sealed = order.stream.sealed
        self.words, self.header = slot.words, slot.header
        self.packets = self.bytes = 0
        self.ssrc: int | None = None  # of the last packet, as it lies there
        self.opening: Context | None = None
        self.protecting: Context | None = None
        self.open: Any = None  # libsrtp's function, None for plain RTP
        self.protect: Any = None
        self.open_session: Any = None
        self.protect_session: Any = None
        self.leave_by(None)

    def leave_by(self, connected: socket.socket | None) -> None:
        """Sends by a socket that is connected to the target, which saves looking up the route, or else by its own."""
        self.send: Callable[..., int] = self.leaving.sendto if connected is None else connected.send
        self.target = self.stream.target if connected is None else None

    @property
    def contexts(self) -> tuple[Context, ...]:
        return tuple(context for context in (self.opening, self.protecting) if context is not None)

    def close(self) -> None:
        self.open = self.protect = None  # a guard knows the stream that it belongs to: no circle may stay
        self.arriving.close()
        self.leaving.close()
        self.slot.release()


class SocketPath:
    """Streams on sockets. ``aside`` gets what is not RTP: the number of the stream, and the packet."""

    def __init__(self, slots: Slots, aside: Callable[[int, bytes], None], clock: Callable[[], float]) -> None:
        self._slots = slots
        self._aside = aside
        self._clock = clock
        self._poll = select.epoll()
        self._contexts = Contexts()
        view = self._contexts.bench.view
        self._prefixes = [view[:size] for size in range(_PREFIXES)]
        self._words, self._header = view.cast("I"), view[:12]
        self._spare = Contexts().bench  # where packets are authenticated that leave as they came
        self._carried: dict[int, Carried] = {}  # by descriptor
        self._numbers: dict[int, Carried] = {}
        self._arriving: dict[tuple[Address, Address], Carried] = {}  # by our address and the remote one
        self._leaving: defaultdict[tuple[Address, Address], set[Carried]] = defaultdict(set)

    def fileno(self) -> int:
        return self._poll.fileno()

    def carry(self, order: Carry, arriving: socket.socket, leaving: socket.socket) -> None:
        """Takes a stream on; the sockets are the path's from here on."""
        carried = Carried(order, arriving, leaving, self._slots.slot(order.slot))
        self._take_keys(carried, order.progress)
        stream = order.stream
        self._carried[arriving.fileno()] = self._numbers[order.slot] = carried
        self._arriving[stream.local, stream.remote] = carried
        self._leaving[stream.source, stream.target].add(carried)
        self._join(carried)
        self._poll.register(arriving, select.EPOLLIN)

    def give_back(self, number: int) -> Progress:
        """Stops carrying a stream. Raises KeyError for one that is not carried."""
        carried = self._numbers.pop(number)
        stream = carried.stream
        self._poll.unregister(carried.arriving)
        del self._carried[carried.arriving.fileno()], self._arriving[stream.local, stream.remote]
        self._leaving[stream.source, stream.target].discard(carried)
        self._part(stream)
        progress = _progress(carried)
        carried.close()
        return progress

    def forward(self) -> int:  # noqa: C901 - see below
        """One packet of every readable socket; how many sockets that were.

        Two system calls make 5 of the 8 us that a packet costs here. What Python adds is paid 50 times a second by
        every stream, so this is one loop that calls nothing of ours but for what is rare.
        """
        buffer, view, _, pointer, length = self._contexts.bench
        carried, prefixes, words, header = self._carried, self._prefixes, self._words, self._header
        ready = self._poll.poll(0, _READY)
        now = int(self._clock() * 1e6)
        for descriptor, _ in ready:
            stream = carried[descriptor]
            try:
                size = left = stream.receive(buffer)
            except OSError as error:
                _not_received(stream, error)
                continue
            if size < 12 or not 127 < buffer[0] < 192 or 191 < buffer[1] < 224:  # not RTP (RFC 7983, RFC 5761 4)
                self._aside(stream.number, bytes(view[:size]))
                continue
            if stream.open is not None:
                length[0] = size
                if stream.sealed:
                    status = self._authenticate(stream, size)
                else:
                    status = stream.open(stream.open_session, pointer, length)
                    left = length[0]
                if status:
                    _refuse(stream, status)
                    continue
            if words[2] != stream.ssrc and not self._changes_ssrc(stream):
                continue
            stream.header[:] = header
            counts = stream.words
            counts[_LAST] = now
            stream.packets = counts[_PACKETS] = stream.packets + 1
            stream.bytes = counts[_BYTES] = stream.bytes + size
            if stream.protect is not None:
                length[0] = left
                if stream.protect(stream.protect_session, pointer, length):
                    _not_sent(stream, size)
                    continue
                left = length[0]
            packet = prefixes[left] if left < _PREFIXES else view[:left]
            try:
                if stream.target is None:
                    stream.send(packet)
                else:
                    stream.send(packet, stream.target)
            except OSError as error:
                _send_again(stream, packet, error, size)
        return len(ready)

    def publish(self) -> None:
        """Writes the rollover counters down, for who takes over should this process die. About 1 us per stream."""
        for carried in self._numbers.values():
            if carried.ssrc is not None:
                _write_down(carried)

    def close(self) -> None:
        for number in tuple(self._numbers):
            self.give_back(number)
        self._poll.close()

    def _take_keys(self, carried: Carried, progress: Progress) -> None:
        """The contexts of the stream, each standing where the process before has left it."""
        stream = carried.stream
        if stream.unprotect is not None:
            opening = carried.opening = self._contexts.take_common(stream.unprotect, Role.UNPROTECT_RTP)
            opening.adopt(progress.opened)
            carried.open_session = opening.session
            carried.open = self._guarded(opening, lambda: setattr(carried, "open", opening.function))
        if stream.protect is not None and not stream.sealed:
            protecting = carried.protecting = self._contexts.take_common(stream.protect, Role.PROTECT_RTP)
            protecting.adopt(progress.protected)
            carried.protect_session = protecting.session
            carried.protect = self._guarded(protecting, lambda: setattr(carried, "protect", protecting.function))

    def _guarded(self, context: Context, leave: Callable[[], None]) -> Any:
        """The function of a context; first it refuses what was there before the hand-over, as the library cannot.

        ``leave`` is called when all that is out of the library's window, some seconds later: packets do without then.
        """
        floors = {int.from_bytes(ssrc.to_bytes(4), sys.byteorder): floor for ssrc, floor in context.floors.items()}
        if not floors:
            return context.function
        function, words, buffer = context.function, self._words, self._contexts.bench.buffer

        def guard(session: Any, pointer: Any, length: Any) -> int:
            floor = floors.get(words[2])
            ahead = 1 if floor is None else ((buffer[2] << 8 | buffer[3]) - floor) & 0xFFFF
            if not 0 < ahead < HALF:
                return REPLAYED[0]
            status: int = function(session, pointer, length)
            if ahead > WINDOW and not status:
                del floors[words[2]]
                if not floors:
                    leave()
            return status

        return guard

    def _authenticate(self, stream: Carried, size: int) -> int:
        """The library's word on a packet that leaves as it came: asked for a copy, because opening it changes it."""
        bench, spare = self._contexts.bench, self._spare
        spare.view[:size] = bench.view[:size]
        status: int = stream.open(stream.open_session, spare.pointer, bench.length)
        return status

    def _changes_ssrc(self, stream: Carried) -> bool:
        """Another SSRC than that of the packet before; False if it is one too many."""
        contexts = stream.contexts
        header = bytes(self._header)
        if stream.ssrc is not None:
            _note(stream)
        if any(context.is_full_for(header) for context in contexts):
            stream.words[Field.AUTH_FAILURES] += 1
            return False
        self._begin(stream, header)
        stream.ssrc = self._words[2]
        return True

    def _begin(self, stream: Carried, header: bytes) -> None:
        """Writes down where an SSRC begins: its packet has been opened, and will be protected."""
        words = stream.words
        words[Field.SEQUENCE] = int.from_bytes(header[2:4])
        if stream.opening is not None:
            words[Field.OPENED_ROC] = stream.opening.roc(int.from_bytes(header[8:12]))
        if stream.protecting is not None:
            words[Field.PROTECTED_ROC] = stream.protecting.roc_of_next(header)
        for context in stream.contexts:
            context.note(header)

    def _join(self, carried: Carried) -> None:
        """A socket that is connected to the target of a stream sends for it."""
        stream = carried.stream
        for other in self._leaving.get((stream.local, stream.remote), ()):
            other.leave_by(carried.arriving)
        way_back = self._arriving.get((stream.source, stream.target))
        if way_back is not None:
            carried.leave_by(way_back.arriving)

    def _part(self, stream: Stream) -> None:
        for other in self._leaving.get((stream.local, stream.remote), ()):
            other.leave_by(None)
        if not self._leaving[stream.source, stream.target]:
            del self._leaving[stream.source, stream.target]


def _write_down(carried: Carried) -> None:
    ssrc, words = int.from_bytes(carried.header[8:12]), carried.words
    words[Field.SEQUENCE] = int.from_bytes(carried.header[2:4])
    if carried.opening is not None:
        words[Field.OPENED_ROC] = carried.opening.roc(ssrc)
    if carried.protecting is not None:
        words[Field.PROTECTED_ROC] = carried.protecting.roc(ssrc)


def _note(carried: Carried) -> None:
    """Tells the contexts of the last packet, which the loop has no time for."""
    for context in carried.contexts:
        context.note(bytes(carried.header))


def _progress(carried: Carried) -> Progress:
    if carried.ssrc is not None:
        _note(carried)
    states = [context.states() if context is not None else () for context in (carried.opening, carried.protecting)]
    return Progress(*states)


def _not_received(carried: Carried, error: OSError) -> None:
    if not isinstance(error, BlockingIOError):
        carried.words[Field.ERRORS_IN] += 1


def _refuse(carried: Carried, status: int) -> None:
    carried.words[Field.REPLAYED if status in REPLAYED else Field.AUTH_FAILURES] += 1


def _send_again(carried: Carried, packet: memoryview, error: OSError, size: int) -> None:
    """An ICMP message about an earlier packet fails the next one, which has done nothing wrong."""
    if isinstance(error, ConnectionRefusedError):
        with suppress(OSError):
            carried.send(packet)
            return
    _not_sent(carried, size)


def _not_sent(carried: Carried, size: int) -> None:
    carried.words[Field.ERRORS] += 1
    carried.words[Field.ERROR_BYTES] += size + carried.stream.growth
