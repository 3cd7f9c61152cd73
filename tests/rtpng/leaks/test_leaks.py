"""Whatever a session does, in the end the relay holds nothing of it: no port, call, relay, flow, timer or note."""

import logging
import os
import re
from collections.abc import Iterator, Sequence

import pytest

from rtpng.calls.expiry import Reason
from tests.rtpng.leaks.rig import Rig
from tests.rtpng.leaks.session import Step, session, shown
from tests.rtpng.leaks.shrink import smallest

SEED = int(os.environ.get("LEAK_SEED", "6"))
COMMANDS = 10_000
CHECKED = 250  # steps from look to look


def fault_of(steps: Sequence[Step]) -> str | None:
    """What is wrong with the relay after, or in the middle of, a session; None if nothing is."""
    rig = Rig()
    before = rig.held()
    try:
        for place in range(0, len(steps), CHECKED):
            rig.play(steps[place : place + CHECKED])
            rig.check()
        rig.wait_for_the_end()
        _check_sums(rig)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the session is cut down to
        return f"{type(error).__name__}: {error}"
    after = rig.held()
    left = {path: size for path, size in after.items() if size > before.get(path, 0)}
    return f"left over: {left}" if left else None


def _kind(fault: str | None) -> str | None:
    """A fault without its numbers: what stays the same when a session gets smaller."""
    return fault and re.sub(r"[\d{].*", "", fault)


def _check_sums(rig: Rig) -> None:
    statistics = rig.engine.statistics
    assert statistics.managed == sum(statistics.ended[reason] for reason in Reason), "calls began that never ended"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A session makes ten thousand warnings."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seed", [SEED])
def test_a_session_leaves_nothing(seed: int) -> None:
    steps = session(seed, COMMANDS)
    fault = fault_of(steps)
    if fault is not None:
        small = smallest(steps, lambda fewer: _kind(fault_of(fewer)) == _kind(fault))
        pytest.fail(f"seed {seed}: {fault}\n{len(small)} steps are enough ({fault_of(small)}):\n{shown(small)}")


def test_the_same_seed_makes_the_same_session() -> None:
    assert session(7, 200) == session(7, 200)
    assert session(7, 200) != session(8, 200)
