"""The ng protocol over TCP: messages back to back, answered in their order."""

import asyncio
import logging
from collections.abc import Sequence

from rtpng.config import Listen
from rtpng.listening import Connection, TcpServer
from rtpng.ng.framing import Framer
from rtpng.ng.responder import Responder
from rtpng.ng.wire import MAX_STREAM_REPLY

_BATCH = 64  # messages answered before media and other connections get their turn

_log = logging.getLogger(__name__)


def ng_tcp_server(listen: Sequence[Listen], responder: Responder, *, tos: int = 0) -> TcpServer:
    """A server that answers with what ``responder`` says; its cache of duplicates is shared with other transports."""
    return TcpServer("ng over TCP", listen, lambda server: NgConnection(server, responder), tos=tos)


class NgConnection(Connection):
    """One client. Who sends requests but does not read the replies is not read from either."""

    def __init__(self, server: TcpServer, responder: Responder) -> None:
        super().__init__(server)
        self._responder = responder
        self._framer = Framer()
        self._loop = asyncio.get_running_loop()
        self._waiting = False  # for the client to read, or for our next turn
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        _log.info("New TCP control ng connection from %s", self.peer)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        _log.info("TCP control ng connection from %s is closing", self.peer)

    def data_received(self, data: bytes) -> None:
        self._framer.add(data)
        self._answer()

    def eof_received(self) -> bool:
        """A client may close its side and still read: it gets all its replies first."""
        self._ended = True
        self._answer()
        return True

    def pause_writing(self) -> None:
        self._wait()

    def resume_writing(self) -> None:
        self._go_on()

    def _answer(self) -> None:
        for _ in range(_BATCH):
            message = None if self._waiting else self._framer.next()
            if message is None:
                self._close_if_done()
                return
            reply = self._responder.respond(message, self.peer, self._loop.time(), MAX_STREAM_REPLY)
            if reply is not None:
                self.transport.write(reply)
        if not self._waiting:
            self._wait()
            self._loop.call_soon(self._go_on)

    def _wait(self) -> None:
        self._waiting = True
        self.transport.pause_reading()

    def _go_on(self) -> None:
        self._waiting = False
        if not self.transport.is_closing():
            self.transport.resume_reading()
            self._answer()

    def _close_if_done(self) -> None:
        if self._framer.broken:
            _log.warning("Closing the TCP control ng connection from %s: its bytes are no ng message", self.peer)
        if self._framer.broken or (self._ended and not self._waiting):
            self.transport.close()
