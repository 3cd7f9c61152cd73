"""Who only listens to a call, over SRTP: by SDES, by DTLS, and as a browser; rtpengine's relay or ours."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import pytest

from rtpng.dtls.identity import make_identity
from rtpng.dtls.settings import DtlsSettings
from rtpng.media.srtp import Contexts, Role
from sipcore.address import Address
from sipcore.sdp.crypto import Crypto, cryptos_of, printed
from sipcore.sdp.session import parse
from sipcore.srtp import fresh
from tests.netns.packets import rtp
from tests.netns.topology import PATIENCE, Host, Network
from tests.peers import sid
from tests.peers.aiortc_browser import Browser
from tests.peers.browser import TO_BROWSER
from tests.peers.dtls_phone import DtlsPhone
from tests.peers.ng_peer import RTPNG_USERSPACE, NgPeer, Reply
from tests.peers.short_sdp import described, media_of

pytestmark = pytest.mark.peers

TAGS: Reply = {"call-id": "heard", "from-tag": "alice"}
LISTENER: Reply = {"call-id": "heard", "from-tag": "alice", "to-tag": "listener"}
PACKETS = 10
FRAMES = 25
INTERVAL = 0.02  # seconds between Alice's packets


@dataclass
class Stage:
    """Alice and Bob are plain phones in a call; ``far`` is another host, for a browser."""

    relay: NgPeer
    far: Host
    address: str
    alice: socket
    to_bob: Address

    def invite(self, wishes: Reply) -> str:
        """The relay's offer to the listener."""
        return str(self.relay.ask("subscribe request", LISTENER | wishes)["sdp"])

    def accept(self, sdp: str) -> None:
        self.relay.ask("subscribe answer", LISTENER | {"sdp": sdp})

    def says(self, sequence: int) -> bytes:
        packet = rtp(sequence)
        self.alice.sendto(packet, self.to_bob)
        return packet


@pytest.fixture(params=["sid", "rtpng"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    daemon = sid.rtpengine_or_skip() if request.param == "sid" else RTPNG_USERSPACE
    with Network("listen") as network:
        near, far = network.host("relay"), network.host("browser")
        address = network.cable(near, far).near.ip4
        with NgPeer(near, daemon, tmp_path / "relay.log", [address]) as relay:
            alice, bob = near.udp(address, 5000), near.udp(address, 6000)
            offered = relay.ask("offer", TAGS | {"sdp": described(alice, "RTP/AVP")})
            answered = relay.ask("answer", TAGS | {"to-tag": "bob", "sdp": described(bob, "RTP/AVP")})
            assert media_of(offered["sdp"]).host == address
            yield Stage(relay, far, address, alice, media_of(answered["sdp"]))


def test_by_sdes(stage: Stage) -> None:
    phone = stage.relay.host.udp(stage.address, 7000)
    phone.settimeout(PATIENCE)
    chosen = cryptos_of(parse(stage.invite({"transport-protocol": "RTP/SAVP"})).media[0])[0]
    own = Crypto(chosen.tag, fresh(chosen.keys.suite))
    stage.accept(described(phone, "RTP/SAVP", f"a=crypto:{printed(own)}\r\na=recvonly\r\n"))
    unseal = Contexts().take(chosen.keys, Role.UNPROTECT_RTP)
    for sequence in range(1, PACKETS + 1):
        packet = stage.says(sequence)
        assert unseal(phone.recv(2000)) == packet


def test_by_dtls(stage: Stage) -> None:
    media = stage.relay.host.udp(stage.address, 7000)
    phone = DtlsPhone(media, make_identity(DtlsSettings(), time.time()), "active")
    stage.accept(
        phone.answer(stage.invite({"transport-protocol": "UDP/TLS/RTP/SAVP", "rtcp-mux": ["offer"], "SDES": ["off"]}))
    )
    phone.until_keyed()
    said: list[bytes] = []
    deadline = time.monotonic() + 5.0
    while len(phone.heard) < PACKETS:  # the relay may need a moment to read the last flight
        assert time.monotonic() < deadline
        said.append(stage.says(len(said) + 1))
        phone.turn()
    assert set(phone.heard) <= set(said)
    assert len(set(phone.heard)) == len(phone.heard)


async def _listen(stage: Stage) -> str:
    browser = Browser()
    try:
        stage.accept(await browser.answer(stage.invite(TO_BROWSER), active=True))
        speaking = asyncio.create_task(_speak(stage))
        async with asyncio.timeout(20.0):
            await browser.hear(FRAMES)
        speaking.cancel()
        return str(browser.connection.connectionState)
    finally:
        await browser.close()


async def _speak(stage: Stage) -> None:
    for sequence in range(1, 2000):
        stage.says(sequence)
        await asyncio.sleep(INTERVAL)


def test_as_a_browser(stage: Stage) -> None:
    with stage.far.inside():
        assert asyncio.run(_listen(stage)) == "connected"
