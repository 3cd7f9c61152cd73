"""UDP sockets that know which local address a datagram was sent to, and can answer from it (ip(7), ipv6(7))."""

import ipaddress
import socket
import struct

from rtpng.listening import set_tos
from sipcore.address import Address, Family, family_of
from sipcore.record import record

# Linux numbers that Python's socket module has no names for in all supported versions.
_IP_PKTINFO = 8
_IP_MTU_DISCOVER, _IPV6_MTU_DISCOVER = 10, 23
_DISCOVERY = {"dont": 0, "want": 1}  # whether the path's MTU is discovered, by datagrams that must not be fragmented
_ANY = frozenset({"0.0.0.0", "::"})
_ASK_ADDRESS = socket.IPPROTO_IP, _IP_PKTINFO
_ASK_ADDRESS6 = socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO
_IN_PKTINFO = struct.Struct("@I4s4s")  # interface index, local address, destination in the header
_IN6_PKTINFO = struct.Struct("@16sI")  # local address, interface index

_MAX_DATAGRAM = 65_535
_ANCILLARY = socket.CMSG_SPACE(_IN_PKTINFO.size) + socket.CMSG_SPACE(_IN6_PKTINFO.size)

Ancillary = tuple[int, int, bytes]


@record
class Received:
    """One datagram: who sent it, and what the reply must carry to leave from the address that it was sent to."""

    data: bytes
    client: Address
    return_path: tuple[object, ...]  # the socket address, with the scope of a link-local client
    return_info: tuple[Ancillary, ...]


def listen(host: str, port: int, tos: int = 0, pmtu: str | None = None) -> socket.socket:
    """A bound, non-blocking socket of ``host``'s family alone. Raises OSError.

    ``tos`` 0 leaves the system's; so does ``pmtu`` None, else "want" or "dont" (path MTU discovery).
    """
    version6 = family_of(host) is Family.IP6
    bound = socket.socket(socket.AF_INET6 if version6 else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        _set_options(bound, host, pmtu)
        if tos:
            set_tos(bound, tos)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def _set_options(bound: socket.socket, host: str, pmtu: str | None) -> None:
    version6 = bound.family == socket.AF_INET6
    if version6:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if host in _ANY:  # replies of a socket of one address leave from it anyway, and cost a third less
        bound.setsockopt(*(_ASK_ADDRESS6 if version6 else _ASK_ADDRESS), 1)
    if pmtu is not None and version6:
        bound.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _DISCOVERY[pmtu])
    elif pmtu is not None:
        bound.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _DISCOVERY[pmtu])


def receive(bound: socket.socket) -> Received:
    """One datagram. Raises BlockingIOError when there is none, OSError for a delivery failure reported late."""
    data, ancillary, _, source = bound.recvmsg(_MAX_DATAGRAM, _ANCILLARY)
    info = tuple(answer for answer in map(_return_info, ancillary) if answer is not None)
    return Received(data, Address(source[0], source[1]), source, info)


def reply(bound: socket.socket, received: Received, data: bytes) -> None:
    """Sends ``data`` back. Raises OSError."""
    bound.sendmsg([data], received.return_info, 0, received.return_path)


def _return_info(ancillary: Ancillary) -> Ancillary | None:
    level, kind, data = ancillary
    if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO):
        _, local, _ = _IN_PKTINFO.unpack(data)
        return level, kind, _IN_PKTINFO.pack(0, local, bytes(4))
    if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
        local, index = _IN6_PKTINFO.unpack(data)
        return level, kind, _IN6_PKTINFO.pack(local, _reply_interface(local, index))
    return None


def _reply_interface(local: bytes, index: int) -> int:
    """Only a link-local address means something on one interface alone; for others the route decides."""
    return index if ipaddress.IPv6Address(local).is_link_local else 0
