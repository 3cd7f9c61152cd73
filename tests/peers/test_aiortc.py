"""aiortc in the place of a browser, and a plain phone that sends back what it hears.

Every DTLS role, every SRTP profile that aiortc has, full and lite ICE.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from aiortc.rtcdtlstransport import SRTP_PROFILES

from tests.netns.topology import Host, Network
from tests.peers.aiortc_browser import Browser
from tests.peers.browser import TO_BROWSER, TO_PLAIN, Echo
from tests.peers.ng_peer import RTPNG_USERSPACE, NgPeer, Reply

pytestmark = pytest.mark.peers

PATIENCE = 20.0  # seconds
FRAMES = 25
TAGS: Reply = {"call-id": "aiortc", "from-tag": "caller"}
CALLEE: Reply = {"to-tag": "callee"}


@dataclass(frozen=True, slots=True)
class Variant:
    """``role`` is the relay's in DTLS, ``profile`` the only one that aiortc knows."""

    browser_calls: bool
    role: str
    lite: bool
    profile: str = SRTP_PROFILES[0].openssl_profile.decode()

    def __str__(self) -> str:
        side = "calls" if self.browser_calls else "is-called"
        return f"{side}-relay-{self.role}-{'lite' if self.lite else 'full'}-{self.profile}"


_EVERY_WAY = [
    Variant(calls, role, lite) for calls in (True, False) for role in ("active", "passive") for lite in (False, True)
]
_EVERY_PROFILE = [Variant(True, "passive", False, each.openssl_profile.decode()) for each in SRTP_PROFILES[1:]]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a call takes place."""

    browser: Host
    relay: NgPeer
    phone: Echo


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Network("aiortc") as network:
        near, far = network.host("relay"), network.host("browser")
        address = network.cable(near, far).near.ip4
        phone = Echo(near.udp(address, 6000))
        phone.start()
        try:
            log = tmp_path_factory.mktemp("aiortc") / "relay.log"
            with NgPeer(near, RTPNG_USERSPACE, log, [address]) as relay:
                yield Stage(far, relay, phone)
        finally:
            phone.end()


async def _browser_calls(stage: Stage, browser: Browser, variant: Variant) -> None:
    wishes: Reply = {"DTLS-reverse": variant.role} | ({"ICE-lite": "backward"} if variant.lite else {})
    offered = _ask(stage, "offer", TO_PLAIN | wishes, await browser.offer())
    answered = _ask(stage, "answer", CALLEE | {"ICE": "force"}, stage.phone.sdp(1, offered))
    await browser.take(answered)


async def _phone_calls(stage: Stage, browser: Browser, variant: Variant) -> None:
    wishes: Reply = {"ICE-lite": "forward"} if variant.lite else {}
    offered = _ask(stage, "offer", TO_BROWSER | wishes, stage.phone.sdp(1))
    _ask(stage, "answer", CALLEE | TO_PLAIN, await browser.answer(offered, active=variant.role == "passive"))


def _ask(stage: Stage, command: str, keys: Reply, sdp: str) -> str:
    reply = stage.relay.ask(command, TAGS | keys | {"sdp": sdp})
    return str(reply.get("sdp", reply))


async def _call(stage: Stage, variant: Variant) -> str:
    browser = Browser(variant.profile)
    begin = _browser_calls if variant.browser_calls else _phone_calls
    try:
        async with asyncio.timeout(PATIENCE):
            await begin(stage, browser, variant)
            await browser.hear(FRAMES)
        return str(browser.connection.connectionState)
    finally:
        await browser.close()


@pytest.mark.parametrize("variant", [*_EVERY_WAY, *_EVERY_PROFILE], ids=str)
def test_aiortc_hears_itself(stage: Stage, variant: Variant) -> None:
    with stage.browser.inside():
        assert asyncio.run(_call(stage, variant)) == "connected"
    known = stage.relay.ask("query", call_id=TAGS["call-id"])["tags"]["caller" if variant.browser_calls else "callee"]
    stage.relay.ask("delete", TAGS, delete_delay=0)
    flags = set(known["medias"][0]["flags"])
    assert "DTLS-SRTP" in flags
    assert flags & {"DTLS role active", "DTLS role passive"} == {f"DTLS role {variant.role}"}
