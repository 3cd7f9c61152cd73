"""The queue of handshakes: order, budget, bounds."""

from dataclasses import dataclass

import pytest

from rtpng.dtls.identity import Identity
from rtpng.dtls.queue import WAITING, WAITING_PER_PORT, HandshakeQueue
from rtpng.dtls.records import Drop
from rtpng.dtls.transport import DtlsTransport
from sipcore.sdp.dtls import Role
from tests.rtpng.dtls.test_transport import Scene

JUNK = b"junk"


@dataclass
class Clock:
    """Every look at it takes a millisecond."""

    now: float = 0.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


@pytest.fixture
def ports(elliptic: tuple[Identity, Identity]) -> list[DtlsTransport]:
    return [DtlsTransport(elliptic[0]) for _ in range(WAITING // WAITING_PER_PORT + 1)]


def test_a_turn_ends_with_its_budget(ports: list[DtlsTransport]) -> None:
    queue, clock = HandshakeQueue(), Clock()
    for port in ports[:5]:
        queue.put(port, JUNK)
    assert list(queue.serve(clock, 0.0035)) == ports[:2]
    assert list(queue.serve(clock, 10.0)) == ports[2:5]
    assert len(queue) == 0


def test_a_turn_without_budget_serves_one(ports: list[DtlsTransport]) -> None:
    queue = HandshakeQueue()
    queue.put(ports[0], JUNK)
    queue.put(ports[1], JUNK)
    assert list(queue.serve(Clock(), 0.0)) == ports[:1]


def test_one_port_cannot_fill_the_queue(ports: list[DtlsTransport]) -> None:
    queue = HandshakeQueue()
    for _ in range(WAITING_PER_PORT + 2):
        queue.put(ports[0], JUNK)
    queue.put(ports[1], JUNK)
    assert (len(queue), queue.dropped) == (WAITING_PER_PORT + 1, 2)
    list(queue.serve(Clock(), 10.0))
    queue.put(ports[0], JUNK)
    assert len(queue) == 1


def test_the_queue_is_bounded(ports: list[DtlsTransport]) -> None:
    queue = HandshakeQueue()
    for port in ports:
        for _ in range(WAITING_PER_PORT):
            queue.put(port, JUNK)
    assert (len(queue), queue.dropped) == (WAITING, WAITING_PER_PORT)


def test_what_is_served_reaches_the_port(elliptic: tuple[Identity, Identity]) -> None:
    scene = Scene(*elliptic)
    scene.port.agree(scene.server_terms(), scene.now)
    queue = HandshakeQueue()
    queue.put(scene.port, JUNK)
    for datagram in scene.client().outgoing():
        queue.put(scene.port, datagram)
    (first, *_) = queue.serve(Clock(), 10.0)
    assert first.drops == {Drop.FRAMING: 1}
    assert scene.port.outgoing()
    assert scene.port.terms is not None
    assert scene.port.terms.role is Role.PASSIVE
