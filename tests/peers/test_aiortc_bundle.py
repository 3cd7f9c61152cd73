"""aiortc in the place of a browser that bundles; a plain phone with a port for each medium sends everything back."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, MediaStreamTrack

from sipcore.sdp.session import parse
from tests.netns.topology import Host, Network
from tests.peers.browser import TO_PLAIN, Echo
from tests.peers.ng_peer import RTPNG_USERSPACE, NgPeer, Reply

pytestmark = pytest.mark.peers

PATIENCE = 20.0  # seconds
FRAMES = 25  # of each medium
CODECS = (0, "PCMU/8000"), (8, "PCMA/8000")  # of the media, in their order
TAGS: Reply = {"call-id": "bundle", "from-tag": "caller"}
CALLEE: Reply = {"to-tag": "callee"}


class Browser:
    """One peer connection that has all its media on one port; what it hears is counted by medium."""

    def __init__(self) -> None:
        configuration = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        self.connection = RTCPeerConnection(configuration)
        self._heard: list[asyncio.Queue[object]] = []
        self._listening: set[asyncio.Task[None]] = set()
        self.connection.on("track", self._listen)
        for _ in CODECS:
            self.connection.addTrack(AudioStreamTrack())

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return str(self.connection.localDescription.sdp)

    async def answer(self, offer: str) -> str:
        await self.connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return str(self.connection.localDescription.sdp)

    async def take(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def hear(self, frames: int) -> None:
        """Waits for so many frames of every medium."""
        assert len(self._heard) == len(CODECS)
        for heard in self._heard:
            for _ in range(frames):
                await heard.get()

    async def close(self) -> None:
        await self.connection.close()
        await asyncio.gather(*self._listening)

    def _listen(self, track: MediaStreamTrack) -> None:
        heard = asyncio.Queue[object]()
        self._heard.append(heard)
        self._listening.add(asyncio.create_task(_count(track, heard)))


async def _count(track: MediaStreamTrack, heard: asyncio.Queue[object]) -> None:
    while True:
        try:
            heard.put_nowait(await track.recv())
        except MediaStreamError:
            return


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a call takes place; ``phones`` are the ports of the plain one."""

    browser: Host
    relay: NgPeer
    phones: tuple[Echo, ...]

    @property
    def sdp(self) -> str:
        """The plain phone's offer or answer: a codec of its own at each port, because aiortc does not look at mids."""
        host = self.phones[0].phone.getsockname()[0]
        head = f"v=0\r\no=- 2 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        sections = (
            f"m=audio {phone.phone.getsockname()[1]} RTP/AVP {number}\r\na=rtpmap:{number} {encoding}\r\n"
            for phone, (number, encoding) in zip(self.phones, CODECS, strict=True)
        )
        return head + "".join(sections)

    def ask(self, command: str, keys: Reply, sdp: str) -> str:
        reply = self.relay.ask(command, TAGS | keys | {"sdp": sdp})
        return str(reply.get("sdp", reply))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Network("aiobundle") as network, ExitStack() as ending:
        near, far = network.host("relay"), network.host("browser")
        address = network.cable(near, far).near.ip4
        phones = tuple(Echo(near.udp(address, 6000 + 2 * place)) for place in range(len(CODECS)))
        for phone in phones:
            phone.start()
            ending.callback(phone.end)
        log = tmp_path_factory.mktemp("aiortc") / "relay.log"
        with NgPeer(near, RTPNG_USERSPACE, log, [address]) as relay:
            yield Stage(far, relay, phones)


async def _browser_calls(stage: Stage, browser: Browser) -> None:
    stage.ask("offer", TO_PLAIN | {"bundle": ["accept"]}, await browser.offer())
    await browser.take(stage.ask("answer", CALLEE | {"ICE": "force"}, stage.sdp))


async def _phone_calls(stage: Stage, browser: Browser) -> None:
    offered = stage.ask("offer", {"flags": ["WebRTC"]}, stage.sdp)
    assert len({media.port for media in parse(offered).media}) == 1
    stage.ask("answer", CALLEE | TO_PLAIN, await browser.answer(offered))


async def _call(stage: Stage, *, browser_calls: bool) -> str:
    browser = Browser()
    begin = _browser_calls if browser_calls else _phone_calls
    try:
        async with asyncio.timeout(PATIENCE):
            await begin(stage, browser)
            await browser.hear(FRAMES)
        return str(browser.connection.connectionState)
    finally:
        await browser.close()


@pytest.mark.parametrize("browser_calls", [True, False])
def test_every_medium_comes_back(stage: Stage, browser_calls: bool) -> None:
    before = [phone.heard for phone in stage.phones]
    with stage.browser.inside():
        assert asyncio.run(_call(stage, browser_calls=browser_calls)) == "connected"
    known = stage.relay.ask("query", call_id=TAGS["call-id"])["tags"]["caller" if browser_calls else "callee"]
    stage.relay.ask("delete", TAGS, delete_delay=0)
    assert all(phone.heard - then >= FRAMES for phone, then in zip(stage.phones, before, strict=True))
    assert len({media["streams"][0]["local port"] for media in known["medias"]}) == 1
    assert all("DTLS-SRTP" in media["flags"] for media in known["medias"])
