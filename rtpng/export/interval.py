"""What happened between two reports: how long requests took, how many came in a second, how many calls there were."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Range:
    """Values that were seen."""

    least: float = 0.0
    most: float = 0.0
    total: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        self.least = min(self.least, value) if self.count else value
        self.most = max(self.most, value)
        self.total += value
        self.count += 1

    @property
    def average(self) -> float:
        return self.total / self.count if self.count else 0.0


@dataclass(slots=True)
class Interval:
    """``spans``: seconds that requests took, by command. ``rates``: how many there were in each second."""

    spans: dict[str, Range] = field(default_factory=dict)
    rates: dict[str, Range] = field(default_factory=dict)
    calls: Range = field(default_factory=Range)
    _seconds: int = 0
    _second: Counter[str] = field(default_factory=Counter)

    def request(self, command: str, seconds: float) -> None:
        self.spans.setdefault(command, Range()).add(seconds)
        self._second[command] += 1

    def tick(self, calls: int) -> None:
        """A second is over, and there are so many calls."""
        self.calls.add(calls)
        for command in self._second.keys() - self.rates.keys():
            rate = self.rates[command] = Range()
            for _ in range(self._seconds):
                rate.add(0)
        for command, rate in self.rates.items():
            rate.add(self._second[command])
        self._second.clear()
        self._seconds += 1

    def clear(self) -> None:
        """The next interval begins."""
        self.spans.clear()
        self.rates.clear()
        self.calls = Range()
        self._seconds = 0
