"""All calls of one daemon, by Call-ID, and whose local port is whose."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rtpng.calls.model import Call, Endpoint, MediaStream
from sipcore.address import Address
from sipcore.record import record


@record
class Owner:
    """To whom a local port belongs: ``streams`` are those of one party that share it, else it is one."""

    call: Call
    streams: tuple[MediaStream, ...]
    endpoint: Endpoint

    @property
    def stream(self) -> MediaStream:
        """The first stream. Which port is for RTP and which for RTCP, all of them agree on."""
        return self.streams[0]


@dataclass(slots=True)
class Registry:
    """The calls, and an index of their local ports that ``index`` keeps up to date."""

    calls: dict[str, Call] = field(default_factory=dict)
    _aliases: dict[str, Call] = field(default_factory=dict)  # by the Call-IDs of calls that were merged into others
    _owners: dict[Address, Owner] = field(default_factory=dict)
    _ports: dict[str, frozenset[Address]] = field(default_factory=dict)

    def get(self, call_id: str | None) -> Call | None:
        return self.calls.get(call_id) or self._aliases.get(call_id) if call_id is not None else None

    @property
    def call_ids(self) -> list[str]:
        """All by which a call can be found, those of merged ones too."""
        return [*self.calls, *self._aliases]

    def add(self, call: Call) -> None:
        self.calls[call.call_id] = call

    def index(self, call: Call) -> frozenset[Address]:
        """Takes note of the call's ports; returns those that it no longer has."""
        streams: dict[Endpoint, list[MediaStream]] = {}
        for stream in (s for party in call.parties for s in party.streams):
            for endpoint in stream.endpoints:
                streams.setdefault(endpoint, []).append(stream)
        owners = {e.local: Owner(call, tuple(sharing), e) for e, sharing in streams.items()}
        gone = self._ports.get(call.call_id, frozenset()) - owners.keys()
        for address in gone:
            del self._owners[address]
        self._owners.update(owners)
        self._ports[call.call_id] = frozenset(owners)
        return gone

    def merge(self, call: Call, other: Call) -> None:
        """What was ``other`` is part of ``call``, and found there under both Call-IDs."""
        self.calls.pop(other.call_id, None)
        self._aliases[other.call_id] = call
        self._aliases.update({name: call for name, known in self._aliases.items() if known is other})
        both = self._ports.get(call.call_id, frozenset()) | self._ports.pop(other.call_id, frozenset())
        self._ports[call.call_id] = both

    def remove(self, call: Call) -> frozenset[Address]:
        """Forgets the call; returns the ports that it had."""
        self.calls.pop(call.call_id, None)
        if self._aliases:
            self._aliases = {name: known for name, known in self._aliases.items() if known is not call}
        ports = self._ports.pop(call.call_id, frozenset())
        for address in ports:
            self._owners.pop(address, None)
        return ports

    def owner(self, local: Address) -> Owner | None:
        """Whose port this is."""
        return self._owners.get(local)

    def __iter__(self) -> Iterator[Call]:
        return iter(tuple(self.calls.values()))

    def __len__(self) -> int:
        return len(self.calls)
