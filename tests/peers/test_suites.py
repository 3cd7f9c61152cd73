"""Every SRTP suite, with a phone that has its keys from SDES, and a plain one behind the relay: rtpengine's or ours."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from socket import socket

import pytest

from rtpng.media.srtp import Contexts, Role
from sipcore.address import Address
from sipcore.sdp.crypto import Crypto, cryptos_of, printed
from sipcore.sdp.session import parse
from sipcore.srtp import SUITES, Cipher, Suite, fresh
from tests.netns.packets import RTCP, rtp
from tests.netns.topology import PATIENCE, Host, Network
from tests.peers import sid
from tests.peers.ng_peer import DEBIAN, RTPNG_USERSPACE, Daemon, NgPeer
from tests.peers.short_sdp import described, media_of

pytestmark = pytest.mark.peers

LOOPBACK = "127.0.0.1"
PACKETS = 5


@dataclass
class Conversation:
    """Alice speaks SRTP with one suite, Bob RTP; both have RTCP on the port behind."""

    relay: NgPeer
    suite: Suite
    alice: tuple[socket, socket]
    bob: tuple[socket, socket]
    to_alice: Address = field(init=False)
    to_bob: Address = field(init=False)

    def __post_init__(self) -> None:
        own = Crypto(1, fresh(self.suite))
        secure = described(self.alice[0], "RTP/SAVP", f"a=crypto:{printed(own)}\r\n")
        tags = {"call-id": self.suite.name, "from-tag": "alice"}
        offered = self.relay.ask("offer", tags | {"transport-protocol": "RTP/AVP", "sdp": secure})
        answered = self.relay.ask("answer", tags | {"to-tag": "bob", "sdp": described(self.bob[0], "RTP/AVP")})
        (theirs,) = cryptos_of(parse(answered["sdp"]).media[0])
        assert theirs.keys.suite is self.suite
        self.to_bob, self.to_alice = media_of(answered["sdp"]), media_of(offered["sdp"])
        take = Contexts().take
        self.seal = take(own.keys, Role.PROTECT_RTP), take(own.keys, Role.PROTECT_RTCP)
        self.open = take(theirs.keys, Role.UNPROTECT_RTP), take(theirs.keys, Role.UNPROTECT_RTCP)

    def says(self, component: int, packet: bytes) -> bytes:
        """What Bob hears of Alice's RTP (0) or RTCP (1)."""
        self.alice[component].sendto(self.seal[component](packet), beside(self.to_bob, component))
        return self.bob[component].recv(2000)

    def hears(self, component: int, packet: bytes) -> bytes:
        """What Alice hears of Bob's."""
        self.bob[component].sendto(packet, beside(self.to_alice, component))
        return self.open[component](self.alice[component].recv(2000))


def beside(address: Address, component: int) -> Address:
    return Address(address.host, address.port + component)


# Both versions of rtpengine end with a segmentation fault at the first packet of a NULL suite.
KNOWN_TO_BOTH = [suite for suite in SUITES.values() if suite.cipher is not Cipher.NULL]
CASES = [(relay, suite) for relay in ("10.5", "sid") for suite in KNOWN_TO_BOTH]
CASES += [("rtpng", suite) for suite in SUITES.values()]


@pytest.fixture(scope="module")
def relay(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NgPeer]:
    daemons = {"10.5": lambda: DEBIAN, "sid": sid.rtpengine_or_skip, "rtpng": lambda: RTPNG_USERSPACE}
    chosen: Callable[[], Daemon] = daemons[request.param]
    with Network("suites") as network:
        log = tmp_path_factory.mktemp("suites") / "relay.log"
        with NgPeer(network.host("all"), chosen(), log, [LOOPBACK]) as running:
            yield running


def phone(host: Host, port: int) -> tuple[socket, socket]:
    media = host.udp(LOOPBACK, port), host.udp(LOOPBACK, port + 1)
    for each in media:
        each.settimeout(PATIENCE)
    return media


@pytest.mark.parametrize(("relay", "suite"), CASES, indirect=["relay"], ids=lambda value: getattr(value, "name", value))
def test_media_flows_both_ways(relay: NgPeer, suite: Suite) -> None:
    number = 4 * list(SUITES).index(suite.name)
    call = Conversation(relay, suite, phone(relay.host, 5000 + number), phone(relay.host, 5002 + number))
    for sequence in range(1, PACKETS + 1):
        assert call.says(0, rtp(sequence)) == rtp(sequence)
        assert call.hears(0, rtp(sequence)) == rtp(sequence)
    assert call.says(1, RTCP) == RTCP
    assert call.hears(1, RTCP) == RTCP
