"""What an operator wants to know of the relay itself, counted since the start."""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

from rtpng.histogram import Histogram


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
    """Counts, and how long things took in seconds."""

    counts: Counter[Refusal | Learned | Trouble] = field(default_factory=Counter)
    handshakes: Histogram = field(default_factory=Histogram)
    lag: Histogram = field(default_factory=Histogram)
