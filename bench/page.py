"""docs/performance/README.md out of a file of results. Pure but for ``main``."""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import summary
from bench.charts import Chart, charts
from bench.drawing import draw
from bench.errors import BenchError
from bench.summary import Judgement, Medians

FOLDER = Path(__file__).parents[1] / "docs" / "performance"
REASONS = "../decisions/0015-what-is-not-faster.md"
_HEAD = """\
# Performance

Printed by `python -m bench plot`; [bench/README.md](../../bench/README.md) says how it was measured and how far to
trust it. The ratio is to the better of the two versions of rtpengine in the same runs.

Measured on {date}. Runs whose median is shown: {runs}.
"""


def medians(document: Mapping[str, Any]) -> Medians:
    """Of a document of results: by task and side."""
    return {task: {side: found["median"] for side, found in sides.items()} for task, sides in document["works"].items()}


def page(document: Mapping[str, Any], judgements: Sequence[Judgement], drawn: Sequence[Chart]) -> str:
    """The page in Markdown; the pictures lie beside it."""
    parts = [_HEAD.format(runs=_runs(document), date=document["date"])]
    parts.append("\n".join(_table(judgements)))
    parts += [f"![{chart.title}]({chart.name}.png)" for chart in drawn]
    parts.append("## Machine and limits\n\n" + "\n".join(f"- {line}" for line in document["caveats"]))
    if failures := list(_failures(document)):
        parts.append("## Not measured\n\n" + "\n".join(failures))
    return "\n\n".join(part.strip() for part in parts) + "\n"


def main(arguments: Sequence[str]) -> int:
    """``python -m bench plot RESULTS.json``. Raises BenchError without matplotlib, and for a file of something else."""
    parser = argparse.ArgumentParser(prog="python -m bench plot", description="Pictures and a page out of results.")
    parser.add_argument("results", type=Path, help="what --json has written")
    parser.add_argument("--to", type=Path, default=FOLDER, help="folder of the page")
    chosen = parser.parse_args(arguments)
    document = _results(chosen.results)
    chosen.to.mkdir(parents=True, exist_ok=True)
    works = medians(document)
    drawn = charts(works)
    for chart in drawn:
        draw(chart, chosen.to)
    judgements = summary.judged(works, frozenset(document["references"]))
    (chosen.to / "README.md").write_text(page(document, judgements, drawn))
    return 0


def _results(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BenchError(f"no results in {path}: {error}") from None
    if not isinstance(document, dict) or "works" not in document:
        raise BenchError(f"no results in {path}: --json has not written it")
    return document


def _runs(document: Mapping[str, Any]) -> str:
    """How often each work was measured: one that was taken over from other results may have fewer."""
    counts: dict[str, set[int]] = {}
    for task, sides in document["works"].items():
        measured = {len(found["runs"]) for found in sides.values() if found["runs"]}
        counts.setdefault(task.partition(" ")[0], set()).update(measured)
    return ", ".join(f"{work} {'-'.join(map(str, sorted(runs))) or 'none'}" for work, runs in counts.items())


def _table(judgements: Sequence[Judgement]) -> Iterator[str]:
    yield "| " + " | ".join(summary.HEADINGS) + " |"
    yield "|---" * len(summary.HEADINGS) + "|"
    for judgement in judgements:
        *cells, reached = judgement.cells()
        if judgement.reached is False and judgement.target.why:
            reached = f"{reached}: [why]({REASONS}#{judgement.target.why})"
        yield "| " + " | ".join((*cells, reached)) + " |"


def _failures(document: Mapping[str, Any]) -> Iterator[str]:
    for task, sides in document["works"].items():
        for side, found in sides.items():
            if found["failure"]:
                yield f"- {task}, {side}: {found['failure']}"
