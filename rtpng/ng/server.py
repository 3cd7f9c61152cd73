"""The control port's sockets: UDP over IPv4 and IPv6, replies from the address that was asked."""

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from functools import partial

from rtpng.config import Listen
from rtpng.listening import addresses, bind_all, set_tos
from rtpng.ng import pktinfo
from rtpng.ng.responder import Responder
from sipcore.address import Address

_BATCH = 64  # datagrams read before other sockets get their turn

_log = logging.getLogger(__name__)


class NgServer:
    """Listens on every address of ``listen`` and answers with what ``responder`` says.

    ``start`` binds and needs a running event loop; ``close`` may be called at any time. Listeners with host None take
    all addresses of both families; a machine without IPv6 serves IPv4 alone. ``pmtu``: see ``pktinfo.listen``.
    """

    name = "ng"

    def __init__(
        self, listen: Sequence[Listen], responder: Responder, *, tos: int = 0, pmtu: str | None = None
    ) -> None:
        self.listen = tuple(listen)
        self._responder = responder
        self._open = partial(pktinfo.listen, tos=tos, pmtu=pmtu)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sockets: list[socket.socket] = []
        self.dropped = 0  # replies that the system would not send

    @property
    def addresses(self) -> tuple[Address, ...]:
        """What is bound, with the ports that the system chose for port 0."""
        return addresses(self._sockets)

    async def start(self) -> None:
        """Binds all listeners, or none. Raises OSError."""
        self._loop = loop = asyncio.get_running_loop()
        self._sockets = bind_all(self.listen, self._open)
        for bound in self._sockets:
            loop.add_reader(bound, partial(self._readable, bound, self._responder, loop.time))

    async def close(self) -> None:
        for bound in self._sockets:
            if self._loop is not None:
                self._loop.remove_reader(bound)
            bound.close()
        self._sockets.clear()

    def set_tos(self, tos: int) -> None:
        """The TOS byte of replies from now on."""
        for bound in self._sockets:
            set_tos(bound, tos)

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
