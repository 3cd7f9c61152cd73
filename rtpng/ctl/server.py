"""The CLI's TCP port: one line in, the answer out, and the connection is over."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from rtpng.config import Listen
from rtpng.listening import Connection, TcpServer

MAX_LINE = 1024  # bytes
PATIENCE = 30.0  # seconds until somebody who sends no line, or does not read the answer, is sent away

_log = logging.getLogger(__name__)


def ctl_server(listen: Sequence[Listen], answer: Callable[[str], str], *, tos: int = 0) -> TcpServer:
    """A server that sends back what ``answer`` says to a line."""
    return TcpServer("the CLI", listen, lambda server: CtlConnection(server, answer), tos=tos)


class CtlConnection(Connection):
    """One client with one line."""

    def __init__(self, server: TcpServer, answer: Callable[[str], str]) -> None:
        super().__init__(server)
        self._answer = answer
        self._data = b""
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self.transport.abort)
        _log.info("New cli connection from %s", self.peer)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._data += data
        line, end, _ = self._data.partition(b"\n")
        if len(line) > MAX_LINE:
            _log.warning("Closing the cli connection from %s: its line is longer than %d bytes", self.peer, MAX_LINE)
            self.transport.close()
        elif end:
            self._reply(line)

    def eof_received(self) -> None:
        """A client may leave the line end off."""
        if self._data and not self.transport.is_closing():
            self._reply(self._data)

    def _reply(self, line: bytes) -> None:
        text = self._answer(line.decode("utf-8", "surrogateescape"))
        self.transport.write(text.encode("utf-8", "surrogateescape"))
        self.transport.close()
