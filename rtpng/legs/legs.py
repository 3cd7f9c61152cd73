"""All legs of a daemon: who a datagram is for, when which of them has to be woken, and what they have to send."""

import heapq
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from rtpng.dtls.queue import HandshakeQueue
from rtpng.legs.leg import Leg, Surroundings
from rtpng.legs.spec import LegSpec
from rtpng.legs.status import status
from sipcore.address import Address
from sipcore.demux import Kind, classify

if TYPE_CHECKING:
    from rtpng.dtls.transport import DtlsTransport

_NEVER = float("inf")

Send = Callable[[Address, Address, bytes], object]  # from our port, to the peer


class Handle(Protocol):
    def cancel(self) -> None: ...


class Loop(Protocol):
    """The part of an event loop that wakes legs; times are those of the daemon's monotonic clock."""

    def call_soon(self, callback: Callable[[], None], /) -> object: ...
    def call_at(self, when: float, callback: Callable[[], None], /) -> Handle: ...


@dataclass(slots=True)
class Entry:
    """A leg, the ports by which it is found, and when it will be woken."""

    leg: Leg
    ports: list[Address] = field(default_factory=list)
    transports: "list[DtlsTransport]" = field(default_factory=list)
    wakes_at: float = _NEVER


@dataclass(slots=True)
class Legs:
    """Applies LegSpecs. Everything that a peer sends ends here: nothing that arrives raises."""

    send: Send
    loop: Loop
    now: Callable[[], float]
    around: Surroundings
    _legs: dict[Address, Entry] = field(default_factory=dict)  # by name
    _ports: dict[Address, Entry] = field(default_factory=dict)
    _transports: "dict[DtlsTransport, Entry]" = field(default_factory=dict)
    _handshakes: HandshakeQueue = field(default_factory=HandshakeQueue)
    _due: list[tuple[float, Address]] = field(default_factory=list)
    _alarm: Handle | None = None
    _alarm_at: float = _NEVER
    _serving: bool = False

    def apply(self, remove: Collection[LegSpec], add: Collection[LegSpec]) -> None:
        """A spec that is added takes the place of the one with its name."""
        now = self.now()
        wanted = {spec.name: spec for spec in add}
        for name in {spec.name for spec in remove} - wanted.keys():
            self._stop(name)
        for spec in wanted.values():
            entry = self._legs.get(spec.name)
            if entry is None:
                entry = self._legs[spec.name] = Entry(Leg(spec.name, self.around))
            entry.leg.follow(spec, now)
            self._index(entry)
            self._settle(entry, now)

    def receive(self, local: Address, source: Address, data: bytes, now: float) -> None:
        """A datagram of STUN or DTLS. Checks are answered at once, handshakes wait for their turn."""
        entry = self._ports.get(local)
        if entry is None:
            return
        if classify(data) is Kind.STUN:
            entry.leg.receive_stun(local, source, data, now)
            self._settle(entry, now)
            return
        found = entry.leg.dtls_port(local, source)
        if found is not None:
            self._handshakes.put(found[0], data, found[1])
            self._serve_soon()

    def allows(self, local: Address, source: Address) -> bool:
        """Whether media of this source may be looked at."""
        entry = self._ports.get(local)
        return entry is not None and entry.leg.allows(local, source)

    def status(self, local: Address) -> dict[str, Any]:
        """The state of the leg behind a port; {} where there is none."""
        entry = self._ports.get(local)
        return status(entry.leg) if entry is not None else {}

    @property
    def dropped(self) -> int:
        """Datagrams of handshakes that found the queue full."""
        return self._handshakes.dropped

    def close(self) -> None:
        """Says farewell on all legs and stops for good."""
        for name in tuple(self._legs):
            self._stop(name)
        if self._alarm is not None:
            self._alarm.cancel()
        self._due.clear()

    def __len__(self) -> int:
        return len(self._legs)

    def _stop(self, name: Address) -> None:
        entry = self._legs.pop(name, None)
        if entry is not None:
            entry.leg.close()
            self._send(entry.leg)
            self._forget(entry)

    def _index(self, entry: Entry) -> None:
        self._forget(entry)
        ice, dtls = entry.leg.spec.ice, entry.leg.spec.dtls
        entry.ports = [base.local for base in ice.bases] if ice is not None else []
        entry.ports += [local for _, local, _ in dtls.ports] if dtls is not None else []
        entry.transports = [port.transport for port in entry.leg.ports.values()]
        self._ports.update(dict.fromkeys(entry.ports, entry))
        self._transports.update(dict.fromkeys(entry.transports, entry))

    def _forget(self, entry: Entry) -> None:
        for local in entry.ports:
            if self._ports.get(local) is entry:
                del self._ports[local]
        for transport in entry.transports:
            self._transports.pop(transport, None)

    def _settle(self, entry: Entry, now: float) -> None:
        """After anything that happened to a leg: send, tell, and wake it in time."""
        leg = entry.leg
        self._send(leg)
        leg.tell(now)
        self._send(leg)
        due = leg.timer()
        if due is not None and due < entry.wakes_at and self._legs.get(leg.name) is entry:
            entry.wakes_at = due
            heapq.heappush(self._due, (due, leg.name))
            self._set_alarm()

    def _send(self, leg: Leg) -> None:
        for local, target, data in leg.outgoing():
            self.send(local, target, data)

    def _serve_soon(self) -> None:
        if not self._serving:
            self._serving = True
            self.loop.call_soon(self._serve)

    def _serve(self) -> None:
        self._serving = False
        for transport in self._handshakes.serve(self.now):
            entry = self._transports.get(transport)
            if entry is not None:  # and not gone meanwhile
                self._settle(entry, self.now())
        if len(self._handshakes):
            self._serve_soon()

    def _set_alarm(self) -> None:
        if self._due and self._due[0][0] < self._alarm_at:
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm_at = self._due[0][0]
            self._alarm = self.loop.call_at(self._alarm_at, self._ring)

    def _ring(self) -> None:
        self._alarm, self._alarm_at = None, _NEVER
        now = self.now()
        while self._due and self._due[0][0] <= now:
            when, name = heapq.heappop(self._due)
            entry = self._legs.get(name)
            if entry is not None and entry.wakes_at == when:
                entry.wakes_at = _NEVER
                entry.leg.on_time(now)
                self._settle(entry, now)
        self._set_alarm()
