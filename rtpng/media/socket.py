"""One media socket: read in bounded batches, marked with its TOS."""

import socket
from collections.abc import Callable
from typing import Final

from rtpng.media.forward import Forwarder
from sipcore.address import Address

BATCH: Final = 32  # packets of one wake-up; then the other sockets have their turn
BURST: Final = 0.005  # seconds: a socket woken twice within this time has more than one packet waiting
_LONGEST: Final = 65535
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
