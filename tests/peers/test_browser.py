"""A browser talks to a plain phone through the relay: ICE and DTLS-SRTP in both directions and roles, an ICE restart.

rtpengine 26 loses the call at the restart: it throws the keys away, and the browser ignores its new handshake. So that
scenario is for ours only.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.netns.topology import Host, Network
from tests.peers import browser, sid
from tests.peers.browser import Echo, Signalling
from tests.peers.ng_peer import RTPNG_USERSPACE, Daemon, NgPeer, Reply

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

    def __str__(self) -> str:
        return f"{self.query}-{self.role}"


SCENARIOS = (
    Scenario("call", "server"),
    Scenario("call", "client", wishes=(("DTLS-reverse", "passive"),)),
    Scenario("answer", "client"),
)
RESTART = Scenario("call&restart", "server", seconds=3.5)
CASES = [
    *(("rtpng", scenario) for scenario in (*SCENARIOS, RESTART)),
    *(("sid", scenario) for scenario in SCENARIOS),
]


@pytest.fixture
def daemon(request: pytest.FixtureRequest) -> Daemon:
    if request.param == "rtpng":
        return RTPNG_USERSPACE
    try:
        return sid.rtpengine()
    except sid.SidUnreachableError as reason:
        pytest.skip(f"rtpengine of Debian sid: {reason}")


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
    wishes: Reply = dict(scenario.wishes)
    state = browser.run(stage.browser, Signalling(stage.relay, stage.phone, wishes), scenario.query, tmp_path)
    assert state.get("connection") == "connected", (state, stage.relay.tail())
    assert state["role"] == scenario.role
    assert state["received"] >= scenario.seconds * PER_SECOND
    assert state["lost"] == 0
    assert abs(stage.phone.heard - state["received"]) <= 5, "what is on its way when the browser counts"
