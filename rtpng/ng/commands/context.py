"""What every command function gets, returns and checks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rtpng.engine import Engine
from rtpng.errors import NgError
from rtpng.interfaces import Interface
from rtpng.ng.tally import Tally

Reply = dict[str, Any]


def _never(_: float) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Context:
    """The daemon as a command sees it."""

    engine: Engine
    tally: Tally
    interfaces: Sequence[Interface]
    cli: Callable[[str], str] | None = None  # answers the operator's lines, where there is an operator
    overload: Callable[[float], str | None] = (
        _never  # at a moment: why the host has no room for a call, beyond their number
    )


def required(value: str | None, reason: str) -> str:
    """The value of a key that a command cannot do without. Raises NgError with the reason."""
    if not value:
        raise NgError(reason)
    return value
