"""What a step makes of the generator's result."""

import json

from bench.accounting import Usage
from bench.bodies import Told
from bench.load import Leg, Rate, parsed
from bench.steps import Step, figures
from sipcore.srtp import SUITES, Keys

FAULTLESS = dict.fromkeys(("duplicates", "reordered", "damaged", "auth_failed", "wrong_source"), 0)
USAGE = Usage(wall=1.0, daemon=0.02, kernel=0.01, generator=0.5, other=0.0, stolen=0.0, datagrams=5)


def step(*, received: int = 1000, damaged: int = 0, p50: float = 40.0, offered: float = 1000.0, drops: int = 0) -> Step:
    """10 calls at 50 packets/s for a second."""
    every = FAULTLESS | {
        "sent": 1000,
        "received": received,
        "damaged": damaged,
        "p50": p50,
        "p99": 90.0,
        "p999": 95.0,
        "max": 99.0,
    }
    start = {"warmup_sent": 200, "warmup_received": 190, "warmup_reordered": 2}
    line = {"all": every | start, "window_s": 1.0, "offered_pps": offered, "ring_drops": drops}
    return Step(10, Rate(50.0, 1.0), parsed(json.dumps(line)), USAGE, memory=30.0, noisy=False)


def test_figures_are_per_packet_received() -> None:
    rows = figures(step())
    assert rows["10 calls: CPU us per packet"] == 30.0
    assert rows["10 calls: of it daemon"] == 20.0
    assert rows["10 calls: packets through a socket %"] == 0.5
    assert round(rows["10 calls: set-up: loss %"], 6) == 5.0
    assert rows["10 calls: set-up: reordered %"] == 1.0


def test_when_nothing_arrived_there_is_only_the_loss() -> None:
    assert figures(step(received=0, p50=-1.0)) == {"10 calls: loss %": 100.0}


def test_only_faults_that_happened_have_a_row() -> None:
    assert figures(step(damaged=3))["10 calls: damaged"] == 3.0
    assert "10 calls: damaged" not in figures(step())


def test_sustained_needs_all_packets_whole_and_in_time() -> None:
    assert step().sustained(loss=0.1, median=10.0)
    assert step(received=999).sustained(loss=0.2, median=10.0)
    assert not step(received=990).sustained(loss=0.1, median=10.0)
    assert not step(damaged=1).sustained(loss=0.1, median=10.0)
    assert not step(p50=10_001.0).sustained(loss=0.1, median=10.0)
    assert not step(received=0, p50=-1.0).sustained(loss=100.0, median=10.0)


def test_a_generator_that_falls_behind_is_the_limit() -> None:
    assert not step().generator_bound
    assert step(offered=970.0).generator_bound
    assert step(drops=1).generator_bound


def test_a_leg_is_one_half_of_a_line_of_the_generator() -> None:
    keys = Keys(SUITES["AEAD_AES_128_GCM"], bytes(16), bytes(12))
    leg = Leg("192.0.2.1", 4000, Told("192.0.2.9", 5000), sends=keys)
    assert leg.line() == f"192.0.2.1 4000 192.0.2.9 5000 AEAD_AES_128_GCM:{'00' * 28} -"
