"""The packet generator, the hosts and the accounting, with a real relay; says nothing about speed."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.__main__ import WORKS
from bench.bench import Bench
from bench.established import set_up, take_down
from bench.lab import Lab
from bench.load import Generator, Rate
from bench.options import Side, options
from bench.protection import SUITE_NAMES, Keying, Protection
from tests.netns.topology import allowed

PROGRAMS = ("ethtool", "gcc", "ip", "nft", "tc")

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(not allowed(), reason="needs root and network namespaces"),
    pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two CPUs"),
    pytest.mark.skipif(not all(map(shutil.which, PROGRAMS)), reason=f"needs {', '.join(PROGRAMS)}"),
]

RTPNG = Side("rtpng", f"{Path(sys.executable).parent / 'rtpengine'} {{common}} --table=-1")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(f"t{os.getpid() % 1000}", generator_cpu=0, relay_cpus=(1,), nice=0) as made:
        yield made


@pytest.fixture(scope="module")
def generator(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Generator:
    return Generator(lab, tmp_path_factory.mktemp("generator"), payload=160)


@pytest.mark.parametrize(("table", "in_userspace"), [(0, False), (-1, True)])
def test_every_packet_is_accounted_for(
    lab: Lab, generator: Generator, tmp_path: Path, table: int, in_userspace: bool
) -> None:
    side = Side("rtpng", f"{Path(sys.executable).parent / 'rtpengine'} {{common}} --table={table}")
    bench = Bench(lab, side, options(["--lock", ""], WORKS), generator, tmp_path)
    with bench.running() as daemon:
        calls = set_up(bench, daemon.ng, 5, None)
        received, usage = generator.run(calls, Rate(50.0, 1.0, start=0.5, warm=0.5, run_in=0.2), bench.meter(daemon))
        take_down(daemon.ng, calls)
    assert received.sent == received.received == 5 * 2 * 50
    assert not any(received.faults.values())
    assert usage.relay > 0
    assert (usage.datagrams >= 0.8 * received.sent) is in_userspace


@pytest.mark.parametrize("keying", Keying)
@pytest.mark.parametrize("suite", SUITE_NAMES)
def test_secure_packets_are_authenticated(
    lab: Lab, generator: Generator, tmp_path: Path, keying: Keying, suite: str
) -> None:
    if not generator.has_srtp:
        pytest.skip("needs libsrtp2-dev")
    bench = Bench(lab, RTPNG, options(["--lock", ""], WORKS), generator, tmp_path)
    with bench.running() as daemon:
        calls = set_up(bench, daemon.ng, 3, Protection.by(keying, suite))
        received, _ = generator.run(calls, Rate(50.0, 1.0, start=0.5, warm=0.5, run_in=0.2), bench.meter(daemon))
        take_down(daemon.ng, calls)
    assert received.sent == received.received == 3 * 2 * 50
    assert not any(received.faults.values())
    assert received.raw["all"]["auth_ok"] > 0
