"""Where packets leave the kernel for a worker without passing a socket: a pair of devices, and packet sockets.

What ``fwd`` sends into the first device (``ring``) comes out of the second (``tap``), where a packet socket sees it.
The devices have no addresses and know no neighbours: nothing but our flows leads there.
"""

import errno
import socket
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass

from kernel.errors import KernelError
from kernel.netlink import LINK, NETLINK_ROUTE, Message, NetlinkSocket, Request, attribute, nested, text_attribute

_RTM_NEWLINK, _RTM_DELLINK = 16, 17
_IFLA_IFNAME, _IFLA_LINKINFO, _IFLA_AF_SPEC = 3, 18, 26
_INFO_KIND, _INFO_DATA, _VETH_INFO_PEER = 1, 2, 1
_INET6_ADDR_GEN_MODE, _NONE = 8, b"\x01"
_UP, _NOARP = 0x1, 0x80


@dataclass(frozen=True, slots=True)
class Ring:
    """One pair: the index of the device that flows lead to, and the name of the one that is read."""

    device: int
    tap: str


class Rings:
    """The pairs of one table, by number. ``close`` removes them, ``clear_out`` those of a process that was killed."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._open: dict[int, Ring] = {}

    def open(self, number: int) -> Ring:
        """Makes a pair, if it is not there yet. Raises KernelError."""
        if number not in self._open:
            self._open[number] = _made(f"{self._table}-r{number}", f"{self._table}-t{number}")
        return self._open[number]

    def owns(self, device: str) -> bool:
        """Whether a device is one of a pair, of this process or of one before it."""
        return device.startswith((f"{self._table}-r", f"{self._table}-t"))

    def clear_out(self) -> None:
        """Removes the pairs that another process has left to whoever has the table after it."""
        prefix = f"{self._table}-r"
        _remove_all(name for _, name in socket.if_nameindex() if name.startswith(prefix))

    def close(self) -> None:
        _remove_all(f"{self._table}-r{number}" for number in self._open)
        self._open.clear()


def packet_socket(kind: int) -> socket.socket:
    """A packet socket that receives nothing yet: for whole frames (SOCK_RAW), or without their link headers.

    Raises KernelError without CAP_NET_RAW.
    """
    try:
        return socket.socket(socket.AF_PACKET, kind, 0)
    except OSError as error:
        raise KernelError(error.errno, error.strerror) from error


def _made(ring: str, tap: str) -> Ring:
    with closing(NetlinkSocket(NETLINK_ROUTE)) as netlink:
        netlink.request(_creation(ring, tap))
        try:
            for name in (ring, tap):
                _bring_up(netlink, name)
        except KernelError:
            _remove(netlink, ring)
            raise
        return Ring(socket.if_nametoindex(ring), tap)


def _creation(ring: str, tap: str) -> Message:
    peer = attribute(_VETH_INFO_PEER | 0x8000, LINK.pack(0, 0, 0, 0, 0) + text_attribute(_IFLA_IFNAME, tap))
    veth = nested(_IFLA_LINKINFO, text_attribute(_INFO_KIND, "veth"), nested(_INFO_DATA, peer))
    body = LINK.pack(0, 0, 0, 0, 0) + text_attribute(_IFLA_IFNAME, ring) + veth
    return Message(_RTM_NEWLINK, body, Request.CREATE | Request.EXCL | Request.ACK)


def _bring_up(netlink: NetlinkSocket, name: str) -> None:
    """Without an IPv6 address, which would be announced to the worker, and before that without a voice."""
    quiet = nested(_IFLA_AF_SPEC, nested(socket.AF_INET6, attribute(_INET6_ADDR_GEN_MODE, _NONE)))
    named = text_attribute(_IFLA_IFNAME, name)
    try:
        netlink.request(Message(_RTM_NEWLINK, LINK.pack(0, 0, 0, 0, 0) + named + quiet, Request.ACK))
    except KernelError as error:
        if error.errno not in (errno.EAFNOSUPPORT, errno.EOPNOTSUPP):  # there is no IPv6
            raise
    flags = _UP | _NOARP
    netlink.request(Message(_RTM_NEWLINK, LINK.pack(0, 0, 0, flags, flags) + named, Request.ACK))


def _remove_all(names: Iterable[str]) -> None:
    present = list(names)
    if not present:
        return
    with closing(NetlinkSocket(NETLINK_ROUTE)) as netlink:
        for name in present:
            with suppress(KernelError):  # gone already
                _remove(netlink, name)


def _remove(netlink: NetlinkSocket, name: str) -> None:
    netlink.request(Message(_RTM_DELLINK, LINK.pack(0, 0, 0, 0, 0) + text_attribute(_IFLA_IFNAME, name), Request.ACK))
