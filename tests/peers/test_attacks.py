"""A call of a browser (aiortc) goes on while somebody attacks it, from elsewhere and with the browser's own address.

What is thrown: everything that the browser has sent (checks, handshake, media), again, cut off and with flipped bits;
ClientHellos, checks with wrong passwords, alerts in plaintext.
"""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rtpng.ice import stun
from sipcore.address import Address
from tests.netns.topology import Host, Network
from tests.peers.aiortc_browser import Browser
from tests.peers.browser import TO_PLAIN, Echo
from tests.peers.ng_peer import RTPNG, RTPNG_USERSPACE, Daemon, NgPeer, Reply
from tests.rtpng.dtls.hello import fragments, split

pytestmark = pytest.mark.peers

PATIENCE = 60.0  # seconds
TAGS: Reply = {"call-id": "attacked", "from-tag": "caller"}
BLOWS = 3000  # datagrams, from each side
PAUSE = 0.02  # seconds between bursts
BURST = 30  # datagrams
MORE_MEMORY = 6 << 10  # KiB that a relay may take in the meantime, for whatever reason
CLOSE_NOTIFY = bytes.fromhex("15fefd00000000000000420002" + "0100")
FATAL = bytes.fromhex("15fefd00000000000000430002" + "0228")


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a call takes place."""

    browser: Host
    stranger: Host
    relay: NgPeer
    phone: Echo


@pytest.fixture(params=[RTPNG, RTPNG_USERSPACE], ids=lambda daemon: daemon.name)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    daemon: Daemon = request.param
    with Network("attack") as network:
        near, far, stranger = network.host("relay"), network.host("browser"), network.host("stranger")
        address = network.cable(near, far).near.ip4
        elsewhere = network.cable(near, stranger)
        stranger.ip("route", "add", address, "via", elsewhere.near.ip4)
        phone = Echo(near.udp(address, 6000))
        phone.start()
        try:
            with NgPeer(near, daemon, tmp_path / "relay.log", [address]) as relay:
                yield Stage(far, stranger, relay, phone)
        finally:
            phone.end()


@dataclass
class Attack:
    """What was overheard, and what is made of it."""

    random: random.Random
    target: Address
    ufrags: str
    overheard: list[bytes]
    made: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.made = [CLOSE_NOTIFY, FATAL, self._check(), *fragments(), *split(fragments()[0], 600)]

    def blow(self) -> bytes:
        """One more datagram."""
        pick = self.random.choice
        return pick((self._again, self._cut, self._flipped, self._made))()

    def _again(self) -> bytes:
        return self.random.choice(self.overheard)

    def _cut(self) -> bytes:
        data = self._again()
        return data[: self.random.randrange(len(data))]

    def _flipped(self) -> bytes:
        data = bytearray(self._again())
        for _ in range(self.random.choice((1, 2, 8))):
            data[self.random.randrange(len(data))] ^= 1 << self.random.randrange(8)
        return bytes(data)

    def _made(self) -> bytes:
        return self.random.choice(self.made)

    def _check(self) -> bytes:
        return stun.check_request(
            bytes(12), self.ufrags, b"guessed-password-guess", role=(True, 1), priority=99, nominates=True
        )


@dataclass(frozen=True, slots=True)
class Footprint:
    """What the relay takes, and what it says of the call."""

    files: int
    memory: int  # KiB
    calls: int
    endpoint: Reply

    @classmethod
    def of(cls, relay: NgPeer) -> "Footprint":
        process = Path("/proc", str(relay.process.pid))
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        stream = relay.ask("query", call_id=TAGS["call-id"])["tags"]["caller"]["medias"][0]["streams"][0]
        return cls(
            len(list((process / "fd").iterdir())),
            int(status["VmRSS"].split()[0]),
            len(relay.ask("list")["calls"]),
            stream["endpoint"],
        )


def _ask(stage: Stage, command: str, keys: Reply, sdp: str) -> str:
    reply = stage.relay.ask(command, TAGS | keys | {"sdp": sdp})
    return str(reply.get("sdp", reply))


async def _call(stage: Stage, browser: Browser, overheard: list[bytes]) -> str:
    """An established call; the ufrags of a check towards the relay."""
    offer = await browser.offer()
    browser.overhear(overheard.append)
    offered = _ask(stage, "offer", TO_PLAIN | {"DTLS-reverse": "passive"}, offer)
    answered = _ask(stage, "answer", {"to-tag": "callee", "ICE": "force"}, stage.phone.sdp(1, offered))
    await browser.take(answered)
    await browser.hear(25)
    return f"{_ufrag(answered)}:{_ufrag(offer)}"


def _ufrag(sdp: str) -> str:
    return sdp.partition("a=ice-ufrag:")[2].split()[0]


async def _attacked(stage: Stage, seed: int) -> None:
    browser, overheard = Browser(), list[bytes]()
    stranger = stage.stranger.udp("0.0.0.0")
    try:
        async with asyncio.timeout(PATIENCE):
            ufrags = await _call(stage, browser, overheard)
            attack = Attack(random.Random(seed), browser.relay(), ufrags, overheard)
            before = Footprint.of(stage.relay), browser.sent(), stage.phone.heard
            for _ in range(BLOWS // BURST):
                for _ in range(BURST):
                    browser.forge(attack.blow(), attack.target)
                    stranger.sendto(attack.blow(), attack.target)
                await asyncio.sleep(PAUSE)
            await browser.hear(100)
            _undisturbed(stage, browser, before)
    finally:
        await browser.close()


def _undisturbed(stage: Stage, browser: Browser, before: tuple[Footprint, int, int]) -> None:
    footprint, sent, heard = before
    after = Footprint.of(stage.relay)
    assert browser.connection.connectionState == "connected"
    assert abs((stage.phone.heard - heard) - (browser.sent() - sent)) <= 3, "no more and no less than was said"
    assert browser.lost() == 0
    assert (after.calls, after.files, after.endpoint) == (footprint.calls, footprint.files, footprint.endpoint)
    assert after.memory - footprint.memory < MORE_MEMORY
    assert all(_refused(stage).values()), _refused(stage)


def _refused(stage: Stage) -> dict[str, int]:
    """What query says was refused."""
    media = stage.relay.ask("query", call_id=TAGS["call-id"])["tags"]["caller"]["medias"][0]
    dropped, leg = media["streams"][0]["dropped"], media["leg"]
    media_refused = {kind: dropped[kind] for kind in ("held", "auth failures", "replayed", "malformed")}
    return media_refused | {"checks": leg["ICE"]["refused"], "records": leg["DTLS"][0]["dropped"]}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_call_goes_on(stage: Stage, seed: int) -> None:
    with stage.browser.inside():
        asyncio.run(_attacked(stage, seed))
