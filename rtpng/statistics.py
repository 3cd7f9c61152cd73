"""Totals over the daemon's life, kept as calls begin and end."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rtpng.calls.expiry import Reason
from rtpng.traffic import StreamStats
from sipcore.address import Address

RATED = 1.0  # seconds that a rate is taken over at least


@dataclass(slots=True)
class Relayed:
    """Packets, bytes and errors of one way of forwarding."""

    packets: int = 0
    bytes: int = 0
    errors: int = 0


@dataclass(slots=True)
class Carried:
    """What has come in and gone out by one address of ours, RTP and RTCP."""

    ingress: Relayed = field(default_factory=Relayed)
    egress: Relayed = field(default_factory=Relayed)

    def add(self, stats: StreamStats) -> None:
        self.ingress.packets += stats.packets
        self.ingress.bytes += stats.bytes
        self.ingress.errors += stats.user.errors
        self.egress.packets += stats.packets_out
        self.egress.bytes += stats.bytes_out
        self.egress.errors += stats.user.errors_out


@dataclass(slots=True)
class Rates:
    """How fast totals grow, per second: from one look to the next, which may come from different people.

    Nothing is done between the looks, so a daemon without calls rests.
    """

    since: float  # monotonic
    _totals: Mapping[str, int] = field(default_factory=dict)
    _rates: Mapping[str, int] = field(default_factory=dict)

    def look(self, totals: Mapping[str, int], now: float) -> Mapping[str, int]:
        """The growth of each total since the last look; the same as then if that was less than ``RATED`` ago."""
        seconds = now - self.since
        if seconds >= RATED:
            grown = {name: total - self._totals.get(name, 0) for name, total in totals.items()}
            self._rates = {name: round(max(0, growth) / seconds) for name, growth in grown.items()}
            self.since, self._totals = now, dict(totals)
        return {name: self._rates.get(name, 0) for name in totals}


@dataclass(slots=True)
class Statistics:
    """What has happened since ``started`` (monotonic). Durations are seconds."""

    started: float
    managed: int = 0
    rejected: int = 0
    ended: Counter[Reason] = field(default_factory=Counter)
    user: Relayed = field(default_factory=Relayed)
    kernel: Relayed = field(default_factory=Relayed)
    silent_streams: int = 0  # streams that relayed nothing
    one_way: int = 0  # calls of which only one side was heard
    duration: float = 0.0
    duration_squared: float = 0.0
    carried: dict[str, Carried] = field(default_factory=dict)  # by the host of our ports
    rates: Rates = field(init=False)

    def __post_init__(self) -> None:
        self.rates = Rates(self.started)

    def end(self, reason: Reason, duration: float, streams: Iterable[StreamStats]) -> None:
        """A call is over; ``streams`` are those of its RTP ports."""
        self.ended[reason] += 1
        self.duration += duration
        self.duration_squared += duration * duration
        heard = self.count(streams)
        self.silent_streams += heard.count(False)
        self.one_way += any(heard) and not all(heard)

    def count(self, streams: Iterable[StreamStats]) -> list[bool]:
        """Streams are over; whether something was heard in each."""
        return [self._add(stats) for stats in streams]

    def released(self, streams: Mapping[Address, StreamStats]) -> None:
        """Ports are free again; what they have carried stays in the totals of their addresses."""
        for port, stats in streams.items():
            self.carried.setdefault(port.host, Carried()).add(stats)

    @property
    def finished(self) -> int:
        return sum(self.ended.values())

    def _add(self, stats: StreamStats) -> bool:
        self.user.packets += stats.user.packets
        self.user.bytes += stats.user.bytes
        self.user.errors += stats.user.errors
        self.kernel.packets += stats.kernel.packets
        self.kernel.bytes += stats.kernel.bytes
        return stats.packets > 0
