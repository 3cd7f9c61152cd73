"""Sums over reports, from which averages and deviations follow."""

from dataclasses import dataclass, field
from math import sqrt

from rtpng.quality.history import Sample


@dataclass(slots=True)
class Sum:
    """How many values, their sum, and the sum of their squares."""

    samples: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> None:
        self.samples += 1
        self.total += value
        self.squares += value * value

    @property
    def average(self) -> float:
        return self.total / self.samples if self.samples else 0.0

    @property
    def deviation(self) -> float:
        if not self.samples:
            return 0.0
        return sqrt(max(0.0, self.squares / self.samples - self.average**2))


@dataclass(slots=True)
class Totals:
    """All reports of a daemon, or of one of its addresses; what a report does not tell is in no sum.

    Names and units are rtpengine's: round trips in microseconds, jitter in milliseconds, loss in percent.
    """

    mos: Sum = field(default_factory=Sum)
    jitter: Sum = field(default_factory=Sum)
    rtt_e2e: Sum = field(default_factory=Sum)
    rtt_dsct: Sum = field(default_factory=Sum)
    packetloss: Sum = field(default_factory=Sum)
    jitter_measured: Sum = field(default_factory=Sum)  # of RTP itself, which is not looked at

    def add(self, sample: Sample) -> None:
        self.jitter.add(sample.jitter)
        self.packetloss.add(sample.loss)
        if sample.mos is not None:
            self.mos.add(int(sample.mos * 10) / 10)
        if sample.round_trip is not None:
            self.rtt_e2e.add(sample.round_trip * 1000)
        if sample.leg is not None:
            self.rtt_dsct.add(sample.leg * 1000)
