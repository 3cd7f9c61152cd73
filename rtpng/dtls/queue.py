"""Handshakes in small helpings: a thousand ClientHellos at once must not make media late.

One datagram of a handshake takes up to 0.6 ms, most of it in public-key arithmetic that holds the interpreter's lock,
so threads do not help. The daemon's loop serves the queue for some milliseconds per turn instead.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from rtpng.dtls.terms import Source

if TYPE_CHECKING:
    from rtpng.dtls.transport import DtlsTransport

BUDGET = 0.003  # seconds per turn
WAITING = 4000  # datagrams; what is served after more than a second is repeated by then
WAITING_PER_PORT = 16  # so that one peer cannot fill the queue


class _Waiting(NamedTuple):
    port: "DtlsTransport"
    datagram: bytes
    source: Source


class HandshakeQueue:
    """First come, first served. What finds no place is dropped and counted: its sender repeats it."""

    __slots__ = ("_per_port", "_waiting", "dropped")

    def __init__(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._per_port: Counter[DtlsTransport] = Counter()
        self.dropped = 0

    def put(self, port: "DtlsTransport", datagram: bytes, source: Source = None) -> None:
        """A datagram for a port, from a source that it admits."""
        if len(self._waiting) >= WAITING or self._per_port[port] >= WAITING_PER_PORT:
            self.dropped += 1
            return
        self._waiting.append(_Waiting(port, datagram, source))
        self._per_port[port] += 1

    def serve(self, clock: Callable[[], float], budget: float = BUDGET) -> "Iterator[DtlsTransport]":
        """Each port that has just received something: at least one, and more until ``budget`` seconds are spent.

        The caller sends what the port has to say before it asks for the next one. ``clock`` is the monotonic one.
        """
        end = clock() + budget
        while self._waiting:
            port, datagram, source = self._waiting.popleft()
            self._release(port)
            now = clock()
            port.receive(datagram, now, source)
            yield port
            if clock() >= end:
                return

    def _release(self, port: "DtlsTransport") -> None:
        self._per_port[port] -= 1
        if not self._per_port[port]:
            del self._per_port[port]

    def __len__(self) -> int:
        return len(self._waiting)
