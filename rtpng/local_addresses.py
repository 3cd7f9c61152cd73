"""The addresses of this host, as the kernel lists them (rtnetlink's RTM_GETADDR; needs no privilege)."""

import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from struct import Struct

from kernel.netlink import NETLINK_ROUTE, Message, NetlinkSocket, Request, attributes

_RTM_GETLINK, _RTM_GETADDR = 18, 22
_IFLA_IFNAME = 3
_IFA_ADDRESS, _IFA_LOCAL, _IFA_LABEL = 1, 2, 3
_IFA_F_UNUSABLE = 0x48  # IFA_F_DADFAILED, IFA_F_TENTATIVE: cannot be bound
_IFF_UP, _IFF_LOOPBACK = 0x1, 0x8
_LINK = Struct("=BxHiII")  # ifinfomsg: family, type, index, flags, change
_ADDRESS = Struct("=BBBBI")  # ifaddrmsg: family, prefix length, flags, scope, index


@dataclass(frozen=True, slots=True)
class LocalAddress:
    """One address of one device; ``label`` is the device's name, or its IPv4 alias such as ``eth0:1``."""

    device: str
    label: str
    address: str
    loopback: bool = False
    up: bool = True


def local_addresses() -> tuple[LocalAddress, ...]:
    """All addresses that can be bound, in the kernel's order. Raises OSError."""
    with closing(NetlinkSocket(NETLINK_ROUTE)) as netlink:
        links = netlink.request(Message(_RTM_GETLINK, bytes(_LINK.size), Request.DUMP))
        addresses = netlink.request(Message(_RTM_GETADDR, bytes(_ADDRESS.size), Request.DUMP))
    devices = {_LINK.unpack_from(link)[2]: link for link in links}
    return tuple(found for address in addresses if (found := _read(address, devices)) is not None)


def _read(address: bytes, devices: Mapping[int, bytes]) -> LocalAddress | None:
    family, _prefix, flags, _scope, index = _ADDRESS.unpack_from(address)
    found = dict(attributes(address, _ADDRESS.size))
    # The far end of a point-to-point link stands in IFA_ADDRESS; ours is IFA_LOCAL then.
    packed = found.get(_IFA_LOCAL) or found.get(_IFA_ADDRESS)
    link = devices.get(index)  # None: the device came between the two lists
    if packed is None or link is None or flags & _IFA_F_UNUSABLE:
        return None
    state = _LINK.unpack_from(link)[3]
    name = dict(attributes(link, _LINK.size))[_IFLA_IFNAME]
    return LocalAddress(
        _text(name),
        _text(found.get(_IFA_LABEL, name)),
        socket.inet_ntop(family, packed),
        loopback=bool(state & _IFF_LOOPBACK),
        up=bool(state & _IFF_UP),
    )


def _text(name: bytes) -> str:
    return name.rstrip(b"\0").decode(errors="replace")


def resolve(name: str) -> tuple[str, ...]:
    """The numeric addresses of a host name, IPv4 and IPv6, in the resolver's order. Raises OSError."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def address_of_default_route() -> str | None:
    """The address that packets into the internet would leave from, or None without a route; sends nothing."""
    # TEST-NET-1 (RFC 5737) and the documentation prefix (RFC 3849): never a neighbour, so the default route decides.
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))
                return str(probe.getsockname()[0])
        except OSError:
            continue
    return None
