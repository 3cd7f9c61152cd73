"""The pairs under one pair of credentials and what became of them; a restart begins another generation (RFC 8445 9)."""

from collections.abc import Callable
from typing import Final

from rtpng.ice import stun
from rtpng.ice.checklist import Checklist
from rtpng.ice.checks import Checks
from rtpng.ice.events import ConsentLost, IceEvent, Selected, Usable
from rtpng.ice.keys import Keys
from rtpng.ice.nomination import nominees
from rtpng.ice.pair import Base, Pair, PairState
from rtpng.ice.station import Station
from rtpng.ice.targets import reachable
from rtpng.ice.transactions import Transaction
from sipcore.address import Address
from sipcore.sdp.ice import Credentials

NOMINATION_DELAY: Final = 0.1  # after the first success, for a better pair to come up; rtpengine's observed behaviour
TOGETHER: Final = 1.0  # seconds in which RTP and RTCP may yet come up between the same hosts
_NONE: Final[frozenset[int]] = frozenset()
SILENCE: Final = 3.0  # seconds after which a selected pair gives way to any other that is nominated


class Generation:
    """``keys``: of both sides; ``pairs``: all of them; ``checks``: ours; ``selected``: the nominated, by component."""

    __slots__ = (
        "_consent_at",
        "_first_success",
        "_lost",
        "_nominate_at",
        "_remote_lite",
        "_retired",
        "_station",
        "checks",
        "keys",
        "pairs",
        "selected",
    )

    def __init__(self, station: Station, credentials: Credentials, *, controlling: bool) -> None:
        self._station = station
        self.keys = Keys(credentials)
        self.pairs = Checklist(controlling)
        self.checks = Checks(station, self.pairs, self.keys)
        self.selected: dict[int, Pair] = {}
        self._lost: dict[int, Pair] = {}
        self._remote_lite = self._retired = False
        self._nominate_at: float | None = None
        self._first_success: float | None = None
        self._consent_at: float | None = None

    @property
    def controlling(self) -> bool:
        return self.pairs.controlling

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
        return self.selected.get(component) or next((pair for pair in self.pairs.of(component) if pair.works), None)

    # What signalling says

    def set_remote(self, credentials: Credentials, *, lite: bool, now: float) -> None:
        self.keys.meet(credentials)
        self._remote_lite = lite
        self._agree(now)

    def add(self, component: int, target: Address, priority: int, now: float) -> bool:
        """A candidate of the peer; False if it is not for us."""
        bases = [base for base in self._station.bases if base.component == component]
        bases = reachable(bases, target, self._station.settings.forbidden)
        if not bases or not self.pairs.signalled(bases, target, priority):
            return False
        self._agree(now)
        return True

    def retire(self) -> None:
        """A restart has begun: nothing is looked for any more, what is in use stays answered and checked."""
        self._retired = True
        self._nominate_at = None
        self.checks.forget_triggered()
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
        elif not pair.works and not self._retired:
            self.checks.trigger(pair, now)
        if check.nominates and not self.controlling:
            pair.nominated = True
            if pair.works:
                self._select(pair, now)

    def answered(self, transaction: Transaction, now: float) -> None:
        """The peer's success response to one of our checks (RFC 8445 7.2.5.3)."""
        self.checks.pending.end(transaction)
        pair = transaction.pair
        pair.proven, pair.answered, pair.heard = True, now, now
        pair.round_trip = now - transaction.began
        self._works(pair, now)
        if transaction.nominates and self.controlling:
            pair.nominated = True
        if pair.nominated:
            self._select(pair, now)
        elif not self.controlling and pair.component in self._lost and pair.component not in self.selected:
            self._adopt(pair, now)

    def refused(self, transaction: Transaction, *, again: bool, now: float) -> None:
        """The peer's error response; ``again``: for another check of the pair (RFC 8445 7.2.5.1)."""
        self.checks.pending.end(transaction)
        transaction.pair.state = PairState.FAILED
        if again:
            self.checks.trigger(transaction.pair, now)
        elif transaction.nominates and self.controlling:
            self._nominate_at = now

    # What time brings

    def timer(self) -> float | None:
        """When ``on_time`` is due; None: never, if nothing happens."""
        due = (self.checks.timer(self._unselected), self._nominate_at, self._consent_at)
        return min((when for when in due if when is not None), default=None)

    def on_time(self, now: float) -> None:
        for transaction in self.checks.repeat(now):
            self._unanswered(transaction, now)
        self._nominate(now)
        self.checks.advance(now, self._unselected)
        self._renew_consent(now)

    @property
    def _unselected(self) -> frozenset[int]:
        """The components whose pairs are worth checks."""
        if self._retired or self._station.lite or self.concluded:
            return _NONE
        return self._station.components - self.selected.keys()

    def _unanswered(self, transaction: Transaction, now: float) -> None:
        pair = transaction.pair
        if pair.state is PairState.IN_PROGRESS:
            pair.state = PairState.FAILED
        elif transaction.nominates and not pair.nominated:
            pair.state = PairState.FAILED
            self._nominate_at = now
        elif self.selected.get(pair.component) is pair:
            self._look_elsewhere(pair, now)

    def _look_elsewhere(self, silent: Pair, now: float) -> None:
        """The peer may have moved, or its NAT: if another pair was heard since, that takes over before consent ends."""
        heard = [pair for pair in self.pairs.of(silent.component) if pair.works and pair.heard > silent.heard]
        if not heard or self._retired:
            return
        if self.controlling:
            self.checks.start(heard[0], now, nominates=True)
        else:
            self._adopt(heard[0], now)

    def _nominate(self, now: float) -> None:
        if self._nominate_at is None or now < self._nominate_at:
            return
        missing = [component for component in self._unselected if not self.checks.pending.is_nominating(component)]
        together = self._first_success is not None and now < self._first_success + TOGETHER
        chosen = nominees(self.pairs, missing, together=together) if self.controlling else []
        for pair in chosen:
            self.checks.start(pair, now, nominates=True)
        self._nominate_at = now + NOMINATION_DELAY if missing and not chosen and together else None

    def _renew_consent(self, now: float) -> None:
        if self._consent_at is None or now < self._consent_at:
            return
        expiry = self._station.settings.consent_expiry
        pairs = [pair for pair in map(self._consenting, self._station.components) if pair is not None]
        for pair in pairs:
            if pair.works and now >= pair.answered + expiry:
                self._lose(pair, now)
            else:
                self.checks.confirm(pair, now)
        later = now + self._station.settings.consent_interval * self._station.budgets.random.uniform(0.8, 1.2)
        self._consent_at = min([later, *(pair.answered + expiry for pair in pairs if pair.works)])

    def _consenting(self, component: int) -> Pair | None:
        """Whose consent is asked for: that of the pair in use, else of the one that was."""
        return self.current(component) or self._lost.get(component)

    def _lose(self, pair: Pair, now: float) -> None:
        """No media goes to the pair until it answers again (RFC 7675 5.1); others are tried."""
        self.checks.pending.end_all(pair)
        pair.state = PairState.FAILED
        self._lost[pair.component] = pair
        if self.selected.get(pair.component) is pair:
            del self.selected[pair.component]
        self._tell(ConsentLost, pair)
        other = self.current(pair.component)
        if self.controlling and not self._retired:
            self._nominate_at = now
        elif other is not None:
            self._adopt(other, now)

    def _adopt(self, pair: Pair, now: float) -> None:
        """The peer nominated a pair once, and as it sees it this may be the same: it need not nominate it again."""
        pair.nominated = True
        self._select(pair, now)

    # What follows

    def _agree(self, now: float) -> None:
        """Between two lite agents nobody checks: what signalling says is believed (RFC 8445 8.2)."""
        if not (self._station.lite and self._remote_lite):
            return
        for component in self._station.components:
            pair = next(self.pairs.of(component), None)
            if pair is not None:
                pair.proven = True
                self._works(pair, now)
                self._select(pair, now)

    def _asked_pair(self, base: Base, source: Address, check: stun.Check) -> Pair | None:
        known = self.pairs.find(base.local, source)
        if known is not None or self._retired or not reachable((base,), source, self._station.settings.forbidden):
            return known
        self._station.counters.learned += 1
        return self.pairs.learned(base, source, check.priority)

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
        if self.controlling and pair.component in self._unselected and self._nominate_at is None:
            self._nominate_at = now + NOMINATION_DELAY

    def _select(self, pair: Pair, now: float) -> None:
        """The better of two nominated pairs counts (RFC 5245 8.1.1.2), unless the peer seems to have left it."""
        old = self.selected.get(pair.component)
        if old is pair or (old is not None and old.priority >= pair.priority and now - old.heard <= SILENCE):
            return
        self.selected[pair.component] = pair
        self._tell(Selected, pair)
        if self.concluded:
            self._conclude()

    def _conclude(self) -> None:
        """What is worse than the selected pairs is checked no further, until one of them fails (RFC 8445 8.1.2)."""
        for pair in [transaction.pair for transaction in self.checks.pending]:
            chosen = self.selected.get(pair.component)
            if pair.state is PairState.IN_PROGRESS and (chosen is None or pair.priority < chosen.priority):
                self.checks.give_up(pair)

    def _tell(self, event: Callable[[int, Address, Address], IceEvent], pair: Pair) -> None:
        self._station.events.append(event(pair.component, pair.base.local, pair.remote))
