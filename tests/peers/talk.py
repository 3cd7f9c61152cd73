"""What all conversations that are made up have in common."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Talk:
    """A conversation in the making: what was asked so far, and the dice that decide what follows."""

    dice: random.Random
    steps: list[Mapping[str, Any]] = field(default_factory=list)

    def chance(self, probability: float) -> bool:
        return self.dice.random() < probability

    def drawn(self, pool: Mapping[str, tuple[Any, ...]], probability: float) -> dict[str, Any]:
        """Some of the keys, each with one of its values."""
        return {name: self.dice.choice(values) for name, values in pool.items() if self.chance(probability)}
