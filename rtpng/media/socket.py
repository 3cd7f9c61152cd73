"""One media socket: read in bounded batches, marked with its TOS."""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from rtpng.media.forward import Forwarder
from sipcore.address import Address

BATCH: Final = 32  # packets of one wake-up; then the other sockets have their turn
BURST: Final = 0.005  # seconds: a socket woken twice within this time has more than one packet waiting
_LONGEST: Final = 65535
_MOST_WAITING: Final = 10_000  # packets; more than a receive buffer holds
_TOS: Final = {
    socket.AF_INET: (socket.IPPROTO_IP, socket.IP_TOS),
    socket.AF_INET6: (socket.IPPROTO_IPV6, socket.IPV6_TCLASS),
}


class MediaSocket:
    """The open socket of one local address, and the forwarder of what it receives."""

    __slots__ = ("_clock", "_packet", "_receive", "_socket", "_tos", "_woken", "forwarder")

    def __init__(self, sock: socket.socket, forwarder: Forwarder, clock: Callable[[], float]) -> None:
        self.forwarder = forwarder
        self._socket = sock
        self._clock = clock
        self._receive = sock.recvfrom
        self._packet = forwarder.packet
        self._woken = float("-inf")
        self._tos: int | None = None

    @property
    def send(self) -> Callable[[bytes, Address], int]:
        """The bound ``sendto``."""
        return self._socket.sendto

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def plain(self) -> socket.socket:
        """The socket itself, for who sends by it elsewhere."""
        return self._socket

    def beside(self, remote: Address) -> socket.socket:
        """A second socket on our port, which the kernel prefers for what comes from ``remote``. Raises OSError.

        Only while it is bound may others share the port: a program of anybody else finds it taken as before.
        """
        own = self._socket
        made = socket.socket(own.family, socket.SOCK_DGRAM)
        try:
            made.setblocking(False)
            _copy_options(own, made)
            _share(True, own, made)
            made.bind(own.getsockname())
            made.connect(remote)
        except OSError:
            made.close()
            raise
        finally:
            _share(False, own, made)
        return made

    def drain(self, other: socket.socket | None = None) -> None:
        """Takes everything that waits, here or in a socket beside, and relays it."""
        now, receive = self._clock(), (other or self._socket).recvfrom
        for _ in range(_MOST_WAITING):
            try:
                data, source = receive(_LONGEST)
            except BlockingIOError:
                return
            except OSError:
                self.forwarder.stats.errors_in += 1
            else:
                self._packet(data, source, now)

    def rejoin(self, beside: socket.socket) -> None:
        """Ends a socket beside this one; nothing is lost: what comes from here on comes here, what waits is relayed."""
        with beside:
            with suppress(OSError):
                beside.connect(self._socket.getsockname())  # to itself: it is nobody's choice any more
            self.drain(beside)

    def mark(self, tos: int | None) -> None:
        """Sets the TOS (IPv6: traffic class) byte of what is sent; None is the system's default."""
        if tos != self._tos:
            self._socket.setsockopt(*_TOS[self._socket.family], tos or 0)
            self._tos = tos

    def read(self) -> None:
        """Takes what is there, at most a batch: the loop calls again as long as packets are waiting."""
        now = self._clock()
        # Audio brings one packet per wake-up: looking for a second one would cost an exception every time.
        batch = BATCH if now - self._woken < BURST else 1
        self._woken = now
        for _ in range(batch):
            try:
                data, source = self._receive(_LONGEST)
            except BlockingIOError:
                return
            except OSError:
                self.forwarder.stats.errors_in += 1
                return
            self._packet(data, source, now)


def _share(allowed: bool, *sockets: socket.socket) -> None:
    """Whether other sockets that allow it too may be bound to the same port."""
    for sock in sockets:
        with suppress(OSError):  # closed
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, allowed)


def _copy_options(own: socket.socket, made: socket.socket) -> None:
    tos = _TOS[own.family]
    made.setsockopt(*tos, own.getsockopt(*tos))
    # The kernel tells, and takes as given, twice what was asked for (socket(7))
    size = own.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
