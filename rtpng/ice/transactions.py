"""Our checks that wait for an answer (RFC 8489 6.2.1)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from rtpng.ice.pair import Pair

PACE: Final = 0.02  # seconds between checks of one agent (Ta of RFC 8445 14.2; what rtpengine waits, too)
FIRST_TIMEOUT: Final = 0.1
# rtpengine doubles without limit: on a lossy path that takes three times as long until a pair is up
LONGEST_TIMEOUT: Final = 0.4
PATIENCE: Final = 10.0  # seconds until a pair without answer has failed
CONSENT_TIMEOUT: Final = 0.5
CONSENT_PATIENCE: Final = 2.0
_RESTED: Final = 0.05  # seconds since the last try until another makes sense


@dataclass(slots=True, eq=False)
class Transaction:
    """One check, repeated as it is until it is answered.

    ``controlling``: our role in it; ``sent``: the last time; ``due``: the next; ``until``: when it is given up;
    ``booked``: ``due`` is a time that the budget of all agents has given.
    """

    identifier: bytes
    pair: Pair
    data: bytes
    controlling: bool
    nominates: bool
    began: float
    sent: float
    timeout: float
    due: float
    until: float
    booked: bool = False

    def repeated(self, now: float, longest: float) -> None:
        """It was sent again."""
        self.timeout = min(2 * self.timeout, longest)
        self.sent, self.due, self.booked = now, now + self.timeout, False


@dataclass(slots=True)
class Transactions:
    """By identifier."""

    _pending: dict[bytes, Transaction] = field(default_factory=dict)

    def begin(self, transaction: Transaction) -> None:
        self._pending[transaction.identifier] = transaction

    def find(self, identifier: bytes) -> Transaction | None:
        return self._pending.get(identifier)

    def end(self, transaction: Transaction) -> None:
        self._pending.pop(transaction.identifier, None)

    def due(self, now: float) -> list[Transaction]:
        return [pending for pending in self._pending.values() if pending.due <= now]

    def timer(self) -> float | None:
        return min((pending.due for pending in self._pending.values()), default=None)

    def is_asking(self, pair: Pair) -> bool:
        return any(pending.pair is pair for pending in self._pending.values())

    def is_nominating(self, component: int) -> bool:
        return any(pending.nominates and pending.pair.component == component for pending in self._pending.values())

    def hurry(self, pair: Pair, now: float) -> None:
        """The path is alive, so what got no answer was lost: repeat it at once, and then as often as at first."""
        for pending in self._pending.values():
            if pending.pair is pair and now - pending.sent > _RESTED:
                pending.due, pending.timeout = now, FIRST_TIMEOUT / 2

    def __iter__(self) -> Iterator[Transaction]:
        return iter(list(self._pending.values()))

    def __len__(self) -> int:
        return len(self._pending)
