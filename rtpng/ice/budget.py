"""How often something may happen, on the caller's clock (the generic cell rate algorithm)."""

from dataclasses import dataclass, field
from typing import Final

_ROUNDING: Final = 1e-6  # seconds


@dataclass(slots=True)
class Budget:
    """``rate`` times a second, and up to ``burst`` at once after a rest. Times are monotonic seconds."""

    rate: float
    burst: float
    _spent_until: float = field(default=float("-inf"), init=False)  # when all of the burst is there again

    def take(self, now: float) -> bool:
        """Whether it may happen at once; if so, it counts."""
        if self._free(now) > now + _ROUNDING:
            return False
        self.book(now)
        return True

    def book(self, now: float) -> float:
        """When it may happen: at once, or at a time that nobody else gets. Whoever waits is served in order."""
        free = self._free(now)
        self._spent_until = max(self._spent_until, now) + 1 / self.rate
        return free

    def _free(self, now: float) -> float:
        return max(now, self._spent_until - (self.burst - 1) / self.rate)
