"""Each target beside what was measured. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from bench.findings import Figures, number
from bench.targets import SIDE, TARGETS, Target

Medians = Mapping[str, Mapping[str, Figures]]  # by task and side

HEADINGS = ("work", "rtpng", "better rtpengine", "ratio", "to reach", "reached")
WIDTHS = (66, 10, 18, 8, 14, 9)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One target in one task. ``reference`` is the better one's figure; None where it has none."""

    target: Target
    suite: str
    figure: float
    reference: float | None

    @property
    def ratio(self) -> float | None:
        return self.figure / self.reference if self.reference else None

    @property
    def reached(self) -> bool | None:
        """None when there is nothing to compare with."""
        value = self.ratio if self.target.measure.is_ratio else self.figure
        return None if value is None else self.target.reached(value)

    def cells(self) -> tuple[str, ...]:
        what = f"{self.target.what} {self.suite}".strip()
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        reached = {True: "yes", False: "NO", None: "?"}[self.reached]
        return (what, number(self.figure), number(self.reference), ratio, self.target.wanted, reached)


def judged(works: Medians, references: Set[str], targets: Sequence[Target] = TARGETS) -> list[Judgement]:
    """All targets whose figure was measured, in the order of the targets."""
    return [judgement for target in targets for judgement in _of(target, works, references)]


def lines(judgements: Iterable[Judgement]) -> Iterator[str]:
    """A table for a terminal."""
    for row in (HEADINGS, *(judgement.cells() for judgement in judgements)):
        yield f"{row[0]:{WIDTHS[0]}}" + "".join(
            f"{cell:>{width}}" for cell, width in zip(row[1:], WIDTHS[1:], strict=True)
        )


def _of(target: Target, works: Medians, references: Set[str]) -> Iterator[Judgement]:
    for task, sides in works.items():
        work, _, suite = task.partition(" ")
        figure = sides.get(SIDE, {}).get(target.label)
        if work == target.work and figure is not None:
            known = [sides[name][target.label] for name in sides if name in references and target.label in sides[name]]
            yield Judgement(target, suite, figure, (max if target.measure.more_is_better else min)(known, default=None))
