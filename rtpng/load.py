"""How much the host carries at this moment, and whether a further call is too much for it."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

CPU, LOAD, BANDWIDTH = "CPU usage limit exceeded", "Load limit exceeded", "Bandwidth limit exceeded"

INTERVAL = 0.5  # seconds between two measurements; a rate needs some time


@dataclass(frozen=True, slots=True)
class LoadLimits:
    """From where on new calls are refused; None is no limit."""

    cpu: float | None = None  # percent of all processors
    load: float | None = None  # load average of the last minute
    bandwidth: int | None = None  # bytes of media per second


@dataclass(slots=True)
class Share:
    """How fast a counter grows, for each unit by which a yardstick grows."""

    read: Callable[[], tuple[float, float]]  # the counter and the yardstick
    _last: tuple[float, float] | None = None
    value: float = 0.0

    def measure(self) -> None:
        now = self.read()
        if self._last is not None and now[1] > self._last[1]:
            self.value = max(now[0] - self._last[0], 0.0) / (now[1] - self._last[1])
        self._last = now


@dataclass(slots=True)
class Load:
    """The load of the host, measured when somebody asks. ``relayed``: bytes of media up to now, and the time."""

    limits: LoadLimits
    relayed: Callable[[], tuple[float, float]]
    average: Callable[[], float] = field(default=lambda: os.getloadavg()[0])
    processors: Callable[[], tuple[float, float]] = field(default=lambda: busy(Path("/proc/stat").read_text("ascii")))
    _busy: Share = field(init=False)
    _bytes: Share = field(init=False)
    _measured: float | None = None

    def __post_init__(self) -> None:
        self._busy, self._bytes = Share(self.processors), Share(self.relayed)

    def exceeded(self, now: float) -> str | None:
        """The text of the limit that is reached, None if there is room; ``now`` is monotonic, in seconds."""
        if self.limits == LoadLimits():
            return None
        if self._measured is None or now - self._measured >= INTERVAL:
            self._measure(now)
        if self.limits.cpu is not None and 100 * self._busy.value >= self.limits.cpu:
            return CPU
        if self.limits.load is not None and self.average() >= self.limits.load:
            return LOAD
        if self.limits.bandwidth is not None and self._bytes.value >= self.limits.bandwidth:
            return BANDWIDTH
        return None

    def _measure(self, now: float) -> None:
        self._measured = now
        if self.limits.cpu is not None:
            self._busy.measure()
        if self.limits.bandwidth is not None:
            self._bytes.measure()


def busy(text: str) -> tuple[float, float]:
    """Of /proc/stat (proc(5)): the ticks in which processors worked, and all ticks."""
    _, *ticks = text.partition("\n")[0].split()
    user, nice, system, idle, waiting, *others = map(float, ticks[:8])  # the rest is part of user and nice
    working = user + nice + system + sum(others)
    return working, working + idle + waiting
