"""Our addresses, and pairs of one of them with one of the peer's (RFC 8445 6.1.2)."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from sipcore.address import Address
from sipcore.sdp.ice import Candidate, CandidateType, priority_of

MAX_PAIRS: Final = 200  # of one agent and generation
MAX_REMOTE: Final = 100  # candidates of the peer that are paired


@dataclass(frozen=True, slots=True)
class Base:
    """One socket of ours. ``index``: the place of its interface address, 0 is the best; ``foundation``: that of it."""

    local: Address  # bound
    advertised: Address  # what the peer is told
    component: int
    index: int
    foundation: str

    @property
    def priority(self) -> int:
        return priority_of(CandidateType.HOST, self.index, self.component)

    @property
    def reflexive_priority(self) -> int:
        """What PRIORITY says in checks (RFC 8445 7.1.1)."""
        return priority_of(CandidateType.PEER_REFLEXIVE, self.index, self.component)

    @property
    def candidate(self) -> Candidate:
        """What the SDP says about it."""
        host, port = self.advertised
        return Candidate(self.foundation, self.component, "UDP", self.priority, host, port, CandidateType.HOST)


class PairState(Enum):
    """RFC 8445 6.1.2.6; nothing is ever frozen, because a relay has one address per interface."""

    WAITING = auto()
    IN_PROGRESS = auto()
    SUCCEEDED = auto()
    FAILED = auto()


@dataclass(slots=True, eq=False)
class Pair:
    """``remote_priority``: of the peer's candidate, or of its check until that is signalled. Times are monotonic.

    ``proven``: a check of the peer came this way, or it answered one of ours: the address is not a stranger's.
    ``nominated``: by USE-CANDIDATE, whoever sent it. ``answered``: when the peer last answered; ``heard``: when it
    last answered or asked.
    """

    base: Base
    remote: Address
    remote_priority: int
    signalled: bool = False
    priority: int = 0
    state: PairState = PairState.WAITING
    proven: bool = False
    nominated: bool = False
    answered: float = 0.0
    heard: float = 0.0
    round_trip: float | None = None

    @property
    def component(self) -> int:
        return self.base.component

    @property
    def works(self) -> bool:
        return self.state is PairState.SUCCEEDED


def pair_priority(pair: Pair, *, controlling: bool) -> int:
    """RFC 8445 6.1.2.3."""
    one, other = pair.base.priority, pair.remote_priority
    if not controlling:
        one, other = other, one
    return (min(one, other) << 32) + 2 * max(one, other) + (one > other)
