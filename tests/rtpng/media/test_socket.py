import socket
from collections.abc import Iterator

import pytest

from rtpng.media.forward import Forwarder
from rtpng.media.relay import Relay, Verdict
from rtpng.media.socket import BATCH, BURST, MediaSocket
from rtpng.ports import open_media_socket
from sipcore.address import Address
from tests.rtpng.media.rig import V4, Peer, rtp


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def opened() -> Iterator[socket.socket]:
    with open_media_socket(Address(V4, 0)) as sock:
        yield sock


@pytest.fixture
def peer() -> Iterator[Peer]:
    made = Peer()
    with made.socket:
        yield made


def reader(opened: socket.socket, remote: Address, clock: Clock) -> MediaSocket:
    local = Address(*opened.getsockname())
    forwarder = Forwarder(local, lambda *_: Verdict.FOREIGN)
    forwarder.follow(Relay(local, remote), (), ())
    return MediaSocket(opened, forwarder, clock)


def test_a_quiet_socket_is_read_once_a_busy_one_in_batches(opened: socket.socket, peer: Peer) -> None:
    clock = Clock()
    media = reader(opened, peer.address, clock)
    stats = media.forwarder.stats
    for sequence in range(100):
        peer.send(rtp(sequence), Address(*opened.getsockname()))
    counts = []
    for pause in (0.0, 0.0, BURST / 2, 2 * BURST):
        clock.now += pause
        before = stats.unrouted
        media.read()
        counts.append(stats.unrouted - before)
    assert counts == [1, BATCH, BATCH, 1]


def test_an_empty_socket_is_no_error(opened: socket.socket, peer: Peer) -> None:
    media = reader(opened, peer.address, Clock())
    media.read()
    assert media.forwarder.stats.errors_in == 0


def test_an_error_instead_of_a_packet_is_counted(opened: socket.socket) -> None:
    nobody = Peer()
    nobody.socket.close()
    media = reader(opened, nobody.address, Clock())
    opened.connect(nobody.address)  # a connected socket is told by ICMP that nobody listens
    opened.send(rtp())
    media.read()
    assert media.forwarder.stats.errors_in == 1
