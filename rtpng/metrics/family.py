"""Metrics as data: what the rows produce and the page prints."""

from dataclasses import dataclass, field
from typing import Literal

from rtpng.histogram import Histogram

Labels = dict[str, str]
Type = Literal["counter", "gauge"]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric by its full name, with its values by labels."""

    name: str
    type: Type
    help: str
    values: tuple[tuple[Labels, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Distribution:
    """One metric whose values are a histogram."""

    name: str
    help: str
    histogram: Histogram = field(repr=False)


def single(name: str, kind: Type, text: str, value: object) -> Family:
    """A metric without labels; numbers of the statistics may be text."""
    return Family(name, kind, text, (({}, number(value)),))


def number(value: object) -> float:
    return float(str(value))
