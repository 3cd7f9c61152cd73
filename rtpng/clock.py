"""The clocks of the daemon."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """The two clocks of the daemon, in seconds: ``now`` is monotonic, ``wall`` the time of day."""

    now: Callable[[], float]
    wall: Callable[[], float]

    def wall_of(self, moment: float) -> float:
        """The time of day of a monotonic moment."""
        return self.wall() - (self.now() - moment)
