"""What the kernel does so that workers read and send past the sockets: rings, flows that lead there, neighbours."""

import logging
import socket
from collections.abc import Callable, Iterable
from contextlib import ExitStack

from kernel.elements import NextHop
from kernel.errors import KernelError
from kernel.flow import Flow, FlowChange
from kernel.neighbours import Link, Neighbours
from kernel.ring import packet_socket
from kernel.routes import RouteMonitor, Routes
from kernel.table import FlowTable
from rtpng.media.worker.orders import Hop
from sipcore.address import Address

logger = logging.getLogger(__name__)

_NONE: frozenset[Flow] = frozenset()


class KernelBypass:
    """See ``rtpng.media.detour.Bypass``. ``table``: the flow table of this moment."""

    def __init__(self, table: Callable[[], FlowTable]) -> None:
        self._table = table
        self._devices: dict[int, int] = {}  # by worker: the one that flows to it lead to
        self._ways: _Ways | None = None
        self._complained = False

    def tap(self, worker: int) -> tuple[str, socket.socket, socket.socket] | None:
        if not self._table().active:
            return None
        with ExitStack() as undo:
            try:
                receiver = undo.enter_context(packet_socket(socket.SOCK_DGRAM))
                sender = undo.enter_context(packet_socket(socket.SOCK_RAW))
                ring = self._table().ring(worker)
                self._ways = self._ways or _Ways()
            except KernelError as error:
                self._complain("no ring", error)
                return None
            undo.pop_all()
        self._devices[worker] = ring.device
        return ring.tap, receiver, sender

    def refresh(self) -> None:
        if self._ways is not None:
            self._ways.refresh()

    def hop(self, source: str, target: str) -> Hop | None:
        return self._ways.hop(source, target) if self._ways is not None else None

    def divert(self, worker: int, ways: Iterable[tuple[Address, Address]]) -> None:
        self._change(FlowChange(_NONE, frozenset(self._flow(worker, *way) for way in ways)))

    def restore(self, worker: int, ways: Iterable[tuple[Address, Address]]) -> None:
        self._change(FlowChange(frozenset(self._flow(worker, *way) for way in ways), _NONE))

    def close(self) -> None:
        if self._ways is not None:
            self._ways.close()
            self._ways = None

    def _flow(self, worker: int, local: Address, remote: Address) -> Flow:
        """Its packets reach the ring as they came."""
        return Flow(local, remote, remote, local, through=self._devices[worker])

    def _change(self, change: FlowChange) -> None:
        try:
            self._table().apply(change)
        except KernelError as error:
            self._complain("the kernel refuses", error)

    def _complain(self, what: str, error: KernelError) -> None:
        if not self._complained:
            self._complained = True
            logger.warning("SRTP takes the sockets of its workers, which is slower: %s (%s)", what, error.strerror)


class _Ways:
    """Routes and link addresses, each looked up once until something has changed."""

    def __init__(self) -> None:
        self._routes, self._neighbours, self._monitor = Routes(), Neighbours(), RouteMonitor()
        self._hops: dict[tuple[str, str], NextHop | None] = {}
        self._links: dict[NextHop, Link | None] = {}

    def refresh(self) -> None:
        self._links.clear()
        if self._monitor.drain():
            self._hops.clear()

    def hop(self, source: str, target: str) -> Hop | None:
        way = source, target
        if way not in self._hops:
            self._hops[way] = self._routes.next_hop(target, source)
        hop = self._hops[way]
        if hop is None:
            return None
        if hop not in self._links:
            self._links[hop] = self._neighbours.link(hop)
        link = self._links[hop]
        return None if link is None else Hop(hop.oif, link.source, link.target)

    def close(self) -> None:
        for each in (self._routes, self._neighbours, self._monitor):
            each.close()
