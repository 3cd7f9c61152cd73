"""What every command function gets, returns and checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rtpng.engine import Engine
from rtpng.errors import NgError
from rtpng.interfaces import Interface
from rtpng.ng.tally import Tally

Reply = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Context:
    """The daemon as a command sees it."""

    engine: Engine
    tally: Tally
    interfaces: Sequence[Interface]


def required(value: str | None, reason: str) -> str:
    """The value of a key that a command cannot do without. Raises NgError with the reason."""
    if not value:
        raise NgError(reason)
    return value
