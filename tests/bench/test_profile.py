"""Where a call's CPU time goes."""

import asyncio
import sys
from importlib import import_module
from operator import attrgetter

import pytest

from bench.options import PROFILES
from bench.profile import STAGES, Profile, configuration, profiled, stage_of, table
from rtpng.ng import wire

PLACES = [place for places in STAGES.values() for place in places]


@pytest.mark.parametrize("place", PLACES)
def test_a_stage_is_known_by_what_there_is(place: str) -> None:
    module, _, function = place.partition(":")
    found = import_module(module)
    assert not function or callable(attrgetter(function)(found))


def test_the_innermost_stage_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    met: list[str | None] = []
    monkeypatch.setattr(wire, "Envelope", lambda *_: met.append(stage_of(sys._getframe())))
    wire.decode(b"cookie d7:command4:pinge")
    assert met == ["ng messages read, and their words"]
    assert stage_of(sys._getframe()) is None


@pytest.mark.parametrize("profile", PROFILES)
def test_every_share_of_a_call_is_in_the_table(profile: str) -> None:
    found = asyncio.run(profiled(configuration(), profile, rounds=1))
    assert found.cpu > 0
    assert set(found.samples) <= set(STAGES)
    assert round(sum(map(found.share, STAGES))) == 100


def test_the_table_has_what_was_met() -> None:
    met = dict.fromkeys(list(STAGES)[:2], 1)
    lines = table(Profile(0.0012, met)).splitlines()
    assert lines[0] == "1.20 ms of CPU time per call in the quickest round; 2 samples"
    assert lines[-2:] == [f"| {stage} | 50 |" for stage in met]
