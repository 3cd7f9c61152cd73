"""Totals over the daemon's life, kept as calls begin and end."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from rtpng.calls.expiry import Reason
from rtpng.traffic import StreamStats


@dataclass(slots=True)
class Relayed:
    """Packets, bytes and errors of one way of forwarding."""

    packets: int = 0
    bytes: int = 0
    errors: int = 0


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
