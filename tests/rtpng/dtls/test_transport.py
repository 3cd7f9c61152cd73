"""Ports with DTLS: early datagrams, several sources, a peer that begins anew."""

from dataclasses import dataclass, field

import pytest

from rtpng.dtls.events import Closed, DtlsEvent, Failed, Keyed, State
from rtpng.dtls.identity import Identity
from rtpng.dtls.records import Drop
from rtpng.dtls.session import DtlsSession
from rtpng.dtls.terms import Source, Terms
from rtpng.dtls.transport import EARLY, DtlsTransport
from sipcore.address import Address
from sipcore.sdp.dtls import Role
from tests.rtpng.dtls import hello
from tests.rtpng.dtls.pair import expected, fresh

PEER, STRANGER = Address("192.0.2.1", 4000), Address("198.51.100.7", 4000)
Identities = tuple[Identity, Identity]


@dataclass
class Scene:
    """Our port, and clients of its own at any address."""

    ours: Identity
    theirs: Identity
    now: float = 50.0
    port: DtlsTransport = field(init=False)
    told: list[DtlsEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.port = DtlsTransport(self.ours)

    def client(self, identity: Identity | None = None) -> DtlsSession:
        return DtlsSession(identity or self.theirs, Role.ACTIVE, expected(self.ours), self.now)

    def server_terms(self, target: Source = None, association: int = 0) -> Terms:
        return Terms(Role.PASSIVE, expected(self.theirs), target, association)

    def exchange(self, *clients: tuple[DtlsSession, Source]) -> None:
        while True:
            sent = [(datagram, source) for session, source in clients for datagram in session.outgoing()]
            for datagram, source in sent:
                self.port.receive(datagram, self.now, source)
            back = self.port.outgoing()
            for datagram, target in back:
                for session, source in clients:
                    if source == target:
                        session.receive(datagram, self.now)
            self.told += self.port.events()
            if not sent and not back:
                return

    def keyed(self) -> list[Keyed]:
        return [event for event in self.told if isinstance(event, Keyed)]


@pytest.fixture
def scene(elliptic: Identities) -> Scene:
    return Scene(*elliptic)


def keys_of(session: DtlsSession) -> Keyed:
    (event,) = (event for event in session.events() if isinstance(event, Keyed))
    return event


def test_nothing_leaves_before_the_terms(scene: Scene) -> None:
    for datagram in scene.client().outgoing():
        scene.port.receive(datagram, scene.now)
    assert scene.port.outgoing() == []
    assert scene.port.timer() is None


def test_early_datagrams_are_answered_once_the_terms_are_known(scene: Scene) -> None:
    client = scene.client()
    for datagram in client.outgoing():
        scene.port.receive(datagram, scene.now)
    scene.port.agree(scene.server_terms(), scene.now)
    scene.exchange((client, None))
    assert keys_of(client).local == scene.keyed()[0].remote


def test_only_some_early_datagrams_are_kept(scene: Scene) -> None:
    hello = scene.client().outgoing()[0]
    for _ in range(EARLY + 3):
        scene.port.receive(hello, scene.now)
    scene.port.receive(b"\x16junk", scene.now)
    assert scene.port.drops == {Drop.EARLY: 3, Drop.FRAMING: 1}


def test_the_client_begins_with_the_terms(scene: Scene) -> None:
    scene.port.agree(Terms(Role.ACTIVE, expected(scene.theirs), PEER), scene.now)
    server = DtlsSession(scene.theirs, Role.PASSIVE, expected(scene.ours), scene.now)
    scene.exchange((server, PEER))
    assert keys_of(server).local == scene.keyed()[0].remote
    assert scene.port.state is State.CONNECTED


def test_the_first_source_with_the_right_fingerprint_wins(scene: Scene) -> None:
    scene.port.agree(scene.server_terms(PEER), scene.now)
    stranger, peer = scene.client(fresh()), scene.client()
    scene.exchange((stranger, STRANGER), (peer, PEER))
    assert [keys.remote for keys in scene.told if isinstance(keys, Keyed)] == [keys_of(peer).local]
    assert not any(isinstance(event, Failed) for event in scene.told)


def test_a_peer_behind_a_nat_wins_by_its_fingerprint(scene: Scene) -> None:
    scene.port.agree(scene.server_terms(PEER), scene.now)
    peer = scene.client()
    scene.exchange((peer, STRANGER))
    assert keys_of(peer).local == scene.keyed()[0].remote
    assert scene.port.peer == STRANGER


def test_strangers_leave_a_place_for_the_peer(scene: Scene) -> None:
    scene.port.agree(scene.server_terms(PEER), scene.now)
    for number in range(10):
        for datagram in scene.client(fresh()).outgoing():
            scene.port.receive(datagram, scene.now, Address("198.51.100.7", 5000 + number))
    assert scene.port.drops[Drop.CROWDED] == 7
    peer = scene.client()
    scene.exchange((peer, PEER))
    assert len(scene.keyed()) == 1


def test_a_peer_that_begins_anew_gets_new_keys(scene: Scene) -> None:
    scene.port.agree(scene.server_terms(), scene.now)
    first, second = scene.client(), scene.client()
    scene.exchange((first, None))
    scene.exchange((second, None))
    assert [keys.remote for keys in scene.keyed()] == [keys_of(first).local, keys_of(second).local]


def test_somebody_who_begins_anew_with_another_certificate_changes_nothing(scene: Scene) -> None:
    scene.port.agree(scene.server_terms(), scene.now)
    scene.exchange((scene.client(), None))
    scene.exchange((scene.client(fresh()), None))
    assert len(scene.told) == 1
    assert scene.port.state is State.CONNECTED


def test_another_fingerprint_makes_the_keys_void(scene: Scene) -> None:
    scene.port.agree(scene.server_terms(), scene.now)
    scene.exchange((scene.client(), None))
    other = fresh()
    scene.port.agree(Terms(Role.PASSIVE, expected(other)), scene.now)
    assert scene.port.events() == [Closed("the peer's fingerprint has changed")]
    scene.exchange((scene.client(other), None))
    assert len(scene.keyed()) == 2


def test_another_association_keeps_the_keys_until_there_are_new_ones(scene: Scene) -> None:
    scene.port.agree(Terms(Role.ACTIVE, expected(scene.theirs), PEER), scene.now)
    first = DtlsSession(scene.theirs, Role.PASSIVE, expected(scene.ours), scene.now)
    scene.exchange((first, PEER))
    scene.port.agree(Terms(Role.ACTIVE, expected(scene.theirs), PEER, association=1), scene.now)
    assert scene.port.state is State.CONNECTED
    second = DtlsSession(scene.theirs, Role.PASSIVE, expected(scene.ours), scene.now)
    scene.exchange((second, PEER))
    assert [keys.remote for keys in scene.keyed()] == [keys_of(first).local, keys_of(second).local]


def test_a_close_tells_the_peer(scene: Scene) -> None:
    scene.port.agree(scene.server_terms(), scene.now)
    client = scene.client()
    scene.exchange((client, None))
    scene.port.close()
    scene.exchange((client, None))
    assert client.events()[-1] == Closed("close_notify of the peer")


def test_a_stranger_never_gets_more_than_it_sends_before_it_has_proven_its_address(scene: Scene) -> None:
    scene.port.agree(scene.server_terms(PEER), scene.now)
    received = sent = 0
    for datagram in scene.client().outgoing():
        for _ in range(3):
            scene.port.receive(datagram, scene.now, STRANGER)
            received += len(datagram)
    for _ in range(30):
        scene.now += 1.0
        scene.port.on_time(scene.now)
        sent += sum(len(datagram) for datagram, _ in scene.port.outgoing())
    assert 0 < sent < received / 4


@pytest.mark.parametrize("order", [(0, 1), (1, 0, 1)])
def test_a_strangers_hello_may_be_split(scene: Scene, order: tuple[int, ...]) -> None:
    scene.port.agree(scene.server_terms(PEER), scene.now)
    peer = scene.client()
    for sequence in (0, 1):  # without the cookie, and with it
        (whole,) = peer.outgoing()
        pieces = hello.split(whole, 100, sequence)
        for index in order:
            scene.port.receive(pieces[index], scene.now, STRANGER)
        for datagram, _ in scene.port.outgoing():
            peer.receive(datagram, scene.now)
    scene.exchange((peer, STRANGER))
    assert keys_of(peer).local == scene.keyed()[0].remote


def test_an_error_of_the_past_is_forgotten_with_the_keys(scene: Scene) -> None:
    scene.port.agree(Terms(Role.ACTIVE, expected(scene.theirs), PEER), scene.now)
    wrong = DtlsSession(fresh(), Role.PASSIVE, expected(scene.ours), scene.now)
    scene.exchange((wrong, PEER))
    assert scene.port.last_error == "the peer's certificate does not have the fingerprint of its SDP"
    right = DtlsSession(scene.theirs, Role.PASSIVE, expected(scene.ours), scene.now)
    scene.now += 2.0
    scene.port.on_time(scene.now)
    scene.exchange((right, PEER))
    assert len(scene.keyed()) == 1
    assert scene.port.last_error == ""
