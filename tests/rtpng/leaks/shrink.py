"""Cuts a session down to the steps that its fault needs."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

PATIENCE = 60.0  # seconds

Thing = TypeVar("Thing")


def smallest(steps: Sequence[Thing], faulty: Callable[[Sequence[Thing]], bool]) -> list[Thing]:
    """Fewer steps that are still ``faulty``: leaves out parts, halves first, until nothing can go or time is over."""
    kept, size, until = list(steps), len(steps) // 2, time.perf_counter() + PATIENCE
    while size:
        place = 0
        while place < len(kept) and time.perf_counter() < until:
            fewer = kept[:place] + kept[place + size :]
            if faulty(fewer):
                kept = fewer
            else:
                place += size
        size //= 2
    return kept
