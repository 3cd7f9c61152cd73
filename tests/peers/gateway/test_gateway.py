"""A browser with JsSIP calls and is called by a plain phone, over Nginx and Kamailio: what most relays are there for.

The browser hears the phone's tone and counts packets (getStats); the phone hears the browser's.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.peers import landscape, sipp
from tests.peers.conftest import INTERFACE
from tests.peers.gateway import chromium, servers
from tests.peers.gateway.chromium import Chromium
from tests.peers.gateway.voice import BROWSER_PITCH, PITCH, Voice
from tests.peers.kamailio import Kamailio
from tests.peers.landscape import RELAY_PUBLIC, Homes
from tests.peers.ng_peer import RTPNG, RTPNG_USERSPACE, Daemon, NgPeer
from tests.peers.test_calls import eventually

MISSING = [program for program in (chromium.PROGRAM, servers.NGINX, "openssl") if shutil.which(program) is None]
pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}: run tests/install-needs"),
]

CALL = "the-call@gateway"
VARIANTS = ((RTPNG, "RTP/SAVPF"), (RTPNG_USERSPACE, "UDP/TLS/RTP/SAVPF"))


@dataclass
class Gateway:
    """Carol's browser and Bob's phone, both registered."""

    browser: Chromium
    bob: sipp.Phone
    voice: Voice
    relay: NgPeer
    _shown: list[str] = field(default_factory=list)

    def phone(self, script: str) -> Any:
        """Runs a method of the page's softphone."""
        return self.browser.run(f"phone.{script}")

    def start(self, script: str) -> None:
        """The same without waiting for its end."""
        self.browser.run(f"void (window.running = phone.{script})")

    def finish(self) -> None:
        """Waits for what was started."""
        self.browser.run("window.running")

    def state(self) -> dict[str, Any]:
        return dict(self.phone("state()"))

    def hear_each_other(self) -> None:
        """Both hear the other's tone from now on, and no packet is lost."""
        self.voice.forget()
        eventually(f"the phone hears the browser: {self.story()}", lambda: self.voice.pitch() == BROWSER_PITCH)
        eventually(f"the browser hears the phone: {self.story()}", self._browser_hears)
        state = self.state()
        assert state["connection"] == "connected"
        assert state["received"] > 0
        assert state["lost"] == 0

    def _browser_hears(self) -> bool:
        return bool(abs(self.state()["pitch"] - PITCH) < 20)

    def story(self) -> str:
        return json.dumps(self.state()) + self.relay.tail(30)

    def call_id(self) -> str:
        return str(self.browser.run("phone.session._request.call_id"))


@pytest.fixture
def homes() -> Homes:
    return Homes.ROUTED


@pytest.fixture(params=VARIANTS, ids=lambda variant: variant[0].name)
def variant(request: pytest.FixtureRequest) -> tuple[Daemon, str]:
    daemon, profile = request.param
    return daemon, profile


@pytest.fixture
def relay(land: landscape.Landscape, variant: tuple[Daemon, str], tmp_path: Path) -> Iterator[NgPeer]:
    options = ("--delete-delay=0",)
    with NgPeer(land.relay.host, variant[0], tmp_path / "relay.log", [INTERFACE], options=options) as running:
        yield running


@pytest.fixture
def gateway(land: landscape.Landscape, relay: NgPeer, variant: tuple[Daemon, str], tmp_path: Path) -> Iterator[Gateway]:
    bob = sipp.Phone("bob", land.callee, tmp_path)
    voice = Voice(land.callee.host.udp(land.callee.address, sipp.MEDIA_PORT))
    proxy = Kamailio(land.relay, tmp_path, servers.script(variant[1]))
    with proxy, servers.nginx(land.relay.host, tmp_path), Chromium(land.caller.host, tmp_path) as browser:
        browser.open(f"https://{RELAY_PUBLIC}:{servers.WEB_PORT}/index.html")
        browser.run("phone.register('carol')")
        bob.register()
        voice.start()
        yield Gateway(browser, bob, voice, relay)
        voice.end()


def browser_calls(gateway: Gateway) -> sipp.Session:
    """An established call from Carol to Bob."""
    bob = gateway.bob.run("callee_answers_all", CALL)
    gateway.start("call('bob')")
    gateway.voice.target = bob.media("invited")
    gateway.finish()
    return bob


def phone_calls(gateway: Gateway) -> sipp.Session:
    """An established call from Bob to Carol."""
    bob = gateway.bob.run("caller_talks", CALL, "-key", "callee", "carol")
    gateway.phone("answer()")
    gateway.voice.target = bob.media("established")
    return bob


def gone(gateway: Gateway) -> None:
    """The relay has forgotten the call."""
    eventually("the call is gone", lambda: not gateway.relay.ask("list")["calls"])


def test_the_browser_calls_holds_resumes_restarts_and_hangs_up(gateway: Gateway) -> None:
    bob = browser_calls(gateway)
    gateway.hear_each_other()
    gateway.phone("hold()")
    assert bob.events("invited")[-1].endswith("a=sendonly")
    gateway.phone("resume()")
    gateway.hear_each_other()
    assert gateway.phone("restart()"), "the browser has new credentials"
    gateway.hear_each_other()
    gateway.phone("hangUp()")
    bob.finish()
    gone(gateway)


def test_the_phone_calls_and_hangs_up(gateway: Gateway) -> None:
    bob = phone_calls(gateway)
    gateway.hear_each_other()
    bob.press("hangup")
    bob.finish()
    gateway.phone("ended()")
    gone(gateway)


@pytest.mark.parametrize("begin", [browser_calls, phone_calls])
def test_candidates_come_later(gateway: Gateway, begin: Callable[[Gateway], sipp.Session]) -> None:
    gateway.browser.run("phone.trickle = true")
    bob = begin(gateway)
    gateway.hear_each_other()
    bob.press("hangup", gateway.call_id())
    bob.finish()
    gateway.phone("ended()")
    gone(gateway)
