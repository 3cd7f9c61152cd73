"""The control port's sockets: UDP over IPv4 and IPv6, replies from the address that was asked."""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Sequence
from functools import partial

from rtpng.config import Listen
from rtpng.ng import pktinfo
from rtpng.ng.responder import Handle, Responder
from rtpng.ng.tally import Tally
from sipcore.address import Address

_BATCH = 64  # datagrams read before other sockets get their turn
_ANY = ("0.0.0.0", "::")
_NO_SUCH_FAMILY = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)

_log = logging.getLogger(__name__)


class NgServer:
    """Listens on every address of ``listen`` and answers with what ``handle`` returns; see ``Responder``.

    ``start`` binds and needs a running event loop; ``close`` may be called at any time. Listeners with host None take
    all addresses of both families; a machine without IPv6 serves IPv4 alone.
    """

    def __init__(self, listen: Sequence[Listen], handle: Handle, *, tos: int = 0, tally: Tally | None = None) -> None:
        self._listen = tuple(listen)
        self._handle = handle
        self._tos = tos
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sockets: list[socket.socket] = []
        self.tally = tally or Tally()
        self.dropped = 0  # replies that the system would not send

    @property
    def addresses(self) -> tuple[Address, ...]:
        """What is bound, with the ports that the system chose for port 0."""
        return tuple(Address(*bound.getsockname()[:2]) for bound in self._sockets)

    def start(self) -> None:
        """Binds all listeners, or none. Raises OSError."""
        self._loop = loop = asyncio.get_running_loop()
        responder = Responder(self._handle, loop.time, self.tally)
        try:
            for listen in self._listen:
                self._sockets += _bind(listen, self._tos)
        except OSError:
            self.close()
            raise
        for bound in self._sockets:
            loop.add_reader(bound, partial(self._readable, bound, responder, loop.time))

    def close(self) -> None:
        for bound in self._sockets:
            if self._loop is not None and not self._loop.is_closed():
                self._loop.remove_reader(bound)
            bound.close()
        self._sockets.clear()

    def _readable(self, bound: socket.socket, responder: Responder, clock: Callable[[], float]) -> None:
        for _ in range(_BATCH):
            try:
                received = pktinfo.receive(bound)
            except BlockingIOError:
                return
            except OSError as error:
                _log.debug("Control port: %s", error)
                continue
            reply = responder.respond(received.data, received.client, clock())
            if reply is not None:
                self._send(bound, received, reply)

    def _send(self, bound: socket.socket, received: pktinfo.Received, reply: bytes) -> None:
        try:
            pktinfo.reply(bound, received, reply)
        except OSError as error:
            self.dropped += 1
            _log.warning("Cannot send a reply to %s: %s", received.client, error)


def _bind(listen: Listen, tos: int) -> list[socket.socket]:
    if listen.host is not None:
        return [pktinfo.listen(listen.host, listen.port, tos)]
    first = pktinfo.listen(_ANY[0], listen.port, tos)
    port = first.getsockname()[1]
    try:
        return [first, pktinfo.listen(_ANY[1], port, tos)]
    except OSError as error:
        if error.errno in _NO_SUCH_FAMILY:
            return [first]
        first.close()
        raise
