"""A browser talks to a plain phone through the relay: ICE and DTLS-SRTP in both directions and roles, an ICE restart.

rtpengine 26 loses the call at the restart: it throws the keys away, and the browser ignores its new handshake. A wish
for the other role in the middle of a call makes it give an answer that the browser refuses. So these two are for ours.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.netns.topology import Host, Network
from tests.peers import browser, sid
from tests.peers.browser import Echo, Signalling
from tests.peers.ng_peer import RTPNG_USERSPACE, Daemon, NgPeer

pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(shutil.which(browser.PROGRAM) is None, reason="needs chromium: run tests/install-needs"),
]

PER_SECOND = 50  # packets


@dataclass(frozen=True, slots=True)
class Scenario:
    """``query`` tells the page what to do; ``role`` is the browser's in DTLS; ``seconds`` of media at least."""

    query: str
    role: str
    seconds: float = 1.5
    wishes: tuple[tuple[str, str], ...] = ()
    later: tuple[tuple[str, str], ...] = ()  # wishes of the second offer

    def __str__(self) -> str:
        return f"{self.query}-{self.role}{'-other-wish' if self.later else ''}"


PASSIVE = (("DTLS-reverse", "passive"),)
SCENARIOS = (
    Scenario("call", "server"),
    Scenario("call", "client", wishes=PASSIVE),
    Scenario("answer", "client"),
)
RESTARTS = (
    Scenario("call&restart", "server", seconds=3.5),
    Scenario("call&restart", "server", seconds=3.5, later=PASSIVE),
)
CASES = [
    *(("rtpng", scenario) for scenario in (*SCENARIOS, *RESTARTS)),
    *(("sid", scenario) for scenario in SCENARIOS),
]


@pytest.fixture
def daemon(request: pytest.FixtureRequest) -> Daemon:
    if request.param == "rtpng":
        return RTPNG_USERSPACE
    return sid.rtpengine_or_skip()


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a call takes place."""

    browser: Host
    relay: NgPeer
    phone: Echo


@pytest.fixture
def stage(daemon: Daemon, tmp_path: Path) -> Iterator[Stage]:
    with Network("browser") as network:
        near, far = network.host("relay"), network.host("browser")
        address = network.cable(near, far).near.ip4
        phone = Echo(near.udp(address, 6000))
        phone.start()
        try:
            with NgPeer(near, daemon, tmp_path / "relay.log", [address]) as relay:
                yield Stage(far, relay, phone)
        finally:
            phone.end()


@pytest.mark.parametrize(("daemon", "scenario"), CASES, indirect=["daemon"], ids=str)
def test_a_browser_hears_itself(stage: Stage, scenario: Scenario, tmp_path: Path) -> None:
    signalling = Signalling(stage.relay, stage.phone, dict(scenario.wishes), dict(scenario.later))
    state = browser.run(stage.browser, signalling, scenario.query, tmp_path)
    assert state.get("connection") == "connected", (state, stage.relay.tail())
    assert state["role"] == scenario.role
    assert state["received"] >= scenario.seconds * PER_SECOND
    assert state["lost"] == 0
    assert stage.phone.heard >= state["received"]
