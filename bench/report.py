"""The table of one work, and the file with everything."""

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from bench import summary
from bench.findings import Figures, Findings, Runs, number
from bench.machine import Machine
from bench.options import Options

Results = Mapping[str, Mapping[str, Runs]]  # by work and side

FAULTS = ("duplicates", "reordered", "damaged", "auth failed", "wrong source", "resent")  # a row that is absent means 0

NOT_MEASURED = (
    "not measured: RTCP, IPv6, real network cards, more than one core of generator.",
    "Calls of ng-calls carry no media, so the memory of a held call does not include kernel flows.",
)
WITHOUT_MODULE = "rtpengine ran in userspace: its kernel module is not loaded here, and no ratio speaks about it."


def medians(runs: Sequence[Findings]) -> dict[str, float]:
    """Of every figure that any run has; faults that a run does not name are 0 in it."""
    labels = dict.fromkeys(label for found in runs for label in found.figures)
    return {label: median(_values(label, runs)) for label in labels}


def table(work: str, sides: Mapping[str, Runs], references: Set[str]) -> str:
    """Medians of all sides, and for each that is no reference its ratio to the better one of the references."""
    columns = {name: medians(runs.found) for name, runs in sides.items()}
    labels = list(dict.fromkeys(label for column in columns.values() for label in column))
    width = max((len(label) for label in labels), default=0)
    lines = [f"== {work} ==", _row("", _heading(columns, references), width)]
    lines += [_row(label, _cells(label, columns, references), width) for label in labels]
    return "\n".join((*lines, *_remarks(sides)))


def caveats(machine: Machine) -> list[str]:
    return [*machine.lines(), *(() if machine.rtpengine_module else (WITHOUT_MODULE,)), *NOT_MEASURED]


def summarized(results: Results, references: Set[str]) -> str:
    """The targets beside what was measured; empty when none of them was."""
    works = {work: {side: medians(runs.found) for side, runs in sides.items()} for work, sides in results.items()}
    judgements = summary.judged(works, references)
    return "\n".join(("== summary ==", *summary.lines(judgements))) if judgements else ""


def document(results: Results, machine: Machine, options: Options) -> dict[str, Any]:
    """Everything, ready for JSON."""
    return {
        "date": machine.date,
        "machine": asdict(machine),
        "caveats": caveats(machine),
        "references": [side.name for side in options.sides if side.reference],
        "options": asdict(options),
        "works": {work: {side: _side(runs) for side, runs in sides.items()} for work, sides in results.items()},
    }


def write(path: Path, results: Results, machine: Machine, options: Options) -> None:
    path.write_text(json.dumps(document(results, machine, options), indent=1, default=str) + "\n")


def ratio(value: float | None, reference: float | None) -> str:
    return f"{value / reference:.2f}" if reference and value is not None else ""


def _values(label: str, runs: Sequence[Findings]) -> list[float]:
    if label.endswith(FAULTS):
        return [found.figures.get(label, 0.0) for found in runs]
    return [found.figures[label] for found in runs if label in found.figures]


Cell = tuple[str, int]  # text and width


def _heading(names: Iterable[str], references: Set[str]) -> list[Cell]:
    return [cell for name in names for cell in _with_ratio(name, "ratio", name in references)]


def _cells(label: str, columns: Mapping[str, Figures], references: Set[str]) -> list[Cell]:
    values = {name: _shown(label, column) for name, column in columns.items()}
    known = [value for name, value in values.items() if name in references and value is not None]
    best = (max if _more_is_better(label) else min)(known, default=None)
    return [
        cell
        for name, value in values.items()
        for cell in _with_ratio(number(value), ratio(value, best), name in references)
    ]


def _with_ratio(value: str, ratio: str, is_reference: bool) -> tuple[Cell, ...]:
    return ((value, 15),) if is_reference else ((value, 15), (ratio, 8))


def _more_is_better(label: str) -> bool:
    """Calls and packets per second, as asked for or as delivered; everything else is a cost."""
    return "/s" in label


def _shown(label: str, column: Figures) -> float | None:
    return column.get(label, 0.0 if column and label.endswith(FAULTS) else None)


def _row(label: str, cells: Iterable[Cell], width: int) -> str:
    return f"{label:{width}}" + "".join(f"{text:>{size}}" for text, size in cells)


def _remarks(sides: Mapping[str, Runs]) -> list[str]:
    failures = [f"{name}: not measured: {runs.failure}" for name, runs in sides.items() if runs.failure]
    noted = (f"{name}: {note}" for name, runs in sides.items() for found in runs.found for note in found.notes)
    return [*failures, *dict.fromkeys(noted)]


def _side(runs: Runs) -> dict[str, Any]:
    return {"median": medians(runs.found), "runs": [asdict(found) for found in runs.found], "failure": runs.failure}
