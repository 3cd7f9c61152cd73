"""Charts as PNG. The one place that knows matplotlib, which only ``plot`` needs."""

from pathlib import Path
from typing import Any

from bench.charts import Bars, Chart
from bench.errors import BenchError

COLOURS = {
    "rtpengine": "#9aa5b1",
    "rtpengine-sid": "#52606d",
    "rtpengine-sid-recv": "#bcccdc",
    "rtpng-kernel": "#0b7285",
    "rtpng-user": "#66b2b2",
}
OTHER = "#d9822b"
INCHES = (9.0, 4.0)
WIDTH = 0.8  # of a group


def draw(chart: Chart, folder: Path) -> Path:
    """Writes one picture. Raises BenchError without matplotlib."""
    figure, axes = _pyplot().subplots(figsize=INCHES, layout="constrained")
    for position, (side, values) in enumerate(chart.bars.items()):
        _side(axes, chart, position, side, [value or 0.0 for value in values])
    axes.set_xticks(range(len(chart.groups)), chart.groups, fontsize=8)
    axes.set_ylabel(chart.unit)
    axes.set_title(chart.title, loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    if chart.logarithmic:
        axes.set_yscale("log")
    axes.legend(frameon=False, fontsize=8)
    path = folder / f"{chart.name}.png"
    figure.savefig(path, dpi=110, metadata={"Software": None})
    _pyplot().close(figure)
    return path


def _side(axes: Any, chart: Chart, position: int, side: str, values: list[float]) -> None:
    width = WIDTH / len(chart.bars)
    places = [group - WIDTH / 2 + (position + 0.5) * width for group in range(len(chart.groups))]
    colour = COLOURS.get(side, OTHER)
    axes.bar(places, values, width, label=side, color=colour)
    above = _above(chart.upper, side, len(values))
    if any(above):
        axes.bar(places, above, width, bottom=values, color=colour, alpha=0.45)


def _above(upper: Bars, side: str, length: int) -> list[float]:
    return [value or 0.0 for value in upper.get(side, [None] * length)]


def _pyplot() -> Any:
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        raise BenchError("plots need matplotlib: pip install 'rtpng[bench]'") from None
    return pyplot
