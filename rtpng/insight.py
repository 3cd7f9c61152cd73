"""What an operator wants to know of the relay itself, counted since the start."""

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from rtpng.histogram import Histogram

RECENT: Final = 10  # turns of the event loop that are looked at, one a second


class Refusal(Enum):
    """Why the kernel did not take a flow."""

    CHANGE = "change refused"  # all flows of one change
    LEFT_OUT = "no route or table full"


class Learned(Enum):
    """What became of a packet whose source was not the peer's."""

    CONFIRMED = "confirmed"  # the source is the peer's address from then on
    FORWARDED = "forwarded"
    HELD = "held"
    FOREIGN = "foreign"


class Trouble(Enum):
    """What legs with ICE or DTLS run into."""

    DTLS = "no DTLS keys"
    NO_PATH = "no ICE path"
    CONSENT = "ICE consent lost"


@dataclass(slots=True)
class Insight:
    """Counts, and how long things took in seconds. ``lag``: how late the event loop came to what was due."""

    counts: Counter[Refusal | Learned | Trouble] = field(default_factory=Counter)
    handshakes: Histogram = field(default_factory=Histogram)
    lag: Histogram = field(default_factory=Histogram)
    _recent: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))

    def late(self, seconds: float) -> None:
        """The event loop has come to something that was due."""
        self.lag.add(seconds)
        self._recent.append(seconds)

    @property
    def latest(self) -> float:
        """The longest that something had to wait for the event loop of late; 0 before anything was due."""
        return max(self._recent, default=0.0)
