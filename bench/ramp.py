"""The highest value that still works: climb by a factor, then halve the gap between the best and the first failure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

LOWEST = 1 / 64  # of the start: below this nothing works


@dataclass(frozen=True, slots=True)
class Climb:
    """Where to begin, where to end, how far to step, how often to halve."""

    start: float
    limit: float
    factor: float
    halvings: int


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """The highest value that passed and its measurement; ``limited``: nothing failed up to the limit."""

    value: float
    measured: T
    limited: bool


def highest(climb: Climb, measure: Callable[[float], T], passes: Callable[[T], bool]) -> Found[T] | None:
    """Measures until the highest passing value is known; None when even a small part of the start fails.

    A failure while climbing has to repeat: one hiccup of the machine is no limit.
    """
    best: Found[T] | None = None
    value = climb.start
    while value <= climb.limit:
        measured = _retried(value, measure, passes)
        if measured is None:
            return _between(best, value, climb, measure, passes)
        best = Found(value, measured, limited=False)
        value *= climb.factor
    return Found(best.value, best.measured, limited=True) if best else None


def _retried(value: float, measure: Callable[[float], T], passes: Callable[[T], bool]) -> T | None:
    for _ in range(2):
        measured = measure(value)
        if passes(measured):
            return measured
    return None


def _between(
    best: Found[T] | None,
    failed: float,
    climb: Climb,
    measure: Callable[[float], T],
    passes: Callable[[T], bool],
) -> Found[T] | None:
    low = best or _descended(failed, climb, measure, passes)
    if low is None:
        return None
    if best is None:
        failed = 2 * low.value
    for _ in range(climb.halvings):
        value = (low.value + failed) / 2
        measured = measure(value)
        if passes(measured):
            low = Found(value, measured, limited=False)
        else:
            failed = value
    return low


def _descended(
    failed: float, climb: Climb, measure: Callable[[float], T], passes: Callable[[T], bool]
) -> Found[T] | None:
    while failed > climb.start * LOWEST:
        failed /= 2
        measured = measure(failed)
        if passes(measured):
            return Found(failed, measured, limited=False)
    return None
