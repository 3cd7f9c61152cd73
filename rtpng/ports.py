"""Every media port and its open socket: one owner. A port is free when binding it has succeeded, not before."""

import errno
import logging
import random
import socket
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Final, Literal, NamedTuple, TypeAlias

from rtpng.errors import ExhaustedError, NgError
from rtpng.interfaces import Interface
from sipcore.address import Address, Family

log = logging.getLogger(__name__)

Socket: TypeAlias = socket.socket
OpenSocket: TypeAlias = Callable[[Address], Socket]

RECEIVE_BUFFER: Final = 512 * 1024  # bytes: a second of a fast video stream while the daemon is busy
_ANY: Final = frozenset({"", "0.0.0.0", "::"})
_NOTHING_LEFT: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_RESTING: Final = 64  # single ports that wait before the first of them is used again: late packets find nobody


class Usage(NamedTuple):
    """Ports of one range: ours, free, and all of them. The rest was last seen taken by other programs."""

    used: int
    free: int
    total: int


class PortPool:
    """The media ports of all interfaces. Interfaces of one address share its ports, also when their ranges differ.

    ``excluded``: control ports, never given out; an unspecified host (0.0.0.0, ::) excludes its port everywhere.
    Every method that takes an interface raises KeyError for one that the pool was not made with.
    """

    def __init__(
        self,
        interfaces: Iterable[Interface],
        excluded: Collection[Address] = (),
        open_socket: OpenSocket | None = None,
        chance: random.Random | None = None,
    ) -> None:
        chance = chance or random.Random()
        self._open_socket = open_socket or open_media_socket
        self._sockets: dict[Address, Socket] = {}
        self._foreign: defaultdict[str, set[int]] = defaultdict(set)
        self._ranges: dict[tuple[str, int, int], _Range] = {}
        self._sharing: defaultdict[str, list[_Range]] = defaultdict(list)
        for interface in interfaces:
            if _key(interface) not in self._ranges:
                control = {port for host, port in excluded if host == interface.address or host in _ANY}
                never = control | interface.exclude_ports
                self._ranges[_key(interface)] = free = _Range(interface, frozenset(never), chance)
                self._sharing[interface.address].append(free)

    def acquire(self, interface: Interface, count: Literal[1, 2]) -> tuple[Address, ...]:
        """Opens one port, or an even one (RTP) and the next (RTCP); ports taken by other programs are passed over.

        Raises ExhaustedError when no port can be had, for lack of ports, descriptors or memory; NgError when the
        system refuses to open any (address gone). Nothing stays acquired then.
        """
        try:
            for ports in self._ranges[_key(interface)].in_turn(count):
                addresses = tuple(Address(interface.address, port) for port in ports)
                if self._opened(addresses):
                    return addresses
        except OSError as error:
            raise _refusal(interface, count, error) from error
        _log_failure(interface, count, self._told(interface))
        raise ExhaustedError("Ran out of ports")

    def release(self, addresses: Collection[Address]) -> None:
        """Closes ports and queues them last. Raises KeyError if one is not ours, before any change."""
        opened = {address: self._sockets[address] for address in addresses}
        for (host, port), sock in opened.items():
            sock.close()
            del self._sockets[Address(host, port)]
            for free in self._sharing[host]:
                free.give(port)

    def socket(self, address: Address) -> Socket:
        """The open socket of an acquired port; KeyError for any other."""
        return self._sockets[address]

    def usage(self, interface: Interface) -> Usage:
        """How full the range of an interface is, all interfaces of its address counted in."""
        free = self._ranges[_key(interface)]
        foreign = sum(port in free for port in self._foreign[interface.address])
        return Usage(used=free.total - free.left, free=free.left - foreign, total=free.total)

    @contextmanager
    def reservation(self) -> Iterator["Reservation"]:
        """All or nothing: what is acquired through the reservation is released when the block ends by an exception."""
        reservation = Reservation(self)
        try:
            yield reservation
        except BaseException:
            self.release(reservation.acquired)
            raise

    def close(self) -> None:
        """Releases every port."""
        self.release(tuple(self._sockets))

    def _opened(self, addresses: tuple[Address, ...]) -> bool:
        """Opens all or none; False when another program has one of them. Raises OSError for any other refusal."""
        opened: dict[Address, Socket] = {}
        for address in addresses:
            try:
                opened[address] = self._open_socket(address)
            except OSError as error:
                for sock in opened.values():
                    sock.close()
                if error.errno != errno.EADDRINUSE:
                    raise
                self._foreign[address.host].add(address.port)
                return False
        self._keep(opened)
        return True

    def _keep(self, opened: dict[Address, Socket]) -> None:
        self._sockets.update(opened)
        for host, port in opened:
            self._foreign[host].discard(port)
            for free in self._sharing[host]:
                free.take(port)

    def _told(self, interface: Interface) -> str:
        used, free, total = self.usage(interface)
        return f"{used} used, {free} free, {total - used - free} taken by other programs, {total} in all"


class Reservation:
    """What one request has acquired so far; see ``PortPool.reservation``."""

    def __init__(self, pool: PortPool) -> None:
        self._pool = pool
        self.acquired: list[Address] = []

    def acquire(self, interface: Interface, count: Literal[1, 2]) -> tuple[Address, ...]:
        """As ``PortPool.acquire``."""
        addresses = self._pool.acquire(interface, count)
        self.acquired += addresses
        return addresses


class _Range:
    """The ports of one range that are not ours, in the order in which they are tried.

    A port whose neighbour is free as well is kept as half of a pair, under the even number.
    """

    def __init__(self, interface: Interface, excluded: frozenset[int], chance: random.Random) -> None:
        self._numbers = range(interface.port_min, interface.port_max + 1)
        self._excluded = excluded.intersection(self._numbers)
        self.total = len(self._numbers) - len(self._excluded)
        self._pairs: OrderedDict[int, None] = OrderedDict.fromkeys(self._whole_pairs(interface, chance))
        self._singles: OrderedDict[int, None] = OrderedDict()
        for port in (interface.port_min, interface.port_max, *(port ^ 1 for port in self._excluded)):
            if port in self and port & ~1 not in self._pairs:
                self._singles[port] = None

    def _whole_pairs(self, interface: Interface, chance: random.Random) -> list[int]:
        """Their even numbers, shuffled: nobody shall guess which port comes next."""
        even = range(interface.port_min + interface.port_min % 2, interface.port_max, 2)
        broken = {port & ~1 for port in self._excluded}
        pairs = (port for port in even if port not in broken) if broken else even
        return sorted(pairs, key=lambda _: chance.random())  # a quarter of the time that shuffle() takes

    def __contains__(self, port: int) -> bool:
        return port in self._numbers and port not in self._excluded

    @property
    def left(self) -> int:
        """Number of ports that are not ours."""
        return 2 * len(self._pairs) + len(self._singles)

    def take(self, port: int) -> None:
        """Notes that a port is ours; one of another range changes nothing."""
        if port & ~1 in self._pairs:
            del self._pairs[port & ~1]
            self._singles[port ^ 1] = None
        else:
            self._singles.pop(port, None)

    def give(self, port: int) -> None:
        """Puts a port that was ours at the end of the queue; one of another range changes nothing."""
        if port not in self:
            return
        if port ^ 1 in self._singles:
            del self._singles[port ^ 1]
            self._pairs[port & ~1] = None
        else:
            self._singles[port] = None

    def in_turn(self, count: Literal[1, 2]) -> Iterator[tuple[int, ...]]:
        """The ports to try, each at most once; what has been tried goes to the end of the queue."""
        if count == 2:
            return ((port, port + 1) for port in _rotate(self._pairs))
        halves = ((port + half,) for port in _rotate(self._pairs) for half in (0, 1))
        singles = ((port,) for port in _rotate(self._singles))
        return chain(singles, halves) if len(self._singles) > _RESTING else chain(halves, singles)


def open_media_socket(address: Address) -> Socket:
    """A bound, non-blocking UDP socket that shares its port with nobody. Raises OSError."""
    family = socket.AF_INET6 if address.family is Family.IP6 else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(address)
    except OSError:
        opened.close()
        raise
    return opened


def _refusal(interface: Interface, count: int, error: OSError) -> NgError:
    if error.errno not in _NOTHING_LEFT:
        return NgError(f"Cannot open a media port on {interface.address}: {error.strerror}")
    _log_failure(interface, count, str(error.strerror))
    return ExhaustedError("Ran out of ports")


def _log_failure(interface: Interface, count: int, reason: str) -> None:
    text = "Failed to get %d consecutive ports on interface %s (%s, %d-%d): %s"
    log.error(text, count, interface.address, interface.name, interface.port_min, interface.port_max, reason)


def _key(interface: Interface) -> tuple[str, int, int]:
    return interface.address, interface.port_min, interface.port_max


def _rotate(queue: OrderedDict[int, None]) -> Iterator[int]:
    """Every element once, from the front; each has moved to the end before it is handed out."""
    for _ in range(len(queue)):
        port = next(iter(queue))
        queue.move_to_end(port)
        yield port
