"""The control ports of one daemon, and what they share: one responder with its cache, one console."""

import errno
from collections.abc import Callable, Iterator
from functools import partial

from rtpng import assemble
from rtpng.config import Config
from rtpng.ctl.console import Console
from rtpng.ctl.server import ctl_server
from rtpng.ctl.settings import Settings
from rtpng.dtmf import DtmfLog
from rtpng.engine import Engine
from rtpng.errors import ConfigError
from rtpng.exports import Exports
from rtpng.listening import Connection, ControlServer, TcpServer
from rtpng.log import LogLevels
from rtpng.ng.commands.context import Context
from rtpng.ng.responder import Responder
from rtpng.ng.server import NgServer
from rtpng.ng.tally import Tally
from rtpng.ng.tcp_server import NgConnection, ng_tcp_server

_HINTS = {
    errno.EADDRINUSE: "is another relay running?",
    errno.EADDRNOTAVAIL: "this is no address of this host",
    errno.EACCES: "ports below 1024 need a right that we do not have (CAP_NET_BIND_SERVICE)",
}


class Control:
    """Every way to tell the daemon what to do; ``clock`` is the event loop's. Raises ConfigError."""

    def __init__(self, engine: Engine, config: Config, levels: LogLevels, clock: Callable[[], float]) -> None:
        self._engine = engine
        tally = Tally()
        context = Context(engine, tally, config.interfaces)
        console = Console(context, levels, Settings(config, self._adopt))
        cli = partial(_answer, console)
        self._handler = assemble.Handler(engine, config, tally, cli)
        responder = Responder(self._handler, clock, tally)
        self.servers = (
            *_servers(config, responder, cli),
            *_web_servers(config, responder, cli, partial(_metrics, context), clock),
        )
        self.exports = Exports(config, engine, context, responder)
        self._dtmf = DtmfLog(config, self.listeners)
        engine.digits.tell = self._dtmf.tell

    async def start(self) -> None:
        """Binds every control port, or none. Raises ConfigError."""
        for server in self.servers:
            try:
                await server.start()
            except OSError as error:
                await self.close()
                raise _refusal(server, error) from error

    async def close(self) -> None:
        for server in self.servers:
            await server.close()
        self._dtmf.close()
        self.exports.close()

    def listeners(self) -> Iterator[Connection]:
        """The clients that are told of what happens."""
        for server in self.servers:
            if isinstance(server, TcpServer):
                yield from (each for each in server.connections if isinstance(each, NgConnection))

    def _adopt(self, config: Config) -> None:
        """Runs by other settings from now on."""
        self._engine.set_limits(assemble.limits(config))
        self._handler.adopt(config)
        for server in self.servers:
            server.set_tos(config.control_tos)


def _answer(console: Console, line: str) -> str:
    from rtpng.ctl import tree  # the daemon loads it behind its start

    return tree.answer(console, line)


def _refusal(server: ControlServer, error: OSError) -> ConfigError:
    where = ", ".join(map(str, server.listen))
    hint = _HINTS.get(error.errno or 0)
    return ConfigError(f"cannot listen for {server.name} on {where} ({error.strerror}){f': {hint}' if hint else ''}")


def _servers(config: Config, responder: Responder, cli: Callable[[str], str]) -> Iterator[ControlServer]:
    tos = config.control_tos
    if config.listen_ng:
        yield NgServer(config.listen_ng, responder, tos=tos, pmtu=config.control_pmtu)
    if config.listen_tcp_ng:
        yield ng_tcp_server(config.listen_tcp_ng, responder, tos=tos)
    if config.listen_cli:
        yield ctl_server(config.listen_cli, cli, tos=tos)


def _metrics(context: Context) -> bytes:
    from rtpng.metrics.page import page  # a library that most daemons need not load

    return page(context)


def _web_servers(
    config: Config,
    responder: Responder,
    cli: Callable[[str], str],
    metrics: Callable[[], bytes],
    clock: Callable[[], float],
) -> Iterator[ControlServer]:
    if not config.listen_http and not config.listen_https:
        return
    from rtpng.web.server import WebServer, service, tls_context  # a library that most daemons need not load

    behind = service(responder, cli, metrics, clock)
    if config.listen_http:
        yield WebServer(config.listen_http, config, behind)
    if config.listen_https:
        yield WebServer(config.listen_https, config, behind, tls_context(config))
