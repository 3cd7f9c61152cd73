"""The score of a report."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.quality.mos import opinion
from tests.rtpng.quality.answers import ANSWERS

TURN = 15.7  # percent; above, rtpengine's scores rise with loss

percent = st.floats(0, 100)
milliseconds = st.floats(0, 10_000)


@pytest.mark.parametrize(("score", "round_trip", "jitter", "loss"), [each for each in ANSWERS if each[3] < TURN])
def test_it_is_that_of_rtpengine(score: int, round_trip: int, jitter: int, loss: int) -> None:
    assert int(opinion(loss, jitter, round_trip / 1000) * 10) == score


@pytest.mark.parametrize("loss", [each[3] for each in ANSWERS if each[3] > TURN])
def test_heavy_loss_is_not_rewarded(loss: int) -> None:
    assert opinion(loss, 0, 0) < opinion(TURN, 0, 0)


def test_nothing_is_heard_of_half_the_packets() -> None:
    assert opinion(50, 0, 0) == 1.0


@given(percent, percent, milliseconds, milliseconds)
def test_more_loss_is_never_better(one: float, other: float, jitter: float, round_trip: float) -> None:
    less, more = sorted((one, other))
    assert opinion(less, jitter, round_trip) >= opinion(more, jitter, round_trip) - 0.03  # the cubic dips near 0


@given(percent, milliseconds, milliseconds)
def test_it_stays_on_its_scale(loss: float, jitter: float, round_trip: float) -> None:
    assert 1.0 <= opinion(loss, jitter, round_trip) <= 4.5
