"""Our checks that wait for an answer (RFC 8489 6.2.1)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rtpng.ice.pair import Pair


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

    def end_all(self, pair: Pair) -> None:
        for transaction in self:
            if transaction.pair is pair:
                self.end(transaction)

    def due(self, now: float) -> list[Transaction]:
        return [pending for pending in self._pending.values() if pending.due <= now]

    def timer(self) -> float | None:
        return min((pending.due for pending in self._pending.values()), default=None)

    def is_asking(self, pair: Pair) -> bool:
        return any(pending.pair is pair for pending in self._pending.values())

    def is_nominating(self, component: int) -> bool:
        return any(pending.nominates and pending.pair.component == component for pending in self._pending.values())

    def __iter__(self) -> Iterator[Transaction]:
        return iter(list(self._pending.values()))

    def __len__(self) -> int:
        return len(self._pending)
