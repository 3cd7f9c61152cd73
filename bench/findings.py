"""What a work found out about one side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Figures = Mapping[str, float]  # by a label that ends with its unit


@dataclass(frozen=True, slots=True)
class Findings:
    """``figures`` go into the table, ``steps`` only into the JSON file, ``notes`` below the table."""

    figures: Figures
    steps: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[str] = ()


@dataclass(slots=True)
class Runs:
    """All runs of one side in one work; ``failure`` says why there are none (any more)."""

    found: list[Findings] = field(default_factory=list)
    failure: str | None = None


def number(value: float | None) -> str:
    """Three digits that matter; whole numbers whole."""
    if value is None:
        return "-"
    size = abs(value)
    digits = 0 if size >= 1000 or value == int(value) else 1 if size >= 100 else 2 if size >= 1 else 3
    return f"{value:.{digits}f}"


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of the values lie."""
    return sorted(values)[int(share * (len(values) - 1))]
