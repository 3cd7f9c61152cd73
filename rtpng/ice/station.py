"""What all agents of a daemon have in common, and what the generations of one agent do."""

from dataclasses import dataclass, field
from random import Random, SystemRandom

from rtpng.ice.budget import Budget
from rtpng.ice.events import Datagram, IceEvent
from rtpng.ice.pair import Base
from sipcore.address import Address

CHECKS_PER_SECOND, CHECKS_AT_ONCE = 1000, 2000
REFUSALS_PER_SECOND = 200
OWN_REFUSALS_PER_SECOND = 10


@dataclass(frozen=True, slots=True)
class IceSettings:
    """``aggressive``: every check nominates (RFC 5245 8.1.1.2). ``consent``: RFC 7675 when we are no lite agent.

    ``patience``: seconds until no working pair is a failure. ``forbidden``: addresses that are never checked, such as
    our control ports. ``software``: what our messages say about us.
    """

    aggressive: bool = False
    consent: bool = True
    consent_interval: float = 5.0
    consent_expiry: float = 30.0
    patience: float = 30.0
    forbidden: frozenset[Address] = frozenset()
    software: str | None = None


@dataclass(slots=True)
class IceBudgets:
    """Shared by all agents. ``checks``: those to addresses that are not proven; ``refusals``: of unproven requests."""

    checks: Budget = field(default_factory=lambda: Budget(CHECKS_PER_SECOND, CHECKS_AT_ONCE))
    refusals: Budget = field(default_factory=lambda: Budget(REFUSALS_PER_SECOND, REFUSALS_PER_SECOND))
    random: Random = field(default_factory=SystemRandom)


@dataclass(slots=True)
class IceCounters:
    """What one agent has seen and done; datagrams, unless said."""

    checks: int = 0  # sent, repeats included
    answers: int = 0  # to our checks
    requests: int = 0  # of the peer, proven
    late: int = 0  # answers that nothing waits for, such as repeated ones
    bad: int = 0  # no binding message in correct form, or an answer that is not the peer's
    refused: int = 0  # answered with an error
    silenced: int = 0  # an error response was due, but over the budget or longer than what it answers
    learned: int = 0  # pairs that only the peer's checks told of
    unusable: int = 0  # candidates that are not checked: TCP, names, forbidden or too many
    role_switches: int = 0


@dataclass(slots=True)
class Station:
    """Sockets, settings and what is to be sent and told."""

    bases: tuple[Base, ...]
    settings: IceSettings
    budgets: IceBudgets
    tie_breaker: int
    lite: bool
    counters: IceCounters = field(default_factory=IceCounters)
    outgoing: list[Datagram] = field(default_factory=list)
    events: list[IceEvent] = field(default_factory=list)

    components: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        self.components = frozenset(base.component for base in self.bases)

    def send(self, local: Address, target: Address, data: bytes) -> None:
        self.outgoing.append(Datagram(local, target, data))
