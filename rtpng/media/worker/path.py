"""The packet path of a worker by sockets: one connected to the remote of each stream; transformed where it lies."""

import select
import socket
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from rtpng.media.srtp import Contexts
from rtpng.media.worker.carried import Carried
from rtpng.media.worker.orders import Carry, Progress, Stream
from rtpng.media.worker.slots import RELAYED, Slots
from sipcore.address import Address

_PREFIXES: Final = 2048  # bytes; slices of the buffer up to here are made once, because making one costs 70 ns
_READY: Final = 512  # sockets that one look asks for


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
        self._carried: dict[int, Carried] = {}  # by descriptor
        self._numbers: dict[int, Carried] = {}
        self._arriving: dict[tuple[Address, Address], Carried] = {}  # by our address and the remote one
        self._leaving: defaultdict[tuple[Address, Address], set[Carried]] = defaultdict(set)

    def fileno(self) -> int:
        return self._poll.fileno()

    def has(self, number: int) -> bool:
        """Whether a stream of this number is carried. The daemon may not know yet that one was refused."""
        return number in self._numbers

    def carried(self, number: int) -> Carried:
        """The stream of this number. Raises KeyError for one that is not carried."""
        return self._numbers[number]

    def carry(self, order: Carry, arriving: socket.socket, leaving: socket.socket) -> None:
        """Takes a stream on; the sockets are the path's from here on."""
        carried = Carried(order, arriving, leaving, self._slots.slot(order.slot))
        carried.take_keys(self._contexts, order.progress)
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
        progress = carried.progress()
        carried.close()
        return progress

    def forward(self) -> int:
        """One packet of every readable socket; how many sockets that were.

        Two system calls make 5 of the 8 us that a packet costs here. What Python adds is paid 50 times a second by
        every stream, so this is one loop that calls nothing of ours but for what is rare.
        """
        buffer, view, _, pointer, length = self._contexts.bench
        carried, prefixes, words, first = self._carried, self._prefixes, self._words, self._header
        write, memory = RELAYED.pack_into, self._slots.memory
        ready = self._poll.poll(0, _READY)
        now = int(self._clock() * 1e6)
        for descriptor, _ in ready:
            stream = carried[descriptor]
            receive, open_, opening, protect, protecting, send, record, _ = stream.steps
            try:
                size = left = receive(buffer)
            except OSError as error:
                stream.not_received(error)
                continue
            if size < 12 or not 127 < buffer[0] < 192 or 191 < buffer[1] < 224:  # not RTP (RFC 7983, RFC 5761 4)
                self._aside(stream.number, bytes(view[:size]))
                continue
            if open_ is not None:
                length[0] = size
                if status := open_(opening, pointer, length):
                    stream.refuse(status)
                    continue
                left = length[0]
            header = bytes(first)
            if words[2] != stream.ssrc and not stream.changes_ssrc(header, words[2]):
                continue
            stream.packets = packets = stream.packets + 1
            stream.bytes = bytes_ = stream.bytes + size
            write(memory, record, packets, bytes_, now, header)
            if protect is not None:
                length[0] = left
                if protect(protecting, pointer, length):
                    stream.not_sent(size)
                    continue
                left = length[0]
            packet = prefixes[left] if left < _PREFIXES else view[:left]
            try:
                send(packet)
            except OSError as error:
                stream.send_again(packet, error, size)
        return len(ready)

    def publish(self) -> None:
        """Writes the rollover counters down, for who takes over should this process die. About 1 us per stream."""
        for carried in self._numbers.values():
            carried.write_down()

    def close(self) -> None:
        for number in tuple(self._numbers):
            self.give_back(number)
        self._poll.close()

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
