"""The listening sockets of control ports, and TCP connections with their caps."""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from rtpng.config import Listen
from sipcore.address import Address, Family, family_of

MAX_CONNECTIONS = 256  # per server: descriptors belong to media first

_ANY = ("0.0.0.0", "::")
_NO_SUCH_FAMILY = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)

_log = logging.getLogger(__name__)


class ControlServer(Protocol):
    """What the daemon starts, changes and closes."""

    @property
    def name(self) -> str:
        """What it serves, for messages."""

    @property
    def listen(self) -> tuple[Listen, ...]: ...

    async def start(self) -> None:
        """Binds all of ``listen``, or none. Raises OSError."""

    async def close(self) -> None:
        """May come at any time, also twice."""

    def set_tos(self, tos: int) -> None:
        """The TOS byte of what is sent from now on."""


def bind(listen: Listen, open_socket: Callable[[str, int], socket.socket]) -> list[socket.socket]:
    """The sockets of one listener: host None takes all addresses of both families, or of IPv4 if there is no other.

    Raises OSError; then nothing stays open.
    """
    if listen.host is not None:
        return [open_socket(listen.host, listen.port)]
    first = open_socket(_ANY[0], listen.port)
    try:
        return [first, open_socket(_ANY[1], first.getsockname()[1])]
    except OSError as error:
        if error.errno in _NO_SUCH_FAMILY:
            return [first]
        first.close()
        raise


def bind_all(listens: Sequence[Listen], open_socket: Callable[[str, int], socket.socket]) -> list[socket.socket]:
    """The sockets of all listeners, or of none. Raises OSError."""
    bound: list[socket.socket] = []
    try:
        for listen in listens:
            bound += bind(listen, open_socket)
    except OSError:
        for opened in bound:
            opened.close()
        raise
    return bound


def listen_tcp(host: str, port: int) -> socket.socket:
    """A bound, non-blocking TCP socket of ``host``'s family alone, not listening yet. Raises OSError."""
    version6 = family_of(host) is Family.IP6
    bound = socket.socket(socket.AF_INET6 if version6 else socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if version6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def set_tos(opened: socket.socket, tos: int) -> None:
    """The TOS byte (IPv6: traffic class) of what a socket sends; a TCP connection inherits its listener's."""
    if opened.family == socket.AF_INET6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, tos)
    else:
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)


def addresses(sockets: Sequence[socket.socket]) -> tuple[Address, ...]:
    """What is bound, with the ports that the system chose for port 0."""
    return tuple(Address(*bound.getsockname()[:2]) for bound in sockets)


class Connection(asyncio.Protocol):
    """One accepted connection; known to its server for as long as it is open."""

    transport: asyncio.Transport
    peer: Address

    def __init__(self, server: "TcpServer") -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.peer = Address(*transport.get_extra_info("peername")[:2])
        if not self._server.admit(self):
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._server.connections.discard(self)


class TcpServer:
    """Accepts connections on every address of ``listen``; ``connect`` makes the protocol of each."""

    def __init__(
        self,
        name: str,
        listen: Sequence[Listen],
        connect: Callable[["TcpServer"], Connection],
        *,
        tos: int = 0,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        self.name = name
        self.listen = tuple(listen)
        self.addresses: tuple[Address, ...] = ()
        self.connections: set[Connection] = set()
        self._connect = connect
        self._tos = tos
        self.max_connections = max_connections
        self._sockets: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []

    async def start(self) -> None:
        """Binds all listeners, or none. Raises OSError."""
        self._sockets = bind_all(self.listen, listen_tcp)
        self.addresses = addresses(self._sockets)
        self.set_tos(self._tos)
        loop = asyncio.get_running_loop()
        try:
            for bound in self._sockets:
                self._servers.append(await loop.create_server(lambda: self._connect(self), sock=bound))
        except OSError:
            await self.close()
            raise

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        for bound in self._sockets:
            bound.close()
        self._servers.clear()
        self._sockets.clear()
        await _settled()  # who was being accepted has a protocol then
        for connection in tuple(self.connections):
            connection.transport.abort()
        await _settled()

    def set_tos(self, tos: int) -> None:
        """For connections that are accepted from now on."""
        for bound in self._sockets:
            set_tos(bound, tos)

    def admit(self, connection: Connection) -> bool:
        """Whether there is room for one more connection; takes note of it."""
        if len(self.connections) >= self.max_connections:
            _log.warning(
                "Refusing %s from %s: %d connections are open", self.name, connection.peer, len(self.connections)
            )
            return False
        self.connections.add(connection)
        return True


async def _settled() -> None:
    """Lets the loop carry out what it has begun: accepting and closing a connection take it some turns."""
    for _ in range(4):
        await asyncio.sleep(0)
