"""The image in rtpengine's place: a compose service of which only the image's name has changed carries a call."""

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import report
from tests.peers import container
from tests.peers.conftest import INTERFACE, TelephoneSystem
from tests.peers.container import Store
from tests.peers.landscape import Homes, Landscape
from tests.peers.ng_peer import Daemon, NgPeer
from tests.peers.test_calls import eventually, nothing_is_left, the_kernel_carries_a_call

pytestmark = [
    pytest.mark.peers,
    pytest.mark.slow,
    pytest.mark.skipif(bool(container.missing()), reason=f"needs {container.missing()}: run tests/install-needs"),
]

NAME = f"rtpng-test-{os.getpid()}"
NET_ADMIN, NET_RAW = 1 << 12, 1 << 13  # linux/capability.h
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """With the image in it."""
    folder = tmp_path_factory.mktemp("containers")
    made = Store(folder)
    made.build()
    yield made
    shutil.rmtree(folder)  # each layer is a whole copy


@pytest.fixture(params=[Homes.ROUTED], ids=lambda homes: homes.value)
def homes(request: pytest.FixtureRequest) -> Homes:
    chosen: Homes = request.param
    return chosen


@pytest.fixture
def daemon(store: Store) -> Daemon:
    options = container.compose_options(container.usual_service())
    return Daemon("container", (*store.service(NAME, options), "rtpengine", "--table=0"), kernel=True)


def test_a_usual_compose_service_carries_a_call_in_the_kernel(system: TelephoneSystem, store: Store) -> None:
    the_kernel_carries_a_call(system)
    eventually("nothing is left of the call", lambda: nothing_is_left(system))


def test_not_root_nothing_to_write_and_healthy(
    land: Landscape, store: Store, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    options = container.compose_options(container.compose_service())
    plain = Daemon("container", (*store.service(NAME, options), "--table=0"), kernel=True)
    began = time.perf_counter()
    with NgPeer(land.relay.host, plain, tmp_path / "relay.log", [INTERFACE]) as relay:
        started = time.perf_counter() - began
        eventually("the start is complete", lambda: "Startup complete" in relay.tail())
        size, own = store.size() / MEGABYTE, _own_start(relay.log)
        start = f"{started:.1f} s from podman run to the first answer, {own:.2f} s of them the daemon's own"
        report(request.config, "container image", [f"{size:.0f} MB", start])

        status = land.relay.host.run(*_inside(store, "cat", "/proc/1/status")).stdout
        assert re.search(r"^Uid:\t10001\t", status, re.MULTILINE)
        assert int(re.findall(r"^CapEff:\t(\w+)", status, re.MULTILINE)[0], 16) == NET_ADMIN | NET_RAW

        written = land.relay.host.run(*_inside(store, "touch", "/opt/rtpng/x"), check=False)
        assert "Read-only file system" in written.stderr
        land.relay.host.run("sh", "-c", container.ON_A_HOST, "sh", *store.command("podman", "healthcheck", "run", NAME))
        assert "KERNEL FORWARDING DISABLED" not in relay.tail()


def test_without_a_capability_it_starts_and_says_so(land: Landscape, store: Store, tmp_path: Path) -> None:
    service = container.compose_service()
    del service["cap_add"]
    bare = Daemon("container", (*store.service(NAME, container.compose_options(service)), "--table=0"))
    with NgPeer(land.relay.host, bare, tmp_path / "relay.log", [INTERFACE]) as relay:
        eventually("the start is complete", lambda: "Startup complete" in relay.tail())
        assert "no permission to change nftables: give the process CAP_NET_ADMIN" in relay.tail()


def _inside(store: Store, *command: str) -> tuple[str, ...]:
    return ("sh", "-c", container.ON_A_HOST, "sh", *store.command("podman", "exec", NAME, *command))


def _own_start(log: Path) -> float:
    """Seconds from the daemon's first line to the one that says that it serves."""
    times = dict(re.findall(r"^\[([\d.]+)\].*(initialising|Startup complete)", log.read_text(), re.MULTILINE))
    by_event = {event: float(moment) for moment, event in times.items()}
    return by_event["Startup complete"] - by_event["initialising"]
