"""How often something took how long."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds


class Histogram:
    """Counts of values up to each bound, and their sum."""

    __slots__ = ("_counts", "bounds", "total")

    def __init__(self, bounds: Sequence[float] = BOUNDS) -> None:
        self.bounds = tuple(bounds)
        self._counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        self._counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    @property
    def buckets(self) -> Iterator[tuple[float, int]]:
        """Each bound, infinity at the end, with the number of values up to it."""
        upto = 0
        for bound, count in zip((*self.bounds, float("inf")), self._counts, strict=True):
            upto += count
            yield bound, upto
