"""The pairs and checks under one pair of credentials; a restart begins another generation (RFC 8445 9)."""

from collections.abc import Callable

from rtpng.ice import stun
from rtpng.ice.checklist import Checklist
from rtpng.ice.events import ConsentLost, IceEvent, Selected, Usable
from rtpng.ice.nomination import nominees
from rtpng.ice.pair import Base, Pair, PairState
from rtpng.ice.station import Station
from rtpng.ice.targets import reachable
from rtpng.ice.transactions import (
    CONSENT_PATIENCE,
    CONSENT_TIMEOUT,
    FIRST_TIMEOUT,
    LONGEST_TIMEOUT,
    PACE,
    PATIENCE,
    Transaction,
    Transactions,
)
from sipcore.address import Address
from sipcore.sdp.ice import Credentials

NOMINATION_DELAY = 0.1  # after the first success, for a better pair to come up; rtpengine's observed behaviour
TOGETHER = 1.0  # seconds in which RTP and RTCP may yet come up between the same hosts
SILENCE = 3.0  # seconds after which a selected pair gives way to any other that the peer nominates


class Generation:
    """One checklist and what became of it."""

    __slots__ = (
        "_consent_at",
        "_first_success",
        "_next_check",
        "_nominate_at",
        "_slot",
        "_station",
        "_triggered",
        "checklist",
        "local",
        "password",
        "remote",
        "remote_lite",
        "remote_password",
        "retired",
        "selected",
        "transactions",
    )

    def __init__(self, station: Station, local: Credentials, *, controlling: bool) -> None:
        self._station = station
        self.local, self.password = local, local.pwd.encode()
        self.remote: Credentials | None = None
        self.remote_password, self.remote_lite, self.retired = b"", False, False
        self.checklist = Checklist(controlling)
        self.transactions = Transactions()
        self.selected: dict[int, Pair] = {}
        self._triggered: list[Pair] = []
        self._next_check = 0.0
        self._slot: float | None = None  # when the budget of all lets us check the next stranger
        self._nominate_at: float | None = None
        self._first_success: float | None = None
        self._consent_at: float | None = None

    @property
    def remote_ufrag(self) -> str | None:
        return None if self.remote is None else self.remote.ufrag

    def passwords_of(self, kind: stun.Class) -> tuple[bytes, ...]:
        """What the peer signs its responses with; rtpengine 10.5 signs errors with ours, which only the peer knows."""
        return (self.remote_password, self.password) if kind is stun.Class.ERROR else (self.remote_password,)

    @property
    def came_up(self) -> bool:
        """Whether a pair has ever worked."""
        return self._first_success is not None

    @property
    def concluded(self) -> bool:
        """Whether each component has its pair."""
        return len(self.selected) == len(self._station.components)

    def current(self, component: int) -> Pair | None:
        """The selected pair, else the best that works."""
        return self.selected.get(component) or next((pair for pair in self.checklist.of(component) if pair.works), None)

    # What signalling says

    def set_remote(self, credentials: Credentials, *, lite: bool, now: float) -> None:
        self.remote, self.remote_password, self.remote_lite = credentials, credentials.pwd.encode(), lite
        self._next_check = now
        self._agree(now)

    def add(self, component: int, target: Address, priority: int, now: float) -> bool:
        """A candidate of the peer; False if it is not for us."""
        bases = [base for base in self._station.bases if base.component == component]
        bases = reachable(bases, target, self._station.settings.forbidden)
        if not bases or not self.checklist.signalled(bases, target, priority):
            return False
        self._agree(now)
        return True

    def turn(self, *, controlling: bool) -> None:
        self.checklist.turn(controlling=controlling)

    def retire(self) -> None:
        """A restart has begun: nothing is looked for any more, what is in use stays answered and checked."""
        self.retired = True
        self._triggered.clear()
        self._nominate_at = None
        self._conclude()

    # What the peer says

    def asked(self, base: Base, source: Address, check: stun.Check, now: float) -> None:
        """A proven check of the peer came (RFC 8445 7.3.1)."""
        pair = self._asked_pair(base, source, check)
        if pair is None:
            return
        pair.proven, pair.heard = True, now
        if self._station.lite:
            self._works(pair, now)
        elif not pair.works:
            self._trigger(pair, now)
        if check.nominates and not self.checklist.controlling:
            pair.nominated = True
            if pair.works:
                self._select(pair, now)

    def answered(self, transaction: Transaction, now: float) -> None:
        """The peer's success response to one of our checks (RFC 8445 7.2.5.3)."""
        self.transactions.end(transaction)
        pair = transaction.pair
        pair.proven, pair.answered, pair.heard = True, now, now
        pair.round_trip = now - transaction.began
        self._works(pair, now)
        if transaction.nominates and self.checklist.controlling:
            pair.nominated = True
        if pair.nominated:
            self._select(pair, now)

    def refused(self, transaction: Transaction, *, again: bool, now: float) -> None:
        """The peer's error response; ``again``: for another check of the pair (RFC 8445 7.2.5.1)."""
        self.transactions.end(transaction)
        transaction.pair.state = PairState.FAILED
        if again:
            self._trigger(transaction.pair, now)
        elif transaction.nominates and self.checklist.controlling:
            self._nominate_at = now

    # What time brings

    def timer(self) -> float | None:
        """When ``on_time`` is due; None: never, if nothing happens."""
        due = [when for when in (self.transactions.timer(), self._nominate_at, self._consent_at) if when is not None]
        if self._next() is not None:
            due.append(self._next_check)
        return min(due, default=None)

    def on_time(self, now: float) -> None:
        if self.remote is None or self._station.lite:
            return
        self._repeat(now)
        self._nominate(now)
        self._check_next(now)
        self._renew_consent(now)

    def _repeat(self, now: float) -> None:
        for transaction in self.transactions.due(now):
            if now >= transaction.until:
                self._unanswered(transaction, now)
            elif self._must_wait(transaction, now):
                transaction.booked = True
            else:
                transaction.repeated(now, self._paced(LONGEST_TIMEOUT))
                self._send(transaction)

    def _unanswered(self, transaction: Transaction, now: float) -> None:
        self.transactions.end(transaction)
        pair = transaction.pair
        if pair.state is PairState.IN_PROGRESS:
            pair.state = PairState.FAILED
        elif transaction.nominates and not pair.nominated:
            pair.state = PairState.FAILED
            self._nominate_at = now

    def _nominate(self, now: float) -> None:
        if self._nominate_at is None or now < self._nominate_at:
            return
        missing = [
            component
            for component in self._station.components
            if component not in self.selected and not self.transactions.is_nominating(component)
        ]
        together = self._first_success is not None and now < self._first_success + TOGETHER
        chosen = nominees(self.checklist, missing, together=together) if self.checklist.controlling else []
        for pair in chosen:
            self._check(pair, now, nominates=True)
        self._nominate_at = now + NOMINATION_DELAY if missing and not chosen and together else None

    def _check_next(self, now: float) -> None:
        if now < self._next_check or (pair := self._next()) is None:
            return
        if not pair.proven:
            if self._slot is None:
                self._slot = self._station.budgets.checks.book(now)
            if now < self._slot:
                self._next_check = self._slot
                return
            self._slot = None
        if pair in self._triggered:
            self._triggered.remove(pair)
        pair.state = PairState.IN_PROGRESS
        self._check(pair, now, nominates=self._station.settings.aggressive)
        self._next_check = now + PACE

    def _renew_consent(self, now: float) -> None:
        if self._consent_at is None or now < self._consent_at:
            return
        settings = self._station.settings
        pairs = [pair for component in self._station.components if (pair := self.current(component)) is not None]
        for pair in pairs:
            if now >= pair.answered + settings.consent_expiry:
                self._lose(pair, now)
            elif not self.transactions.is_asking(pair):
                self._check(pair, now, timeout=CONSENT_TIMEOUT, patience=CONSENT_PATIENCE)
        expiries = [pair.answered + settings.consent_expiry for pair in pairs if pair.works]
        later = now + settings.consent_interval * self._station.budgets.random.uniform(0.8, 1.2)
        self._consent_at = min(later, *expiries) if expiries else None

    def _lose(self, pair: Pair, now: float) -> None:
        """The pair is silent until the peer checks it again; others are tried (RFC 7675 5.1)."""
        pair.state, pair.nominated = PairState.FAILED, False
        if self.selected.get(pair.component) is pair:
            del self.selected[pair.component]
        self._tell(ConsentLost, pair)
        if self.checklist.controlling and not self.retired:
            self._nominate_at = now

    # Steps of the above

    def _agree(self, now: float) -> None:
        """Between two lite agents nobody checks: what signalling says is believed (RFC 8445 8.2)."""
        if not (self._station.lite and self.remote_lite):
            return
        for component in self._station.components:
            pair = next(self.checklist.of(component), None)
            if pair is not None:
                pair.proven = True
                self._works(pair, now)
                self._select(pair, now)

    def _next(self) -> Pair | None:
        """The pair to check next: those that the peer has just checked go first (RFC 8445 6.1.4.2)."""
        if self.remote is None or self.retired or self._station.lite:
            return None
        while self._triggered and self._triggered[0].state is not PairState.WAITING:
            self._triggered.pop(0)
        if self._triggered:
            return self._triggered[0]
        return self.checklist.waiting(self._station.components - self.selected.keys())

    def _trigger(self, pair: Pair, now: float) -> None:
        if pair.state is PairState.IN_PROGRESS:
            self.transactions.hurry(pair, now)
            return
        pair.state = PairState.WAITING
        if pair not in self._triggered:
            self._triggered.append(pair)
        self._next_check = min(self._next_check, now)

    def _asked_pair(self, base: Base, source: Address, check: stun.Check) -> Pair | None:
        known = self.checklist.find(base.local, source)
        if known is not None or self.retired or not reachable((base,), source, self._station.settings.forbidden):
            return known
        self._station.counters.learned += 1
        return self.checklist.learned(base, source, check.priority)

    def _works(self, pair: Pair, now: float) -> None:
        if pair.works:
            return
        first = self.current(pair.component) is None
        pair.state, pair.answered = PairState.SUCCEEDED, now
        if first:
            self._tell(Usable, pair)
        if self._first_success is None:
            self._first_success = now
        if self._station.lite:
            return
        if self._consent_at is None and self._station.settings.consent:
            self._consent_at = now + self._station.settings.consent_interval
        if self.checklist.controlling and pair.component not in self.selected and self._nominate_at is None:
            self._nominate_at = now + NOMINATION_DELAY

    def _select(self, pair: Pair, now: float) -> None:
        old = self.selected.get(pair.component)
        if old is pair or (old is not None and old.priority >= pair.priority and now - old.heard <= SILENCE):
            return
        self.selected[pair.component] = pair
        self._tell(Selected, pair)
        if self.concluded:
            self._conclude()

    def _conclude(self) -> None:
        """What is worse than the selected pairs is checked no further, until one of them fails (RFC 8445 8.1.2)."""
        for transaction in self.transactions:
            pair = transaction.pair
            chosen = self.selected.get(pair.component)
            if pair.state is PairState.IN_PROGRESS and (chosen is None or pair.priority < chosen.priority):
                self.transactions.end(transaction)
                pair.state = PairState.WAITING

    def _check(
        self,
        pair: Pair,
        now: float,
        *,
        nominates: bool = False,
        timeout: float = FIRST_TIMEOUT,
        patience: float = PATIENCE,
    ) -> None:
        controlling = self.checklist.controlling
        nominates = nominates and controlling
        identifier = self._station.budgets.random.randbytes(12)
        timeout = self._paced(timeout)
        data = self._request(pair, identifier, controlling=controlling, nominates=nominates)
        transaction = Transaction(
            identifier, pair, data, controlling, nominates, now, now, timeout, now + timeout, now + patience
        )
        self.transactions.begin(transaction)
        self._send(transaction)

    def _request(self, pair: Pair, identifier: bytes, *, controlling: bool, nominates: bool) -> bytes:
        assert self.remote is not None
        return stun.check_request(
            identifier,
            f"{self.remote.ufrag}:{self.local.ufrag}",
            self.remote_password,
            role=(controlling, self._station.tie_breaker),
            priority=pair.base.reflexive_priority,
            nominates=nominates,
            software=self._station.settings.software,
        )

    def _send(self, transaction: Transaction) -> None:
        pair = transaction.pair
        self._station.counters.checks += 1
        self._station.send(pair.base.local, pair.remote, transaction.data)

    def _must_wait(self, transaction: Transaction, now: float) -> bool:
        """Whoever is not proven to be the peer gets its share of what all agents may send to strangers."""
        if transaction.booked or transaction.pair.proven:
            return False
        transaction.due = self._station.budgets.checks.book(now)
        return transaction.due > now

    def _paced(self, timeout: float) -> float:
        """All that waits for an answer may be repeated no faster than it was sent (RFC 8445 14.3)."""
        return max(timeout, PACE * len(self.transactions))

    def _tell(self, event: Callable[[int, Address, Address], IceEvent], pair: Pair) -> None:
        self._station.events.append(event(pair.component, pair.base.local, pair.remote))
