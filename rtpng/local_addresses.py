"""The addresses of this host, as the kernel lists them (rtnetlink's RTM_GETADDR; needs no privilege)."""

import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

_RTM_NEWADDR, _RTM_GETADDR = 20, 22
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NLM_F_REQUEST_DUMP = 0x301
_IFA_ADDRESS, _IFA_LOCAL, _IFA_LABEL = 1, 2, 3
_IFA_F_UNUSABLE = 0x48  # IFA_F_DADFAILED, IFA_F_TENTATIVE: cannot be bound
_SIOCGIFFLAGS = 0x8913
_IFF_UP, _IFF_LOOPBACK = 0x1, 0x8
_HEADER = struct.Struct("=LHHLL")  # nlmsghdr
_ADDRESS = struct.Struct("=BBBBI")  # ifaddrmsg
_ATTRIBUTE = struct.Struct("=HH")  # rtattr
_LARGEST_BATCH = 1 << 16


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
    request = _HEADER.pack(_HEADER.size + _ADDRESS.size, _RTM_GETADDR, _NLM_F_REQUEST_DUMP, 1, 0) + bytes(_ADDRESS.size)
    with (
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device_control,
    ):
        netlink.send(request)
        return tuple(found for body in _bodies(netlink) if (found := _read(body, device_control)))


def _bodies(netlink: socket.socket) -> Iterator[bytes]:
    while True:
        for kind, body in _messages(netlink.recv(_LARGEST_BATCH)):
            if kind == _NLMSG_DONE:
                return
            if kind == _NLMSG_ERROR:
                code = -struct.unpack_from("=i", body)[0]
                raise OSError(code, os.strerror(code))
            if kind == _RTM_NEWADDR:
                yield body


def _messages(batch: bytes) -> Iterator[tuple[int, bytes]]:
    while len(batch) >= _HEADER.size:
        length, kind, _flags, _sequence, _port = _HEADER.unpack_from(batch)
        yield kind, batch[_HEADER.size : length]
        batch = batch[max(_aligned(length), _HEADER.size) :]


def _read(body: bytes, device_control: socket.socket) -> LocalAddress | None:
    family, _prefix, flags, _scope, index = _ADDRESS.unpack_from(body)
    attributes = dict(_attributes(body[_ADDRESS.size :]))
    # The far end of a point-to-point link stands in IFA_ADDRESS; ours is IFA_LOCAL then.
    packed = attributes.get(_IFA_LOCAL) or attributes.get(_IFA_ADDRESS)
    if packed is None or flags & _IFA_F_UNUSABLE:
        return None
    device = socket.if_indextoname(index)
    state = _device_flags(device, device_control)
    label = attributes.get(_IFA_LABEL, device.encode()).rstrip(b"\0").decode()
    return LocalAddress(
        device, label, socket.inet_ntop(family, packed), loopback=bool(state & _IFF_LOOPBACK), up=bool(state & _IFF_UP)
    )


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(data)
        yield kind, data[_ATTRIBUTE.size : length]
        data = data[max(_aligned(length), _ATTRIBUTE.size) :]


def _aligned(length: int) -> int:
    return (length + 3) & ~3


def _device_flags(device: str, device_control: socket.socket) -> int:
    answer = fcntl.ioctl(device_control, _SIOCGIFFLAGS, struct.pack("16sH14x", device.encode(), 0))
    return int(struct.unpack_from("16xH", answer)[0])


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
