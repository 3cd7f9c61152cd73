"""The search for the highest rate, on relays with a known limit."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from bench.ramp import Climb, highest

CLIMB = Climb(start=100, limit=10_000, factor=1.5, halvings=5)


class Relay:
    """Remembers what it was measured at; the measurement is the value itself."""

    def __init__(self) -> None:
        self.tried: list[float] = []

    def measure(self, value: float) -> float:
        self.tried.append(value)
        return value


def up_to(limit: float) -> Callable[[float], bool]:
    return lambda measured: measured <= limit


@given(st.floats(min_value=2, max_value=6_000))
def test_the_limit_is_found_to_the_last_halving(limit: float) -> None:
    found = highest(CLIMB, Relay().measure, up_to(limit))
    assert found is not None
    assert found.measured == found.value <= limit
    assert not found.limited
    assert limit - found.value <= limit * CLIMB.factor / 2**CLIMB.halvings


def test_a_relay_without_limit_is_limited_by_the_search() -> None:
    found = highest(CLIMB, Relay().measure, lambda _: True)
    assert found is not None
    assert found.limited
    assert found.value <= CLIMB.limit < found.value * CLIMB.factor


def test_a_relay_that_passes_nothing_has_no_highest_rate() -> None:
    relay = Relay()
    assert highest(CLIMB, relay.measure, lambda _: False) is None
    assert min(relay.tried) <= CLIMB.start / 64


def test_one_hiccup_is_no_limit() -> None:
    relay = Relay()
    found = highest(CLIMB, relay.measure, lambda _: len(relay.tried) != 2)
    assert found is not None
    assert found.limited
    assert relay.tried[1] == relay.tried[2]
