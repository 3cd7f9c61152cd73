"""Plain netlink: attributes, and a socket for requests and nf_tables transactions.

pyroute2's sockets run an event loop of their own and refuse to work inside a running one, so its message classes
encode what is sent seldom, and this socket carries everything.
"""

import errno
import os
import socket
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntFlag

from kernel.errors import KernelError

NETLINK_ROUTE = 0
NETLINK_NETFILTER = 12

LINK = struct.Struct("=BxHiII")  # struct ifinfomsg, in front of a link's attributes: family, type, index, flags, change

_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_ATTRIBUTE = struct.Struct("=HH")  # length, type
_ERROR = struct.Struct("=i")
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NESTED, _TYPE_MASK = 0x8000, 0x3FFF
_SOL_NETLINK, _NETLINK_CAP_ACK = 270, 10
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33
_BUFFER = 16 << 20
_DATAGRAM = 1 << 16  # the kernel sends at most 32 KiB at once
_PATIENCE = struct.pack("@ll", 1, 0)  # the kernel answers within send(); a lost answer must not hang the daemon

_NFNL_BATCH_BEGIN, _NFNL_BATCH_END = 0x10, 0x11
_NFNL_SUBSYS_NFTABLES = 10
_NFPROTO_NETDEV = 5


class Request(IntFlag):
    """Flags of a request (NLM_F_*)."""

    PLAIN = 0x001
    ACK = 0x004
    EXCL = 0x200
    DUMP = 0x300
    CREATE = 0x400
    APPEND = 0x800


@dataclass(frozen=True, slots=True)
class Message:
    """One netlink message: type, flags beyond REQUEST, and everything after the netlink header."""

    kind: int
    body: bytes
    flags: int = 0


def attribute(kind: int, payload: bytes) -> bytes:
    """One attribute, padded to four bytes."""
    length = _ATTRIBUTE.size + len(payload)
    return _ATTRIBUTE.pack(length, kind) + payload + bytes(-length % 4)


def text_attribute(kind: int, text: str) -> bytes:
    """An attribute that holds a C string."""
    return attribute(kind, text.encode() + b"\0")


def nested(kind: int, *children: bytes) -> bytes:
    """An attribute that holds attributes. At most 64 KiB."""
    return attribute(kind | _NESTED, b"".join(children))


def attributes(data: bytes, offset: int = 0) -> Iterator[tuple[int, bytes]]:
    """The attributes from ``offset`` on: type and payload."""
    while offset + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        yield kind & _TYPE_MASK, data[offset + _ATTRIBUTE.size : offset + length]
        offset += max(_aligned(length), _ATTRIBUTE.size)


def nftables(kind: int, payload: bytes, flags: int = 0) -> Message:
    """A message for nf_tables, family netdev."""
    return _netfilter(_NFNL_SUBSYS_NFTABLES << 8 | kind, payload, flags, _NFPROTO_NETDEV)


class NetlinkSocket:
    """One netlink socket in the network namespace of the thread that makes it. Not for several threads at once.

    Every method raises KernelError with the kernel's errno. Nothing blocks longer than the kernel works.
    """

    def __init__(self, protocol: int, groups: int = 0) -> None:
        self._sequence = 0
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        try:
            self._socket.setsockopt(_SOL_NETLINK, _NETLINK_CAP_ACK, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _PATIENCE)
            self._socket.bind((0, groups))
        except OSError as error:
            self._socket.close()
            raise _refusal(error) from error

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def enlarge(self) -> None:
        """Makes room for transactions of tens of thousands of objects, as far as it is allowed.

        Root of a user namespace may change its own nftables, but not exceed the host's limits of socket buffers.
        """
        for force, ask in ((_SO_SNDBUFFORCE, socket.SO_SNDBUF), (_SO_RCVBUFFORCE, socket.SO_RCVBUF)):
            try:
                self._socket.setsockopt(socket.SOL_SOCKET, force, _BUFFER)
            except PermissionError:
                self._socket.setsockopt(socket.SOL_SOCKET, ask, _BUFFER)

    def request(self, message: Message) -> list[bytes]:
        """Sends one request; returns the bodies of the answers, all of them for a dump."""
        self._send([message])
        answers: list[bytes] = []
        while True:
            for kind, sequence, body in _messages(self._receive()):
                if sequence != self._sequence:  # late answer to a request that failed
                    continue
                if kind in (_NLMSG_ERROR, _NLMSG_DONE):
                    _check(body)
                    return answers
                answers.append(body)

    def transaction(self, messages: Sequence[Message]) -> None:
        """Carries out nf_tables messages: all of them or none."""
        last = Message(messages[-1].kind, messages[-1].body, messages[-1].flags | Request.ACK)
        begin = _netfilter(_NFNL_BATCH_BEGIN, b"", resource=_NFNL_SUBSYS_NFTABLES)
        end = _netfilter(_NFNL_BATCH_END, b"", resource=_NFNL_SUBSYS_NFTABLES)
        first = self._sequence + 1
        self._send([begin, *messages[:-1], last, end])
        acknowledged = False
        for kind, sequence, body in self._queued():
            if kind == _NLMSG_ERROR and sequence >= first:
                _check(body)
                acknowledged |= sequence == self._sequence - 1
        if not acknowledged:
            raise KernelError(errno.EIO, "no answer from nf_tables")

    def discard(self) -> int:
        """Takes all notifications that wait and says how many. Raises KernelError (ENOBUFS) if some were lost."""
        return sum(1 for _ in self._queued())

    def _send(self, messages: Iterable[Message]) -> None:
        parts = []
        for message in messages:
            self._sequence += 1
            flags = message.flags | Request.PLAIN
            length = _HEADER.size + len(message.body)
            parts.append(_HEADER.pack(length, message.kind, flags, self._sequence, 0) + message.body)
        try:
            self._socket.send(b"".join(parts))
        except OSError as error:
            raise _refusal(error) from error

    def _receive(self, flags: int = 0) -> bytes:
        try:
            return self._socket.recv(_DATAGRAM, flags)
        except OSError as error:
            raise _refusal(error) from error

    def _queued(self) -> Iterator[tuple[int, int, bytes]]:
        while True:
            try:
                datagram = self._receive(socket.MSG_DONTWAIT)
            except KernelError as error:
                if error.errno == errno.EAGAIN:
                    return
                raise
            yield from _messages(datagram)


def _netfilter(kind: int, payload: bytes, flags: int = 0, family: int = 0, resource: int = 0) -> Message:
    return Message(kind, struct.pack(">BBH", family, 0, resource) + payload, flags)


def _messages(datagram: bytes) -> Iterator[tuple[int, int, bytes]]:
    offset = 0
    while offset + _HEADER.size <= len(datagram):
        length, kind, _, sequence, _ = _HEADER.unpack_from(datagram, offset)
        yield kind, sequence, datagram[offset + _HEADER.size : offset + length]
        offset += max(_aligned(length), _HEADER.size)


def _check(body: bytes) -> None:
    """An NLMSG_ERROR or NLMSG_DONE begins with the negative errno, or 0."""
    number = -_ERROR.unpack_from(body)[0] if len(body) >= _ERROR.size else 0
    if number:
        raise KernelError(number, os.strerror(number))


def _refusal(error: OSError) -> KernelError:
    return KernelError(error.errno, error.strerror)


def _aligned(length: int) -> int:
    return (length + 3) & ~3
