"""Reading the values of options, with one sentence for those that are none."""

import math
from collections.abc import Callable
from typing import TypeVar

import click

from sipcore.errors import ParseError

LONGEST = 86_400.0
SHORTEST = 0.05

_T = TypeVar("_T")


def reads(parse: Callable[[str], _T]) -> Callable[[click.Context, click.Parameter, str | None], _T | None]:
    """An option's callback around a function that raises ParseError; an option that is not given stays None."""

    def callback(context: click.Context, parameter: click.Parameter, text: str | None) -> _T | None:
        try:
            return None if text is None else parse(text)
        except ParseError as error:
            raise click.BadParameter(f"{error}.", context, parameter) from None

    return callback


def parse_seconds(text: str) -> float:
    """A time to wait. Raises ParseError for what is no number between 0.05 and a day."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not SHORTEST <= seconds <= LONGEST:
        raise ParseError(f"{text!r} is no time, give {SHORTEST:g} to {LONGEST:g} seconds")
    return seconds
