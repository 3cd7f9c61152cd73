"""The targets beside what was measured."""

import pytest

from bench.summary import judged, lines
from bench.targets import SIDE, TARGETS, Measure, Target

MORE = Target("packets/s", "rtp-sdes", "most", Measure.RATIO_AT_LEAST, 1.5)
LESS = Target("CPU", "rtp-sdes", "cost", Measure.RATIO_AT_MOST, 0.7)
DELIVERED = Target("after", "rtp-sdes", "after", Measure.AT_LEAST, 100)
REFERENCES = frozenset({"old", "new"})


def works(**ours: float) -> dict[str, dict[str, dict[str, float]]]:
    old, new = {"most": 100.0, "cost": 10.0, "after": 0.0}, {"most": 200.0, "cost": 20.0, "after": 1.0}
    return {"rtp-sdes GCM": {"old": old, "new": new, "third": {"most": 900.0}, SIDE: ours}}


def test_the_ratio_is_to_the_better_reference() -> None:
    (more,) = judged(works(most=280.0), REFERENCES, [MORE])
    assert (more.reference, more.ratio, more.reached) == (200.0, 1.4, False)
    (less,) = judged(works(cost=7.0), REFERENCES, [LESS])
    assert (less.reference, less.ratio, less.reached) == (10.0, 0.7, True)


@pytest.mark.parametrize(("delivered", "reached"), [(100.0, True), (99.99, False)])
def test_some_targets_are_figures_of_ours_alone(delivered: float, reached: bool) -> None:
    (after,) = judged(works(after=delivered), REFERENCES, [DELIVERED])
    assert after.reached is reached


def test_without_a_reference_a_ratio_is_neither_reached_nor_missed() -> None:
    (more,) = judged(works(most=280.0), frozenset(), [MORE])
    assert (more.ratio, more.reached, more.cells()[-1]) == (None, None, "?")


def test_each_suite_is_judged_and_what_was_not_measured_is_not() -> None:
    measured = {**works(most=1.0), "rtp-sdes CM": works(most=2.0)["rtp-sdes GCM"], "rtp-dtls CM": {SIDE: {"most": 3.0}}}
    found = judged(measured, REFERENCES, [MORE, LESS])
    assert [(judgement.suite, judgement.figure) for judgement in found] == [("GCM", 1.0), ("CM", 2.0)]


def test_the_table_names_figure_reference_ratio_and_limit() -> None:
    _, row = lines(judged(works(most=280.0), REFERENCES, [MORE]))
    assert row.split() == ["packets/s", "GCM", "280", "200", "1.40", ">=", "1.5", "times", "NO"]


def test_targets_are_named_once() -> None:
    assert (
        len({target.what for target in TARGETS}) == len({(each.work, each.label) for each in TARGETS}) == len(TARGETS)
    )
