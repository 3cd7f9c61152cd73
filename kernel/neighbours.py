"""Link addresses of neighbours, as the kernel knows them: for who sends whole frames past it."""

import socket
import struct
from dataclasses import dataclass
from typing import Final

from kernel.elements import NextHop
from kernel.errors import KernelError
from kernel.netlink import LINK, NETLINK_ROUTE, Message, NetlinkSocket, Request, attribute, attributes
from sipcore.address import Family, family_of

_RTM_GETLINK, _RTM_NEWNEIGH, _RTM_GETNEIGH = 18, 28, 30
_NEIGHBOUR: Final = struct.Struct("=BxxxiHBB")  # struct ndmsg: family, index, state, flags, type
_IFLA_ADDRESS, _NDA_DST, _NDA_LLADDR = 1, 1, 2
_USE: Final = 0x01  # NTF_USE: as if a packet were sent there, so that the kernel sees to it
_KNOWN: Final = 0x02 | 0x04 | 0x08 | 0x10 | 0x80  # NUD_REACHABLE, STALE, DELAY, PROBE, PERMANENT
_ARPHRD_ETHER: Final = 1
_MAC: Final = 6


@dataclass(frozen=True, slots=True)
class Link:
    """How a frame is addressed: our own link address, and the neighbour's."""

    source: bytes
    target: bytes


class Neighbours:
    """Answers from the network namespace in which it was made."""

    def __init__(self) -> None:
        self._netlink = NetlinkSocket(NETLINK_ROUTE)

    def close(self) -> None:
        self._netlink.close()

    def link(self, hop: NextHop) -> Link | None:
        """How frames to a neighbour are addressed; None while it is unknown, and for what is no Ethernet.

        The kernel takes the question for a packet: it looks for a neighbour that it does not know, and from time to
        time asks one that it knows.
        """
        neighbour = self._neighbour(hop)
        own = self._own(hop.oif) if neighbour is not None else None
        return Link(own, neighbour) if own is not None and neighbour is not None else None

    def _neighbour(self, hop: NextHop) -> bytes | None:
        try:
            self._netlink.request(_request(_RTM_NEWNEIGH, hop, _USE, Request.CREATE))
            answer = self._netlink.request(_request(_RTM_GETNEIGH, hop))[0]
        except (KernelError, IndexError):
            return None
        state = _NEIGHBOUR.unpack_from(answer)[2]
        found = dict(attributes(answer, _NEIGHBOUR.size)).get(_NDA_LLADDR, b"")
        return found if state & _KNOWN and len(found) == _MAC and any(found) else None

    def _own(self, device: int) -> bytes | None:
        try:
            answer = self._netlink.request(Message(_RTM_GETLINK, LINK.pack(0, 0, device, 0, 0), Request.ACK))[0]
        except (KernelError, IndexError):
            return None
        own = dict(attributes(answer, LINK.size)).get(_IFLA_ADDRESS, b"")
        return own if LINK.unpack_from(answer)[1] == _ARPHRD_ETHER and len(own) == _MAC else None


def _request(kind: int, hop: NextHop, flags: int = 0, options: int = 0) -> Message:
    family = socket.AF_INET if family_of(hop.host) is Family.IP4 else socket.AF_INET6
    target = attribute(_NDA_DST, socket.inet_pton(family, hop.host))
    return Message(kind, _NEIGHBOUR.pack(family, hop.oif, 0, flags, 0) + target, Request.ACK | options)
