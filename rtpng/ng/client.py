"""A client of the ng protocol over UDP, for scripts, tests and tools; works with rtpng and rtpengine.

>>> from rtpng.ng.client import NgClient
>>> with NgClient("127.0.0.1", 2223) as client:  # doctest: +SKIP
...     client.ping()
...     client.offer("call-1", "tag-a", sdp, replace=["origin"], ICE="remove")["sdp"]
{'result': 'pong'}
'v=0...'
"""

import asyncio
import itertools
import secrets
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, NamedTuple, Self, TypeVar, cast

from rtpng.ng.wire import MAX_DATAGRAM, Encoding, WireError, decode, encode_request, plain

Reply = dict[str, Any]
_Answer = TypeVar("_Answer")

DEFAULT_PORT = 2223
_MAX_REPLY_ITEMS = MAX_DATAGRAM  # every item takes a byte at least: as many as a datagram can hold
_REFUSED = ("error", "load limit")


class NgTimeout(Exception):  # noqa: N818 - named like socket.timeout and asyncio's
    """No answer came in all attempts."""


class NgReplyError(Exception):
    """The relay answered with an error, or refused a new call for its load.

    ``reason`` is the reply's ``error-reason`` (or ``message``), ``reply`` the whole reply.
    """

    def __init__(self, reason: str, reply: Reply) -> None:
        super().__init__(reason)
        self.reason = reason
        self.reply = reply


class _Dialect:
    """Numbers requests, writes them, and tells which reply belongs to which."""

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._prefix = secrets.token_hex(4)
        self._numbers = itertools.count(1)

    def request(self, command: str, keys: Mapping[str, object]) -> tuple[bytes, bytes]:
        """Cookie and datagram. A key whose value is None is left out."""
        cookie = f"{self._prefix}_{next(self._numbers)}".encode("ascii")
        given = {name: value for name, value in keys.items() if value is not None}
        return cookie, encode_request(cookie, {**given, "command": command}, self._encoding)


def _read(datagram: bytes) -> tuple[bytes, Reply] | None:
    """Cookie and reply; None for what is no ng message."""
    try:
        envelope = decode(datagram, _MAX_REPLY_ITEMS)
    except WireError:
        return None
    return envelope.cookie, cast(Reply, plain(envelope.message))


def _checked(reply: Reply) -> Reply:
    if reply.get("result") in _REFUSED:
        raise NgReplyError(str(reply.get("error-reason") or reply.get("message") or "no reason given"), reply)
    return reply


def _spelled(keys: Mapping[str, object] | None, more: Mapping[str, object]) -> dict[str, object]:
    return {**(keys or {}), **{name.replace("_", "-"): value for name, value in more.items()}}


class _Commands(ABC, Generic[_Answer]):
    """The commands, for both clients.

    Keys are given as keyword arguments, with underscores for hyphens (``rtcp_mux=["demux"]`` is ``rtcp-mux``), or
    exactly as they shall be sent in a mapping. Every method returns the reply, raises ``NgReplyError`` when the relay
    answers with an error, and ``NgTimeout`` when it does not answer.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = DEFAULT_PORT,
        *,
        timeout: float = 1.0,
        attempts: int = 5,
        encoding: Encoding = Encoding.BENCODE,
    ) -> None:
        self._where = (host, port)
        self._timeout = timeout
        self._attempts = attempts
        self._dialect = _Dialect(encoding)

    @abstractmethod
    def request(self, command: str, keys: Mapping[str, object] | None = None, /, **more: object) -> _Answer:
        """Sends any command and returns its reply."""

    def ping(self) -> _Answer:
        return self.request("ping")

    def offer(self, call_id: str, from_tag: str, sdp: str, **keys: object) -> _Answer:
        """Reply: ``sdp`` to send to the called party."""
        return self.request("offer", call_id=call_id, from_tag=from_tag, sdp=sdp, **keys)

    def answer(self, call_id: str, from_tag: str, to_tag: str, sdp: str, **keys: object) -> _Answer:
        """``from_tag`` is the offerer's, ``to_tag`` the answerer's. Reply: ``sdp`` to send to the offerer."""
        return self.request("answer", call_id=call_id, from_tag=from_tag, to_tag=to_tag, sdp=sdp, **keys)

    def delete(self, call_id: str, **keys: object) -> _Answer:
        """Ends a call, or the branch of ``from_tag``, at once or after ``delete_delay`` seconds. Reply: as of query."""
        return self.request("delete", call_id=call_id, **keys)

    def publish(self, sdp: str, **keys: object) -> _Answer:
        """Reply: ``sdp``, the relay's answer; ``call-id`` and ``from-tag``, made up where none is given."""
        return self.request("publish", sdp=sdp, **keys)

    def subscribe(self, call_id: str, **keys: object) -> _Answer:
        """Sources by ``from_tag``, ``from_tags``, ``label`` or ``all="all"``.

        Reply: ``sdp`` to offer to the subscriber; ``to-tag``, its name; ``from-tags``, whom each section is of.
        """
        return self.request("subscribe request", call_id=call_id, **keys)

    def subscribed(self, call_id: str, to_tag: str, sdp: str, **keys: object) -> _Answer:
        """The subscriber's answer."""
        return self.request("subscribe answer", call_id=call_id, to_tag=to_tag, sdp=sdp, **keys)

    def unsubscribe(self, call_id: str, to_tag: str, **keys: object) -> _Answer:
        """The subscriber is to hear nothing any more."""
        return self.request("unsubscribe", call_id=call_id, to_tag=to_tag, **keys)

    def connect(self, call_id: str, from_tag: str, to_tag: str, **keys: object) -> _Answer:
        """Lets two parties talk; ``to_call_id`` is the call of ``to_tag``, if that is another one."""
        return self.request("connect", call_id=call_id, from_tag=from_tag, to_tag=to_tag, **keys)

    def create(self, **keys: object) -> _Answer:
        """Reply: ``sdp``, an offer of the relay itself; ``call-id`` and ``from-tag``, made up where none is given."""
        return self.request("create", **keys)

    def created(self, call_id: str, from_tag: str, sdp: str, **keys: object) -> _Answer:
        """The answer to what ``create`` has offered."""
        return self.request("create answer", call_id=call_id, from_tag=from_tag, sdp=sdp, **keys)

    def query(self, call_id: str, **keys: object) -> _Answer:
        """Reply: ``tags`` (parties, media, streams), ``totals`` and times in Unix seconds."""
        return self.request("query", call_id=call_id, **keys)

    def list(self, limit: int | None = None) -> _Answer:
        """Reply: ``calls``, the call-ids."""
        return self.request("list", limit=limit)

    def statistics(self) -> _Answer:
        return self.request("statistics")


class NgClient(_Commands[Reply]):
    """Sends requests one after the other and waits for each reply; for use by one thread.

    A request is sent ``attempts`` times, ``timeout`` seconds apart, always with the same cookie, so that the relay
    carries it out once. The socket is opened by the first request and closed by ``close`` or the ``with`` block.
    """

    _socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def request(self, command: str, keys: Mapping[str, object] | None = None, /, **more: object) -> Reply:
        cookie, datagram = self._dialect.request(command, _spelled(keys, more))
        opened = self._opened()
        for _ in range(self._attempts):
            reply = self._attempt(opened, cookie, datagram)
            if reply is not None:
                return _checked(reply)
        raise NgTimeout(_no_answer(command, self._where, self._attempts))

    def _opened(self) -> socket.socket:
        if self._socket is None:
            self._socket = _connected(*self._where)
        return self._socket

    def _attempt(self, opened: socket.socket, cookie: bytes, datagram: bytes) -> Reply | None:
        """Sends once and reads until the reply or the end of the time; strange cookies are passed over."""
        until = time.monotonic() + self._timeout  # noqa: TID251 - a blocking client has to read the clock itself
        _send(opened, datagram)
        while (left := until - time.monotonic()) > 0:  # noqa: TID251
            received = _receive(opened, left)
            if received is not None and received[0] == cookie:
                return received[1]
        return None


def _connected(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    opened = socket.socket(family, kind, protocol)
    try:
        opened.connect(where)
    except OSError:
        opened.close()
        raise
    return opened


def _send(opened: socket.socket, datagram: bytes) -> None:
    try:
        opened.send(datagram)
    except ConnectionRefusedError:
        # The refusal of an earlier datagram is reported here, in place of sending.
        opened.send(datagram)


def _receive(opened: socket.socket, seconds: float) -> tuple[bytes, Reply] | None:
    opened.settimeout(seconds)
    try:
        return _read(opened.recv(MAX_DATAGRAM))
    except (TimeoutError, ConnectionRefusedError):
        return None  # a refusal is no last word: the relay may be starting


def _no_answer(command: str, where: tuple[str, int], attempts: int) -> str:
    return f"no answer to '{command}' from {where[0]} port {where[1]} in {attempts} attempts"


class AsyncNgClient(_Commands[Awaitable[Reply]]):
    """The same for asyncio; any number of requests may be under way at a time.

    >>> async def place(sdp):
    ...     async with AsyncNgClient("127.0.0.1", 2223) as client:
    ...         return (await client.offer("call-1", "tag-a", sdp))["sdp"]
    """

    _link: "_Link | None" = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    async def open(self) -> None:
        """Opens the socket; the ``async with`` block does it, too. Raises OSError."""
        if self._link is None:
            loop = asyncio.get_running_loop()
            self._link = _Link(*await loop.create_datagram_endpoint(_Replies, remote_addr=self._where))

    def close(self) -> None:
        """Closes the socket; requests under way end with NgTimeout."""
        if self._link is not None:
            self._link.transport.close()
            self._link.replies.give_up()
            self._link = None

    async def request(self, command: str, keys: Mapping[str, object] | None = None, /, **more: object) -> Reply:
        if self._link is None:
            raise RuntimeError("AsyncNgClient is used inside `async with`, or after `await open()`")
        cookie, datagram = self._dialect.request(command, _spelled(keys, more))
        with self._link.replies.awaited(cookie) as waiting:
            return _checked(await self._exchanged(self._link.transport, waiting, datagram, command))

    async def _exchanged(
        self, transport: asyncio.DatagramTransport, waiting: asyncio.Future[Reply], datagram: bytes, command: str
    ) -> Reply:
        for _ in range(self._attempts):
            transport.sendto(datagram)
            await asyncio.wait({waiting}, timeout=self._timeout)
            if waiting.done():
                return waiting.result()
        raise NgTimeout(_no_answer(command, self._where, self._attempts))


class _Replies(asyncio.DatagramProtocol):
    """Hands each reply to the request that waits for its cookie; refusals and strange cookies are passed over."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, asyncio.Future[Reply]] = {}

    @contextmanager
    def awaited(self, cookie: bytes) -> Iterator[asyncio.Future[Reply]]:
        waiting = self._waiting[cookie] = asyncio.get_running_loop().create_future()
        try:
            yield waiting
        finally:
            del self._waiting[cookie]

    def datagram_received(self, data: bytes, _: tuple[str | Any, int]) -> None:
        received = _read(data)
        waiting = self._waiting.get(received[0]) if received else None
        if received and waiting and not waiting.done():
            waiting.set_result(received[1])

    def give_up(self) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(NgTimeout("closed before the answer came"))


class _Link(NamedTuple):
    """A socket, and who reads it."""

    transport: asyncio.DatagramTransport
    replies: _Replies
