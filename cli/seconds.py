"""Durations on the command line."""

import math
from typing import Any

import click

LONGEST = 86_400.0


class Seconds(click.ParamType):
    """A number of seconds, from ``at_least`` to a day."""

    name = "SECONDS"

    def __init__(self, at_least: float) -> None:
        self._at_least = at_least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds = _number(value)
        if seconds is None or not self._at_least <= seconds <= LONGEST:
            self.fail(f"{value!r} is no time: give {self._at_least:g} to {LONGEST:g} seconds.", param, ctx)
        return seconds


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
