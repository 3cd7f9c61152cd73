"""One DTLS association with one peer: datagrams and times go in, datagrams and events come out (RFC 6347, RFC 5764)."""

from collections import Counter
from collections.abc import Sequence

from rtpng.dtls import keys
from rtpng.dtls.events import Closed, DtlsEvent, Failed, Keyed, State
from rtpng.dtls.flight import Flight
from rtpng.dtls.identity import Identity
from rtpng.dtls.openssl import Tls, TlsError
from rtpng.dtls.records import HANDSHAKE, Drop, Record, admitted, datagrams, hello_random, is_hello
from sipcore.sdp.dtls import Fingerprint, Role
from sipcore.srtp import DTLS_SUITES

PATIENCE = 30.0  # seconds for one attempt
RETRIES = 5
_KEEP_TLS = 30.0  # seconds after the handshake; a session takes 77 KiB with its SSL object and 1 without
_STANDSTILL = 1.0  # seconds without a word from the peer beyond its ClientHello
_SOON = 0.01  # seconds
_TOO_SLOW = f"no end of the handshake in {PATIENCE:.0f} seconds"
_WRONG_FINGERPRINT = "the peer's certificate does not have the fingerprint of its SDP"


class DtlsSession:
    """Client (which begins at once) or server. The caller sends ``outgoing()`` and reads ``events()`` after each call.

    Nothing that arrives raises; what is not shown to OpenSSL is counted in ``drops``. Keys come only after the peer's
    certificate had one of ``fingerprints``, which is then the ``proof``. ``hello`` is the random of the ClientHello to
    which a server has begun to answer. A ``doubtful`` server sends no more than it gets until its client has proven its
    address.
    """

    __slots__ = (
        "_doubtful",
        "_ends",
        "_events",
        "_farewell",
        "_fingerprints",
        "_flight",
        "_heard",
        "_identity",
        "_mistrusted",
        "_outgoing",
        "_tls",
        "_tls_due",
        "drops",
        "hello",
        "last_error",
        "proof",
        "retries",
        "role",
        "state",
    )

    def __init__(
        self,
        identity: Identity,
        role: Role,
        fingerprints: Sequence[Fingerprint],
        now: float,
        drops: Counter[Drop] | None = None,
        *,
        doubtful: bool = False,
    ) -> None:
        self.role = role
        self._doubtful = doubtful
        self.drops: Counter[Drop] = Counter() if drops is None else drops
        self.last_error = ""
        self.retries = 0
        self._identity = identity
        self._fingerprints = tuple(fingerprints)
        self._flight = Flight()
        self._farewell = b""
        self._outgoing: list[bytes] = []
        self._events: list[DtlsEvent] = []
        self.hello: bytes | None = None
        self._heard = now
        self._begin(now)

    def receive(self, datagram: bytes, now: float) -> None:
        """One datagram of the peer."""
        records = admitted(datagram, self.role, self.drops)
        if not records or not self._expected(records[0], now):
            return
        if self._tls is None:
            self.drops[Drop.OVER] += 1
            return
        asks = self.state is State.CONNECTED and any(record.type == HANDSHAKE for record in records)
        self._put(self._tls, records, now)
        if asks and not self._outgoing:  # a client whose records are no news to OpenSSL still waits for our last flight
            self._outgoing += self._flight.asked_for(now)

    def timer(self) -> float | None:
        """When ``on_time`` is to be called; None when there is nothing to wait for."""
        due = (self._ends, self._flight.due, self._tls_due)
        return min((time for time in due if time is not None), default=None)

    def on_time(self, now: float) -> None:
        """Repeats, gives up, or saves memory, whatever is due."""
        if self._ends is not None and now >= self._ends:
            self._end_of_patience(now)
        elif self._tls is not None and self.state is State.HANDSHAKE:
            self._outgoing += self._flight.on_time(now)
            if self._tls_due is not None and now >= self._tls_due:
                self._openssl_timeout(self._tls, now)

    def outgoing(self) -> list[bytes]:
        """The datagrams to be sent, in order; empty at the next call."""
        sent, self._outgoing = self._outgoing, []
        return sent

    def events(self) -> list[DtlsEvent]:
        """What has happened since the last call."""
        told, self._events = self._events, []
        return told

    def close(self) -> None:
        """Says close_notify if there is a connection, and forgets everything."""
        if self.state is State.CONNECTED:
            self._prepare_farewell()
            self._outgoing += datagrams(self._farewell, self._identity.size)
        if self.state in (State.HANDSHAKE, State.CONNECTED):
            self._over(State.CLOSED)

    def _expected(self, record: Record, now: float) -> bool:
        """Whether it goes on with what the peer has said before, or the peer may begin anew.

        A client that lost its state says another ClientHello, but so does a forger: it counts only once the handshake
        stands still.
        """
        if self.state is not State.HANDSHAKE or not is_hello(record):
            self._heard = now
            return True
        random = hello_random(record)
        if random is None or random == self.hello:
            return True
        if self.hello is not None and now - self._heard < _STANDSTILL:
            self.drops[Drop.OTHER_HELLO] += 1
            return False
        if self.hello is not None:
            self._start_over("the peer began anew", now)
        self.hello, self._heard = random, now
        return True

    def _begin(self, now: float) -> None:
        self.state = State.HANDSHAKE
        self.hello = None
        self.proof: Fingerprint | None = None
        self._mistrusted = False
        self._ends: float | None = now + PATIENCE
        self._tls: Tls | None = Tls(
            self._identity.context, self.role, self._judge, self._identity.size, doubtful=self._doubtful
        )
        self._tls_due: float | None = None
        self._flight.forget()
        if self.role is Role.ACTIVE:
            self._shake(self._tls, now)

    def _judge(self, certificate: bytes) -> bool:
        self.proof = next((one for one in self._fingerprints if one.matches(certificate)), None)
        self._mistrusted = self.proof is None
        return not self._mistrusted

    def _put(self, tls: Tls, records: list[Record], now: float) -> None:
        tls.put(b"".join(record.data for record in records))
        if self.state is State.HANDSHAKE:
            self._shake(tls, now)
        if self.state is State.CONNECTED:
            self._listen(tls)

    def _shake(self, tls: Tls, now: float) -> None:
        try:
            done = tls.shake_hands()
        except TlsError as error:
            self._send(tls.take())  # the alert that says why
            self._stumble(str(error), now)
            return
        if tls.doubtful:
            self._send(tls.take())  # the cookie, never repeated by itself
            return
        flight = datagrams(tls.take(), self._identity.size)
        if flight:
            self._outgoing += self._flight.send(flight, now)
        self._await_openssl(tls, now)
        if done:
            self._connect(tls, now)

    def _connect(self, tls: Tls, now: float) -> None:
        suite = DTLS_SUITES.get(tls.srtp_profile)
        if suite is None or self.proof is None:
            self._send(tls.farewell())
            self._fail("no SRTP profile in common" if self.proof else _WRONG_FINGERPRINT)
            return
        self._events.append(Keyed(*keys.cut(suite, tls.export(keys.length(suite)), self.role)))
        self.state, self.last_error = State.CONNECTED, ""
        self._ends, self._tls_due = now + _KEEP_TLS, None
        if self.role is Role.PASSIVE:
            self._flight.settle()
        else:
            self._flight.forget()

    def _listen(self, tls: Tls) -> None:
        try:
            open_still = tls.listen()
        except TlsError as error:
            self._fail(str(error))
            return
        self._send(tls.take())
        if not open_still:
            self._send(tls.farewell())
            self._events.append(Closed("close_notify of the peer"))
            self._over(State.CLOSED)

    def _send(self, stream: bytes) -> None:
        self._outgoing += datagrams(stream, self._identity.size)

    def _await_openssl(self, tls: Tls, now: float) -> None:
        left = tls.timeout()
        self._tls_due = None if left is None else now + max(left, _SOON)

    def _openssl_timeout(self, tls: Tls, now: float) -> None:
        try:
            tls.on_timeout()
        except TlsError as error:
            self._start_over(str(error), now)
            return
        fresh = datagrams(tls.take(), self._identity.size)
        if fresh:
            self._outgoing += self._flight.renew(fresh, now)
        self._await_openssl(tls, now)

    def _end_of_patience(self, now: float) -> None:
        if self.state is State.CONNECTED:
            self._prepare_farewell()
            self._drop_tls()
        elif self.role is Role.ACTIVE:
            self._start_over(self.last_error or _TOO_SLOW, now)
        else:
            self._fail(self.last_error or _TOO_SLOW)

    def _stumble(self, reason: str, now: float) -> None:
        if self._mistrusted:
            reason = _WRONG_FINGERPRINT
            self._events.append(Failed(reason))
        self._start_over(reason, now)

    def _start_over(self, reason: str, now: float) -> None:
        """A forged packet may have broken the handshake, and a forged certificate too: both come in plaintext."""
        if self.retries >= RETRIES:
            self._fail(reason)
        else:
            self.last_error = reason
            self.retries += 1
            self._begin(now)

    def _prepare_farewell(self) -> None:
        if self._tls is not None:
            self._farewell = self._tls.farewell()

    def _fail(self, reason: str) -> None:
        self.last_error = reason
        self._events.append(Failed(reason))
        self._over(State.FAILED)

    def _over(self, state: State) -> None:
        self.state = state
        self._drop_tls()
        self._farewell = b""

    def _drop_tls(self) -> None:
        self._tls = None
        self._ends = self._tls_due = None
        self._flight.forget()
