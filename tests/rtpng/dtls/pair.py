"""Two sessions that talk to each other in memory, on a clock that the test moves."""

from collections.abc import Callable
from dataclasses import dataclass, field

from rtpng.dtls.events import DtlsEvent, Keyed
from rtpng.dtls.identity import Identity, make_identity
from rtpng.dtls.session import DtlsSession
from rtpng.dtls.settings import RSA, DtlsSettings
from sipcore.sdp.dtls import Fingerprint, Role

WALL = 1_800_000_000.0
EC_SETTINGS = DtlsSettings()
RSA_SETTINGS = DtlsSettings(key=RSA)


def expected(identity: Identity, algorithm: str = "sha-256") -> tuple[Fingerprint, ...]:
    return (identity.fingerprint(algorithm),)


@dataclass
class Pair:
    """A client and a server that know each other's fingerprint."""

    client_identity: Identity
    server_identity: Identity
    algorithm: str = "sha-256"
    now: float = 100.0
    before_each: Callable[[DtlsSession], object] = lambda _: None
    client: DtlsSession = field(init=False)
    server: DtlsSession = field(init=False)
    told: dict[Role, list[DtlsEvent]] = field(init=False)

    def __post_init__(self) -> None:
        self.client = DtlsSession(
            self.client_identity, Role.ACTIVE, expected(self.server_identity, self.algorithm), self.now
        )
        self.server = DtlsSession(
            self.server_identity, Role.PASSIVE, expected(self.client_identity, self.algorithm), self.now
        )
        self.told = {Role.ACTIVE: [], Role.PASSIVE: []}

    def exchange(self) -> None:
        """Carries datagrams to and fro until nobody has anything to say."""
        while True:
            there, back = self.client.outgoing(), self.server.outgoing()
            self._carry(there, self.server)
            self._carry(back, self.client)
            self.note_events()
            if not there and not back:
                return

    def pass_time(self, seconds: float) -> None:
        """Serves what becomes due in this time, and carries what is said."""
        end = self.now + seconds
        while (due := self._due()) is not None and due <= end:
            self.now = due
            for session in (self.client, self.server):
                if (session.timer() or end) <= due:
                    session.on_time(due)
            self.exchange()
        self.now = end

    def _due(self) -> float | None:
        timers = (self.client.timer(), self.server.timer())
        return min((timer for timer in timers if timer is not None), default=None)

    def _carry(self, datagrams: list[bytes], receiver: DtlsSession) -> None:
        for datagram in datagrams:
            self.before_each(receiver)
            receiver.receive(datagram, self.now)

    def note_events(self) -> None:
        self.told[Role.ACTIVE] += self.client.events()
        self.told[Role.PASSIVE] += self.server.events()

    def keyed(self, role: Role) -> Keyed:
        (event,) = (event for event in self.told[role] if isinstance(event, Keyed))
        return event


def fresh(settings: DtlsSettings = EC_SETTINGS) -> Identity:
    return make_identity(settings, WALL)
