"""Which check goes out when (RFC 8445 6.1.4, 7.2.4), under one pair of credentials."""

from collections.abc import Collection
from typing import Final

from rtpng.ice import stun
from rtpng.ice.checklist import Checklist
from rtpng.ice.keys import Keys
from rtpng.ice.pair import Pair, PairState
from rtpng.ice.station import Station
from rtpng.ice.transactions import Transaction, Transactions

PACE: Final = 0.02  # seconds between checks of one agent (Ta of RFC 8445 14.2; what rtpengine waits, too)
FIRST_TIMEOUT: Final = 0.1
# rtpengine doubles without limit: on a lossy path that takes three times as long until a pair is up
LONGEST_TIMEOUT: Final = 0.4
SLOW_AFTER: Final = 10.0  # seconds, from which on there is little hope
SLOW_TIMEOUT: Final = 2.0
PATIENCE: Final = 30.0  # seconds until a pair without answer has failed
NOMINATION_PATIENCE: Final = 5.0  # the same for one that worked just before
CONSENT_TIMEOUT: Final = 0.5
CONSENT_PATIENCE: Final = 2.0
_RESTED: Final = 0.05  # seconds since the last try until another makes sense


class Checks:
    """Checks that are due, and those that wait for an answer.

    What is not proven to be the peer gets its share of what all agents may send to strangers, at a time that the
    shared budget gives.
    """

    __slots__ = ("_keys", "_next", "_pairs", "_slot", "_station", "_triggered", "pending")

    def __init__(self, station: Station, pairs: Checklist, keys: Keys) -> None:
        self._station, self._pairs, self._keys = station, pairs, keys
        self.pending = Transactions()
        self._triggered: list[Pair] = []
        self._next = 0.0  # not before
        self._slot: float | None = None  # when the next stranger may be checked

    def start(self, pair: Pair, now: float, *, nominates: bool = False) -> None:
        """Checks a pair, at once and until it answers or has failed."""
        patience = NOMINATION_PATIENCE if pair.works else PATIENCE
        self._begin(pair, now, self._paced(FIRST_TIMEOUT), patience, nominates=nominates and self._pairs.controlling)

    def confirm(self, pair: Pair, now: float) -> None:
        """Asks whether a pair still works, unless it is being asked; once only if it was lost already."""
        if not self.pending.is_asking(pair):
            timeout = CONSENT_TIMEOUT if pair.works else CONSENT_PATIENCE
            self._begin(pair, now, timeout, CONSENT_PATIENCE, nominates=False)

    def trigger(self, pair: Pair, now: float) -> None:
        """The peer's check came this way, so it is worth one of ours, soon (RFC 8445 7.3.1.4)."""
        if pair.state is PairState.IN_PROGRESS:
            self._hurry(pair, now)
            return
        pair.state = PairState.WAITING
        if pair not in self._triggered:
            self._triggered.append(pair)
        self._next = min(self._next, now)

    def advance(self, now: float, components: Collection[int]) -> None:
        """Sends the next check of a waiting pair of these components, if it is time."""
        pair = self._due_pair(components)
        if pair is None or now < self._next or not self._may_begin(pair, now):
            return
        if pair in self._triggered:
            self._triggered.remove(pair)
        pair.state = PairState.IN_PROGRESS
        self.start(pair, now, nominates=self._station.settings.aggressive)
        self._next = now + PACE

    def repeat(self, now: float) -> list[Transaction]:
        """Sends again what has had no answer; returns, each once, those that will get none any more."""
        over = []
        for transaction in self.pending.due(now):
            if now >= transaction.until:
                self.pending.end(transaction)
                over.append(transaction)
            elif not self._must_wait(transaction, now):
                longest = LONGEST_TIMEOUT if now < transaction.began + SLOW_AFTER else SLOW_TIMEOUT
                transaction.repeated(now, self._paced(longest))
                self._send(transaction)
        return over

    def timer(self, components: Collection[int]) -> float | None:
        """When ``advance`` or ``repeat`` has something to do."""
        due = self.pending.timer()
        if self._due_pair(components) is None:
            return due
        return self._next if due is None else min(due, self._next)

    def give_up(self, pair: Pair) -> None:
        """Leaves a pair that is being checked for later."""
        self.pending.end_all(pair)
        pair.state = PairState.WAITING

    def forget_triggered(self) -> None:
        self._triggered.clear()

    def _due_pair(self, components: Collection[int]) -> Pair | None:
        """Pairs that the peer has checked go first, whatever their component (RFC 8445 6.1.4.2)."""
        if self._keys.remote is None or not (self._triggered or components):
            return None
        while self._triggered and self._triggered[0].state is not PairState.WAITING:
            self._triggered.pop(0)
        return self._triggered[0] if self._triggered else self._pairs.waiting(components)

    def _may_begin(self, pair: Pair, now: float) -> bool:
        if pair.proven:
            return True
        if self._slot is None:
            self._slot = self._station.budgets.checks.book(now)
        if now < self._slot:
            self._next = self._slot
            return False
        self._slot = None
        return True

    def _must_wait(self, transaction: Transaction, now: float) -> bool:
        if transaction.booked or transaction.pair.proven:
            return False
        transaction.due = self._station.budgets.checks.book(now)
        transaction.booked = transaction.due > now
        return transaction.booked

    def _hurry(self, pair: Pair, now: float) -> None:
        """The path is alive, so what got no answer was lost: repeat it at once, and then as often as at first."""
        for transaction in self.pending:
            if transaction.pair is pair and now - transaction.sent > _RESTED:
                transaction.due, transaction.timeout = now, FIRST_TIMEOUT / 2

    def _begin(self, pair: Pair, now: float, timeout: float, patience: float, *, nominates: bool) -> None:
        identifier = self._station.budgets.random.randbytes(12)
        controlling = self._pairs.controlling
        data = stun.check_request(
            identifier,
            self._keys.username,
            self._keys.remote_password,
            role=(controlling, self._station.tie_breaker),
            priority=pair.base.reflexive_priority,
            nominates=nominates,
            software=self._station.settings.software,
        )
        transaction = Transaction(
            identifier, pair, data, controlling, nominates, now, now, timeout, now + timeout, now + patience
        )
        self.pending.begin(transaction)
        self._send(transaction)

    def _send(self, transaction: Transaction) -> None:
        self._station.counters.checks += 1
        self._station.send(transaction.pair.base.local, transaction.pair.remote, transaction.data)

    def _paced(self, timeout: float) -> float:
        """All that waits for an answer may be repeated no faster than it was sent (RFC 8445 14.3)."""
        return max(timeout, PACE * len(self.pending))
