"""The proxy's end of the control socket: blocking, with its own clock readings."""

import itertools
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Self

import bencodepy

from bench.errors import BenchError, RefusedError
from bench.shell import inside

Reply = dict[str, Any]

MAX_DATAGRAM = 65_507
RECEIVE_BUFFER = 4 << 20
PING_INTERVAL = 0.002


def encoded(message: Mapping[str, object]) -> bytes:
    return bytes(bencodepy.encode(dict(message)))


def decoded(text: bytes) -> Reply:
    """A reply with text keys; the values stay as they came."""
    return {name.decode(): value for name, value in bencodepy.decode(text).items()}


class Cookies:
    """Cookies that no daemon has seen before; it would answer a known one from its cache."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(4)
        self._numbers = itertools.count(1)

    def next(self) -> bytes:
        return b"%s_%d" % (self._prefix.encode(), next(self._numbers))


class NgSocket:
    """A connected UDP socket in the relay's namespace."""

    def __init__(self, namespace: str, address: tuple[str, int]) -> None:
        with inside(namespace):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self.socket.connect(address)
        self.cookies = Cookies()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self, message: Mapping[str, object], *, timeout: float = 2.0, attempts: int = 3) -> Reply:
        """Sends a command and gives its reply. Raises RefusedError when it is an error, BenchError when none comes."""
        cookie, body = self.cookies.next(), encoded(message)
        for _ in range(attempts):
            with suppress(OSError):
                self.socket.send(cookie + b" " + body)
            text = self._reply(cookie, timeout)
            if text is not None:
                return checked(message["command"], decoded(text))
        raise BenchError(f"no answer to {message['command']}")

    def wait_for_pong(self, since: float, alive: Callable[[], bool], patience: float = 30.0) -> float:
        """Pings until the daemon answers; seconds from ``since`` (monotonic) to the first answer."""
        body = encoded({"command": "ping"})
        while alive() and time.monotonic() - since < patience:
            cookie = self.cookies.next()
            with suppress(OSError):
                self.socket.send(cookie + b" " + body)
            if self._reply(cookie, PING_INTERVAL) is not None:
                return time.monotonic() - since
        raise BenchError("no answer to ping")

    def _reply(self, cookie: bytes, timeout: float) -> bytes | None:
        """The body of the reply with this cookie; a refusal is waited out, since the daemon may be starting."""
        until = time.monotonic() + timeout
        while (left := until - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                came, _, body = self.socket.recv(MAX_DATAGRAM).partition(b" ")
            except TimeoutError:
                return None
            except ConnectionRefusedError:
                time.sleep(min(left, PING_INTERVAL / 2))
                return None
            if came == cookie:
                return body
        return None


def checked(command: object, reply: Reply) -> Reply:
    """The reply, unless it is an error: then RefusedError with its reason."""
    if reply.get("result") in (b"ok", b"pong"):
        return reply
    reason = reply.get("error-reason", reply)
    raise RefusedError(f"{command} refused: {reason.decode() if isinstance(reason, bytes) else reason}")
