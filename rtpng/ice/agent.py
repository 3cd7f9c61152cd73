"""The ICE agent of one media section, or of one BUNDLE group: datagrams and times in, datagrams and events out.

    agent.set_remote(credentials, lite=False, now=now)
    agent.add_candidate(candidate, now)
    agent.receive(local, source, data, now)
    send(agent.outgoing()); tell(agent.events()); wake_at(agent.timer())

Rules (RFC 8445, and what is said at the place):

1. Without a correct FINGERPRINT there is no answer and no state; strangers are refused within budgets, and never with
   more bytes than came.
2. An address is proven by a signed check of the peer, or by its signed answer to ours. ``allows`` is that set: DTLS
   and media of anybody else are not even looked at.
3. A restart begins a generation of its own. What was in use before stays so, answered and checked, until the next one
   has selected its pairs.
"""

from enum import Enum, auto
from typing import Final

from rtpng.ice import stun
from rtpng.ice.budget import Budget
from rtpng.ice.events import Datagram, Failed, IceEvent, PeerRestarted
from rtpng.ice.generation import Generation
from rtpng.ice.pair import Base, Pair
from rtpng.ice.station import OWN_REFUSALS_PER_SECOND, IceBudgets, IceCounters, IceSettings, Station
from rtpng.ice.transactions import Transaction
from sipcore.address import Address
from sipcore.sdp.ice import Candidate, Credentials

FAREWELL: Final = 3.0  # seconds in which the peer may still send on the pairs of before a restart


class IceState(Enum):
    """How far an agent is, for people who ask."""

    NEW = auto()  # the peer has said nothing
    CHECKING = auto()
    CONNECTED = auto()  # a pair works, not all are selected
    COMPLETED = auto()
    FAILED = auto()


class IceAgent:
    """Full agent, or with ``lite`` one that only answers (RFC 8445 2.5). ``bases``: one per address and component."""

    __slots__ = (
        "_bases",
        "_current",
        "_failed",
        "_failure_at",
        "_forget_at",
        "_last_error",
        "_own_refusals",
        "_previous",
        "_station",
    )

    def __init__(
        self,
        bases: tuple[Base, ...],
        credentials: Credentials,
        *,
        controlling: bool,
        settings: IceSettings,
        budgets: IceBudgets,
        lite: bool = False,
        tie_breaker: int | None = None,
    ) -> None:
        chosen = budgets.random.getrandbits(64) if tie_breaker is None else tie_breaker
        self._station = Station(bases, settings, budgets, chosen, lite)
        self._bases = {base.local: base for base in bases}
        self._current = Generation(self._station, credentials, controlling=controlling)
        self._previous: Generation | None = None
        self._own_refusals = Budget(OWN_REFUSALS_PER_SECOND, OWN_REFUSALS_PER_SECOND)
        self._failure_at: float | None = None
        self._forget_at: float | None = None
        self._last_error: str | None = None
        self._failed = False

    # What signalling says

    def set_remote(self, credentials: Credentials, *, lite: bool, now: float) -> None:
        """The peer's credentials; others than before are a restart of the peer (RFC 8839 4.4.1.1.1).

        Whoever restarts together with the peer calls ``restart`` first.
        """
        if self._current.keys.remote not in (None, credentials):
            self._begin(self._current.keys.local)
            self._station.events.append(PeerRestarted())
        if self._current.keys.remote is None:
            self._failure_at = now + self._station.settings.patience
        if lite and not self._station.lite:
            self._current.pairs.turn(controlling=True)  # RFC 8445 6.1.1
        self._current.set_remote(credentials, lite=lite, now=now)
        self._run(now)

    def add_candidate(self, candidate: Candidate, now: float) -> None:
        """One candidate of the peer; what cannot be used is counted. Told again, it changes nothing."""
        target = candidate.address
        if target is None or not self._current.add(candidate.component, target, candidate.priority, now):
            self._station.counters.unusable += 1
        self._run(now)

    def restart(self, credentials: Credentials) -> None:
        """Own credentials for the next generation; it begins when the peer's are set."""
        self._begin(credentials)

    # What the network brings

    def receive(self, local: Address, source: Address, data: bytes, now: float) -> None:
        """One STUN datagram that came to our socket bound to ``local``."""
        base = self._bases.get(local)
        if base is None:
            return
        try:
            self._read(base, source, data, now)
        except stun.StunError as error:
            self._last_error = str(error)
            self._refuse(base, source, data, error.code, now)
        else:
            self._run(now)

    def timer(self) -> float | None:
        """When ``on_time`` is due, monotonic seconds; None: never, if nothing happens."""
        due = [self._current.timer(), self._failure_at, self._forget_at]
        if self._previous is not None and self._forget_at is None:
            due.append(self._previous.timer())
        return min((when for when in due if when is not None), default=None)

    def on_time(self, now: float) -> None:
        """Does what is due; calling it too early or too late does no harm."""
        if self._forget_at is not None and now >= self._forget_at:
            self._previous = self._forget_at = None
        if self._previous is not None and self._forget_at is None:
            self._previous.on_time(now)
        self._current.on_time(now)
        if self._failure_at is not None and now >= self._failure_at:
            self._failure_at, self._failed = None, True
            self._station.events.append(Failed(self.diagnosis))

    # What it hands out

    def outgoing(self) -> list[Datagram]:
        """What is to be sent; each once."""
        sent, self._station.outgoing = self._station.outgoing, []
        return sent

    def events(self) -> list[IceEvent]:
        """What has happened; each once."""
        told, self._station.events = self._station.events, []
        return told

    def allows(self, local: Address, source: Address) -> bool:
        """Whether DTLS and media from there are the peer's: a check has passed between the two addresses."""
        for generation in self._generations:
            pair = generation.pairs.find(local, source)
            if pair is not None and pair.proven:
                return True
        return False

    def selected(self, component: int) -> Pair | None:
        """The nominated pair; after a restart that of before, until there is another."""
        pair = self._current.selected.get(component)
        if pair is not None or self._previous is None:
            return pair
        return self._previous.selected.get(component)

    def best(self, component: int) -> Pair | None:
        """Where to send: the selected pair, else the best that works."""
        pair = self.selected(component) or self._current.current(component)
        if pair is not None or self._previous is None:
            return pair
        return self._previous.current(component)

    @property
    def controlling(self) -> bool:
        return self._current.controlling

    @property
    def counters(self) -> IceCounters:
        return self._station.counters

    @property
    def state(self) -> IceState:
        if self._current.concluded:
            return IceState.COMPLETED
        if any(self.best(component) is not None for component in self._station.components):
            return IceState.CONNECTED
        if self._failed:
            return IceState.FAILED
        return IceState.NEW if self._current.keys.remote is None else IceState.CHECKING

    @property
    def diagnosis(self) -> str:
        """Why nothing has come up, for operators; without secrets."""
        counters = self._station.counters
        if self._current.keys.remote is None:
            found = "the peer's credentials are not known yet"
        elif self._station.lite:
            found = f"{counters.requests} checks of the peer came"
        elif not len(self._current.pairs):
            found = "the peer has named no address that can be checked from here, and has checked none of ours"
        else:
            found = f"{counters.checks} checks sent, {counters.answers} answered; {counters.requests} of the peer came"
        return found if self._last_error is None else f"{found}; last refused: {self._last_error}"

    # Steps of the above

    @property
    def _generations(self) -> tuple[Generation, ...]:
        return (self._current,) if self._previous is None else (self._current, self._previous)

    def _begin(self, credentials: Credentials) -> None:
        old = self._current
        if any(old.current(component) is not None for component in self._station.components):
            old.retire()
            self._previous, self._forget_at = old, None
        self._current = Generation(self._station, credentials, controlling=old.controlling)
        self._failure_at, self._failed = None, False

    def _run(self, now: float) -> None:
        """What came may have made something due at once."""
        if self._current.came_up:
            self._failure_at = None
        if self._previous is not None and self._forget_at is None and self._current.concluded:
            self._forget_at = now + FAREWELL
        due = self.timer()
        if due is not None and due <= now:
            self.on_time(now)

    def _read(self, base: Base, source: Address, data: bytes, now: float) -> None:
        message = stun.read_untrusted(data)
        match message.kind:
            case stun.Class.REQUEST:
                self._request(base, source, message, now)
            case stun.Class.SUCCESS | stun.Class.ERROR:
                self._response(base, source, message, now)
            case stun.Class.INDICATION:
                pass  # keeps a NAT open (RFC 8445 11)

    def _request(self, base: Base, source: Address, message: stun.UntrustedMessage, now: float) -> None:
        generation = self._addressed(message)
        try:
            check = message.check(generation.keys.password)
            self._settle_role(check)
        except stun.RefusedCheckError as refusal:
            self._station.counters.refused += 1
            unknown = message.unknown if refusal.code == stun.UNKNOWN_ATTRIBUTE else ()
            answer = stun.error_response(message.transaction, refusal.code, generation.keys.password, unknown)
            self._station.send(base.local, source, answer)
            return
        self._station.counters.requests += 1
        software = self._station.settings.software
        answer = stun.success_response(message.transaction, source, generation.keys.password, software)
        self._station.send(base.local, source, answer)
        generation.asked(base, source, check, now)

    def _addressed(self, message: stun.UntrustedMessage) -> Generation:
        """The generation whose credentials a request names. Raises StunError."""
        ufrags = message.ufrags_untrusted
        if ufrags is None or message.signed is None:
            raise stun.StunError("request without USERNAME or MESSAGE-INTEGRITY", stun.BAD_REQUEST)
        ours, theirs = ufrags
        for generation in self._generations:
            if generation.keys.name(ours, theirs):
                return generation
        raise stun.StunError("USERNAME is not that of this agent and its peer", stun.UNAUTHORIZED)

    def _settle_role(self, check: stun.Check) -> None:
        """RFC 8445 7.3.1.1. Raises RefusedCheckError if the peer has to change its role."""
        theirs = check.controlling if self.controlling else check.controlled
        if theirs is None or self._station.lite:
            return
        if (self._station.tie_breaker >= theirs) is self.controlling:
            raise stun.RefusedCheckError(stun.ROLE_CONFLICT)
        self._turn(controlling=not self.controlling)

    def _turn(self, *, controlling: bool) -> None:
        self._station.counters.role_switches += 1
        for generation in self._generations:
            generation.pairs.turn(controlling=controlling)

    def _response(self, base: Base, source: Address, message: stun.UntrustedMessage, now: float) -> None:
        asked = self._asked(message)
        if asked is None:
            self._station.counters.late += 1
            return
        generation, transaction = asked
        pair = transaction.pair
        if (base, source) != (pair.base, pair.remote):  # RFC 8445 7.2.5.2.1
            raise stun.StunError("response from another address than was asked")
        if not self._is_signed(message, generation):
            raise stun.StunError(f"response (error {message.error_code_untrusted}) that the peer has not signed")
        if message.unknown:
            raise stun.StunError("response with an attribute that must be understood and is not")
        if message.kind is stun.Class.SUCCESS:
            self._station.counters.answers += 1
            generation.answered(transaction, now)
            return
        conflict = message.error_code_untrusted == stun.ROLE_CONFLICT
        if conflict and self.controlling is transaction.controlling:
            self._turn(controlling=not transaction.controlling)
            self._station.tie_breaker = self._station.budgets.random.getrandbits(64)  # RFC 8445 16.1
        self._last_error = f"the peer answered {message.error_code_untrusted}"
        generation.refused(transaction, again=conflict, now=now)

    def _is_signed(self, message: stun.UntrustedMessage, generation: Generation) -> bool:
        """rtpengine 10.5 signs errors with the password of the receiver, which only the peer knows as well."""
        if message.is_signed_with(generation.keys.remote_password):
            return True
        return message.kind is stun.Class.ERROR and message.is_signed_with(generation.keys.password)

    def _asked(self, message: stun.UntrustedMessage) -> tuple[Generation, Transaction] | None:
        for generation in self._generations:
            transaction = generation.checks.pending.find(message.transaction)
            if transaction is not None:
                return generation, transaction
        return None

    def _refuse(self, base: Base, source: Address, data: bytes, code: int | None, now: float) -> None:
        """Perhaps an error response, to somebody who may be anybody, and whose address may be anybody's."""
        if code is None:
            self._station.counters.bad += 1
            return
        budgets = (self._own_refusals, self._station.budgets.refusals)
        if len(data) < stun.UNSIGNED_REFUSAL or not all(budget.take(now) for budget in budgets):
            self._station.counters.silenced += 1
            return
        self._station.counters.refused += 1
        self._station.send(base.local, source, stun.error_response(data[8:20], code))
