"""Budgets hold their rate however they are asked."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rtpng.ice.budget import Budget

pauses = st.lists(st.floats(0.0, 2.0), min_size=1, max_size=200)


@given(pauses, st.floats(0.5, 100.0), st.integers(1, 20))
def test_no_interval_holds_more_than_rate_and_burst(waits: list[float], rate: float, burst: int) -> None:
    budget = Budget(rate, burst)
    now, taken = 0.0, []
    for wait in waits:
        now += wait
        if budget.take(now):
            taken.append(now)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            assert last - first + 1 <= burst + (taken[last] - taken[first] + 1e-6) * rate + 1e-6


def test_a_rest_gives_the_burst_back_and_no_more() -> None:
    budget = Budget(10, 3)
    assert [budget.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert budget.take(0.1)
    assert not budget.take(0.1)
    assert [budget.take(100.0) for _ in range(4)] == [True, True, True, False]


def test_who_waits_is_served_in_order() -> None:
    budget = Budget(10, 2)
    times = [budget.book(5.0) for _ in range(5)]
    assert [round(when, 6) for when in times] == [5.0, 5.0, 5.1, 5.2, 5.3]
    assert not budget.take(5.2)


@given(st.integers(1, 50))
def test_booked_times_are_a_rate_apart(count: int) -> None:
    budget = Budget(4, 1)
    times = [budget.book(0.0) for _ in range(count)]
    assert all(abs(later - sooner - 0.25) < 1e-6 for sooner, later in pairwise(times))
