"""A phone with DTLS-SRTP but without ICE, a plain one, and a relay in between: rtpengine's or ours."""

import itertools
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket

import pytest

from rtpng.dtls.identity import Identity, make_identity
from rtpng.dtls.settings import RSA, DtlsSettings
from sipcore.sdp.attributes import rtp_address
from sipcore.sdp.session import parse
from tests.netns.packets import rtp
from tests.netns.topology import PATIENCE, Host, Network
from tests.peers import sid
from tests.peers.dtls_phone import DtlsPhone
from tests.peers.ng_peer import DEBIAN, RTPNG_USERSPACE, Daemon, NgPeer

pytestmark = pytest.mark.peers

LOOPBACK = "127.0.0.1"
PACKETS = 10


@dataclass
class Conversation:
    """Alice speaks DTLS-SRTP, Bob RTP, and the relay is in between."""

    relay: NgPeer
    alice: DtlsPhone
    bob: socket
    _sequence: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def invite(self) -> None:
        """An offer of Alice and Bob's answer."""
        host, port = self.bob.getsockname()
        plain = f"v=0\r\no=- 2 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
        tags = {"call-id": "dtls", "from-tag": "alice"}
        wishes = {"transport-protocol": "RTP/AVP", "ICE": "remove", "rtcp-mux": ["demux"]}
        offered = self.relay.ask("offer", tags | wishes | {"sdp": self.alice.offer()})
        answered = self.relay.ask("answer", tags | {"to-tag": "bob", "sdp": plain})
        described = parse(offered["sdp"])
        self.to_alice = rtp_address(described, described.media[0])
        self.alice.take(answered["sdp"])

    def talk(self) -> None:
        """Both speak, and everything arrives; threads of rtpengine may change the order."""
        self._greet()
        for _ in range(PACKETS):
            packet = rtp(next(self._sequence))
            self.alice.say(packet)
            assert self.bob.recv(2000) == packet
        sent = [rtp(next(self._sequence)) for _ in range(PACKETS)]
        assert self.to_alice is not None
        for packet in sent:
            self.bob.sendto(packet, self.to_alice)
        self.alice.heard.clear()
        deadline = time.monotonic() + 5.0
        while len(self.alice.heard) < PACKETS and time.monotonic() < deadline:
            self.alice.turn()
        assert sorted(self.alice.heard) == sorted(sent)

    def _greet(self) -> None:
        """The relay may need a moment to read the last flight, and drops what comes before."""
        self.bob.settimeout(0.05)
        for _ in range(100):
            self.alice.say(rtp(next(self._sequence)))
            if self._drain():
                break
        self.bob.settimeout(PATIENCE)

    def _drain(self) -> int:
        """How much Bob hears until nothing more comes."""
        heard = 0
        with suppress(TimeoutError):
            while self.bob.recv(2000):
                heard += 1
        return heard


def identity(key: str = RSA) -> Identity:
    return make_identity(DtlsSettings(key=key), time.time())


@pytest.fixture(params=["10.5", "sid", "rtpng"])
def daemon(request: pytest.FixtureRequest) -> Daemon:
    if request.param != "sid":
        return DEBIAN if request.param == "10.5" else RTPNG_USERSPACE
    return sid.rtpengine_or_skip()


@pytest.fixture
def host() -> Iterator[Host]:
    with Network("dtls") as network:
        yield network.host("all")


@pytest.fixture
def relay(host: Host, daemon: Daemon, tmp_path: Path) -> Iterator[NgPeer]:
    with NgPeer(host, daemon, tmp_path / "relay.log", [LOOPBACK]) as running:
        yield running


@pytest.fixture(params=["active", "passive", "actpass"])
def call(request: pytest.FixtureRequest, host: Host, relay: NgPeer) -> Conversation:
    alice = DtlsPhone(host.udp(LOOPBACK, 5000), identity(), request.param)
    return Conversation(relay, alice, host.udp(LOOPBACK, 6000))


def test_media_flows_both_ways(call: Conversation) -> None:
    call.invite()
    call.alice.until_keyed()
    call.talk()


def test_a_reinvite_keeps_the_keys(call: Conversation) -> None:
    call.invite()
    call.alice.until_keyed()
    call.invite()
    call.talk()
    assert len(call.alice.keyed) == 1


def test_another_certificate_brings_other_keys(call: Conversation) -> None:
    call.invite()
    call.alice.until_keyed()
    call.talk()
    call.alice.replace_identity(identity("prime256v1"))
    call.invite()
    call.alice.until_keyed()
    call.talk()


@pytest.mark.parametrize("call", ["active"], indirect=True)
@pytest.mark.parametrize("daemon", ["rtpng"], indirect=True)
def test_a_phone_may_begin_anew_without_a_word_of_its_proxy(call: Conversation) -> None:
    call.invite()
    call.alice.until_keyed()
    call.talk()
    answer = call.alice.terms
    call.alice.replace_identity(call.alice.identity)
    call.alice.agree(answer)
    call.alice.until_keyed()
    call.talk()


@pytest.mark.parametrize("call", ["active"], indirect=True)
@pytest.mark.parametrize("daemon", ["rtpng"], indirect=True)
def test_strangers_keep_nobody_out_and_get_no_keys(call: Conversation, host: Host) -> None:
    call.alice.hold_back = True
    call.invite()
    strangers = [DtlsPhone(host.udp(LOOPBACK, 7000 + number), identity("prime256v1"), "active") for number in range(6)]
    for stranger in strangers:
        stranger.agree(call.alice.terms)
    for _ in range(20):
        for stranger in strangers:
            stranger.turn()
    call.alice.agree(call.alice.terms)
    call.alice.until_keyed()
    call.talk()
    assert not any(stranger.keyed for stranger in strangers)
