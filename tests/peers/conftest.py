"""A telephone system per test: phones, NATs, Kamailio, and in turn each daemon in the place of the relay."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.netns.topology import Network, allowed
from tests.peers import kamailio, landscape, sipp
from tests.peers.landscape import Homes, Landscape
from tests.peers.ng_peer import DEBIAN, RTPNG, RTPNG_USERSPACE, Daemon, NgPeer

PROGRAMS = (kamailio.PROGRAM, sipp.PROGRAM, DEBIAN.program[0], "nft", "ip", "ss")
DELETE_DELAY = 1  # seconds; the default of 30 only makes tests long
INTERFACE = f"{landscape.RELAY_LOCAL}!{landscape.RELAY_PUBLIC}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("peers")]
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    reason = "needs root and network namespaces" if marked and not allowed() else ""
    if missing:
        reason = f"needs {', '.join(missing)}: run tests/install-needs"
    if reason:
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=reason))


@dataclass(frozen=True, slots=True)
class TelephoneSystem:
    """All that a call needs, running."""

    land: Landscape
    relay: NgPeer
    alice: sipp.Phone
    bob: sipp.Phone

    def call_ids(self) -> list[str]:
        """What the relay's ``list`` says."""
        return list(self.relay.ask("list")["calls"])


@pytest.fixture(params=[DEBIAN, RTPNG, RTPNG_USERSPACE], ids=lambda daemon: daemon.name)
def daemon(request: pytest.FixtureRequest) -> Daemon:
    chosen: Daemon = request.param
    return chosen


@pytest.fixture(params=list(Homes), ids=lambda homes: homes.value)
def homes(request: pytest.FixtureRequest) -> Homes:
    chosen: Homes = request.param
    return chosen


@pytest.fixture
def land(homes: Homes) -> Iterator[Landscape]:
    with Network("peers") as network:
        yield landscape.build(network, homes)


@pytest.fixture
def relay_options() -> tuple[str, ...]:
    """What the relay is told beyond the usual command line."""
    return (f"--delete-delay={DELETE_DELAY}",)


@pytest.fixture
def relay(land: Landscape, daemon: Daemon, tmp_path: Path, relay_options: tuple[str, ...]) -> Iterator[NgPeer]:
    with NgPeer(land.relay.host, daemon, tmp_path / "relay.log", [INTERFACE], options=relay_options) as running:
        yield running


@pytest.fixture
def system(land: Landscape, relay: NgPeer, tmp_path: Path) -> Iterator[TelephoneSystem]:
    assert kamailio.unchanged(), f"{kamailio.CONFIGURATION} is not the one that Debian ships"
    alice = sipp.Phone("alice", land.caller, tmp_path)
    bob = sipp.Phone("bob", land.callee, tmp_path)
    with kamailio.Kamailio(land.relay, tmp_path):
        bob.register()
        yield TelephoneSystem(land, relay, alice, bob)
