"""All DTLS of one port: which association a datagram belongs to, and whose keys count.

Datagrams may come before the peer's fingerprint is known, from several sources (without ICE nobody has proven an
address), or from a peer that begins anew while its keys are in use. So there is at most one ``current`` association,
and beside it some handshakes, each on its own, by source. The first that ends with the right fingerprint becomes
current; one that fails changes nothing. A source that SDP does not name may be forged: it must send back a cookie, so
that nobody can have us flood a third.
"""

from collections import Counter
from dataclasses import dataclass

from rtpng.dtls.events import Closed, DtlsEvent, Failed, Keyed, State
from rtpng.dtls.identity import Identity
from rtpng.dtls.records import ALERT, Drop, Record, first_record, hello_random, is_hello
from rtpng.dtls.session import DtlsSession
from rtpng.dtls.terms import Source, Terms
from sipcore.sdp.dtls import Role

EARLY = 4  # datagrams kept until the terms are known
HANDSHAKES = 4  # at once; one place is kept free for the address that SDP names
STRANGERS_PATIENCE = 10.0  # seconds for a source that SDP does not name, and until it may fail again
AGAIN = 30.0  # seconds after its beginning until a failed handshake of the peer itself may be tried again


@dataclass(slots=True)
class _Attempt:
    """A handshake, running or failed; ``until``: when its place is free again, None: when it has failed."""

    session: DtlsSession
    begun: float
    until: float | None


class DtlsTransport:
    """No datagram leaves, and no state is made for one that arrives, before ``agree``. Nothing that arrives raises.

    The caller admits sources: with ICE those that it has proven, each given as None; without it any, by address.
    """

    __slots__ = (
        "_attempts",
        "_current",
        "_early",
        "_events",
        "_identity",
        "_outgoing",
        "_source",
        "closed",
        "drops",
        "last_error",
        "terms",
    )

    def __init__(self, identity: Identity) -> None:
        self.terms: Terms | None = None
        self.drops: Counter[Drop] = Counter()
        self.last_error = ""
        self.closed = False
        self._identity = identity
        self._early: list[tuple[bytes, Source]] = []
        self._attempts: dict[Source, _Attempt] = {}
        self._current: DtlsSession | None = None
        self._source: Source = None  # the peer of the current one
        self._outgoing: list[tuple[bytes, Source]] = []
        self._events: list[DtlsEvent] = []

    @property
    def identity(self) -> Identity:
        """Whose fingerprint our SDP must show."""
        return self._identity

    @property
    def state(self) -> State | None:
        """Of the current association, else of the handshake with the peer; None while there is neither."""
        if self._current is not None:
            return self._current.state
        attempt = self._attempts.get(self.terms.target) if self.terms else None
        return attempt.session.state if attempt else None

    @property
    def peer(self) -> Source:
        """Where the owner of the keys in use is, which without ICE need not be where SDP says."""
        return self._source

    def agree(self, terms: Terms, now: float) -> None:
        """The way to the peer is open, and these are the terms: begins, goes on, or begins anew, as they ask."""
        before, self.terms = self.terms, terms
        if self.closed or before == terms:
            return
        if before is not None and _same_association(before, terms):
            self._move(before.target, terms.target)
            return
        if self._current is not None and self._current.proof not in terms.fingerprints:
            self._void("the peer's fingerprint has changed")
        self._attempts.clear()
        if terms.role is Role.ACTIVE:
            self._begin(terms.target, now)
        self._take_early(now)

    def receive(self, datagram: bytes, now: float, source: Source = None) -> None:
        """One datagram from a source that the caller admits."""
        if self.closed:
            self.drops[Drop.OVER] += 1
        elif self.terms is None:
            self._keep(datagram, source)
        else:
            self._give(self.terms, datagram, now, source)

    def timer(self) -> float | None:
        """When ``on_time`` is to be called; None when there is nothing to wait for."""
        due = [attempt.until for attempt in self._attempts.values()]
        due += [session.timer() for _, session in self._sessions()]
        return min((time for time in due if time is not None), default=None)

    def on_time(self, now: float) -> None:
        """Whatever is due."""
        for source, session in self._sessions():
            session.on_time(now)
            self._collect(source, session)
        for source, attempt in list(self._attempts.items()):
            if attempt.until is not None and now >= attempt.until:
                self._end(source, now)

    def outgoing(self) -> list[tuple[bytes, Source]]:
        """The datagrams to be sent, in order, and where to; empty at the next call."""
        sent, self._outgoing = self._outgoing, []
        return sent

    def events(self) -> list[DtlsEvent]:
        """What has happened since the last call."""
        told, self._events = self._events, []
        return told

    def close(self) -> None:
        """Says close_notify to a peer with keys, and forgets everything."""
        if self._current is not None:
            self._current.close()
            self._outgoing += [(datagram, self._source) for datagram in self._current.outgoing()]
        self.closed = True
        self._current = None
        self._attempts.clear()
        self._early.clear()

    def _sessions(self) -> list[tuple[Source, DtlsSession]]:
        attempts = [(source, attempt.session) for source, attempt in self._attempts.items()]
        return attempts if self._current is None else [(self._source, self._current), *attempts]

    def _keep(self, datagram: bytes, source: Source) -> None:
        if first_record(datagram) is None:
            self.drops[Drop.FRAMING] += 1
        elif len(self._early) < EARLY:
            self._early.append((datagram, source))
        else:
            self.drops[Drop.EARLY] += 1

    def _take_early(self, now: float) -> None:
        kept, self._early = self._early, []
        for datagram, source in kept:
            self.receive(datagram, now, source)

    def _give(self, terms: Terms, datagram: bytes, now: float, source: Source) -> None:
        record = first_record(datagram)
        if record is None:
            self.drops[Drop.FRAMING] += 1
            return
        session = self._addressee(terms, record, now, source)
        if session is not None:
            session.receive(datagram, now)
            self._collect(source, session)

    def _addressee(self, terms: Terms, record: Record, now: float, source: Source) -> DtlsSession | None:
        """Whose datagram it is by its first record; None, counted, if it is nobody's."""
        random = hello_random(record)
        current = self._current if source == self._source else None
        if current is not None and _of_current(current, record, random):
            return current
        if source in self._attempts:
            return self._attempts[source].session
        if terms.role is Role.PASSIVE and is_hello(record) and (random is not None or current is None):
            return self._admit(terms, source, now)
        if current is None:
            self.drops[Drop.STRANGER] += 1
        return current

    def _admit(self, terms: Terms, source: Source, now: float) -> DtlsSession | None:
        """A place for the client behind this source, if there is one left."""
        strangers = sum(1 for known in self._attempts if known != terms.target)
        if source != terms.target and strangers >= HANDSHAKES - 1:
            self.drops[Drop.CROWDED] += 1
            return None
        return self._begin(source, now)

    def _begin(self, source: Source, now: float) -> DtlsSession | None:
        assert self.terms is not None
        stranger = source != self.terms.target
        session = DtlsSession(
            self._identity, self.terms.role, self.terms.fingerprints, now, self.drops, doubtful=stranger
        )
        until = now + STRANGERS_PATIENCE if stranger else None
        self._attempts[source] = _Attempt(session, now, until)
        self._collect(source, session)
        return session

    def _collect(self, source: Source, session: DtlsSession) -> None:
        self._outgoing += [(datagram, source) for datagram in session.outgoing()]
        if session.last_error:
            self.last_error = session.last_error
        for event in session.events():
            if session is self._current:
                self._current = None
                self._events.append(event)
            elif isinstance(event, Keyed):
                self._promote(source, session)
                self._events.append(event)
            else:
                self._failed(source, session, event)

    def _promote(self, source: Source, session: DtlsSession) -> None:
        """The peer has proven itself: nobody else can any more under these terms, until it begins anew."""
        self._attempts.clear()
        self._current, self._source = session, source
        self.last_error = ""

    def _failed(self, source: Source, session: DtlsSession, event: Failed | Closed) -> None:
        """Told only of the peer itself, and only if it has no keys: a stranger's failure is no news."""
        attempt = self._attempts[source]
        if session.state is State.FAILED and attempt.until is None:
            attempt.until = attempt.begun + AGAIN
        if self._current is None and self.terms is not None and source == self.terms.target:
            self._events.append(event)

    def _end(self, source: Source, now: float) -> None:
        """The place is free; a client that the peer has never answered goes on asking."""
        del self._attempts[source]
        if self.terms is not None and self.terms.role is Role.ACTIVE and source == self.terms.target:
            self._begin(source, now)

    def _void(self, reason: str) -> None:
        self._current = None
        self._events.append(Closed(reason))

    def _move(self, before: Source, after: Source) -> None:
        """The peer's SDP names another address for the same association."""
        if before in self._attempts:
            self._attempts[after] = self._attempts.pop(before)
        if self._source == before:
            self._source = after


def _of_current(current: DtlsSession, record: Record, random: bytes | None) -> bool:
    """A repeated ClientHello, or an alert, which in a handshake beside would be plaintext."""
    return (random is not None and random == current.hello) or (record.type == ALERT and record.epoch > 0)


def _same_association(before: Terms, after: Terms) -> bool:
    return (before.role, before.fingerprints, before.association) == (after.role, after.fingerprints, after.association)
