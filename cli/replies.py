"""Reads replies of the daemon, which may be another one's: what is missing is empty."""

from collections.abc import Mapping
from typing import Any, Final

Part = Mapping[str, Any]
_NOTHING: Final[Part] = {}


def part(whole: Part, name: str) -> Part:
    """A dictionary within a dictionary."""
    found = whole.get(name)
    return found if isinstance(found, Mapping) else _NOTHING


def parts(whole: Part, name: str) -> list[Part]:
    """A list of dictionaries within a dictionary."""
    found = whole.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
