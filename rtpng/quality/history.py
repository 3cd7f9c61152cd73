"""What one receiver has reported in the course of a call."""

from collections.abc import Iterator
from typing import Final, NamedTuple

SPACING: Final = 1.0  # seconds: reports that follow faster are counted in the totals only, as in rtpengine 26
KEPT: Final = 240  # samples; then every other one goes, and the next are kept half as often
STEPS: Final = 10  # of a course


class Sample(NamedTuple):
    """One report. ``mos`` is None where it cannot be computed; times in ms, None where not known; loss in percent."""

    when: float  # monotonic
    mos: float | None
    round_trip: float | None  # end to end
    leg: float | None  # between the relay and who reports
    jitter: float
    loss: float


class Average(NamedTuple):
    """Of the samples that have a score."""

    mos: float
    round_trip: float
    leg: float
    jitter: float
    loss: float
    samples: int


class History:
    """Samples of one receiver, and the best and the worst of them."""

    __slots__ = ("_scored", "_spacing", "_sums", "highest", "lost", "lowest", "samples")

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.lowest: Sample | None = None
        self.highest: Sample | None = None
        self.lost = 0  # packets since the beginning, by the last report
        self._sums = [0.0] * 5
        self._scored = 0
        self._spacing = SPACING

    def add(self, sample: Sample) -> None:
        if self.samples and sample.when - self.samples[-1].when < self._spacing:
            return
        self.samples.append(sample)
        if sample.mos is not None:
            self._score(sample, sample.mos)
        if len(self.samples) > KEPT:
            self.samples = self.samples[::2]
            self._spacing *= 2

    def _score(self, sample: Sample, mos: float) -> None:
        self._scored += 1
        for place, value in enumerate((mos, sample.round_trip, sample.leg, sample.jitter, sample.loss)):
            self._sums[place] += value or 0.0
        if self.lowest is None or mos < (self.lowest.mos or 0):
            self.lowest = sample
        if self.highest is None or mos > (self.highest.mos or 0):
            self.highest = sample

    @property
    def average(self) -> Average | None:
        """None before the first score."""
        if not self._scored:
            return None
        mos, round_trip, leg, jitter, loss = (total / self._scored for total in self._sums)
        return Average(mos, round_trip, leg, jitter, loss, self._scored)

    @property
    def interval(self) -> float:
        """Seconds between two steps of the course."""
        return (self.samples[-1].when - self.samples[0].when) / STEPS if self.samples else 0.0

    def course(self) -> Iterator[Sample]:
        """About ten samples, from the first on in equal steps."""
        step = self.interval
        due = self.samples[0].when if self.samples else 0.0
        for sample in self.samples:
            if sample.when >= due:
                yield sample
                due += step
