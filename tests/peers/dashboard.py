"""The Grafana dashboard as Prometheus sees it: its queries, and a picture of what they return.

``python -m tests.peers.dashboard > picture.svg`` runs calls through the relay under a real Prometheus and draws them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "deploy" / "grafana" / "rtpng.json"
WIDTH, HEIGHT, COLUMNS = 300, 130, 4  # of a panel, in pixels
_COLOURS = ("#3274d9", "#56a64b", "#e0752d", "#b877d9", "#c4162a", "#0a98a8", "#8f8f8f")

Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Panel:
    title: str
    unit: str
    expressions: tuple[str, ...]
    legends: tuple[str, ...]


def panels(rate_interval: str) -> Iterator[Panel]:
    """Every panel with queries that Prometheus takes."""
    for panel in json.loads(FILE.read_text(encoding="utf-8"))["panels"]:
        if panel["type"] != "row":
            targets = panel["targets"]
            expressions = tuple(target["expr"].replace("$__rate_interval", rate_interval) for target in targets)
            legends = tuple(target["legendFormat"] for target in targets)
            yield Panel(panel["title"], panel["fieldConfig"]["defaults"]["unit"], expressions, legends)


def picture(curves: list[tuple[Panel, dict[str, Points]]]) -> str:
    """An SVG with a small chart for each panel."""
    rows = -(-len(curves) // COLUMNS)
    size = f'width="{COLUMNS * WIDTH}" height="{rows * HEIGHT}"'
    charts = (
        f'<g transform="translate({place % COLUMNS * WIDTH} {place // COLUMNS * HEIGHT})">{_chart(panel, lines)}</g>'
        for place, (panel, lines) in enumerate(curves)
    )
    style = "text{font:11px sans-serif;fill:#ccccdc}.v{font-size:10px;fill:#9a9aa8}"
    body = "\n".join(charts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{style}</style>\n'
        f'<rect width="100%" height="100%" fill="#111217"/>\n{body}\n</svg>\n'
    )


def _chart(panel: Panel, lines: dict[str, Points]) -> str:
    points = [point for line in lines.values() for point in line]
    begin, end = min((t for t, _ in points), default=0.0), max((t for t, _ in points), default=1.0)
    top = max((v for _, v in points), default=0.0) or 1.0
    drawn = [
        f'<rect x="4" y="4" width="{WIDTH - 8}" height="{HEIGHT - 8}" rx="3" fill="#181b1f" stroke="#2c3235"/>',
        f'<text x="12" y="20">{escape(panel.title)}</text>',
        f'<text class="v" x="{WIDTH - 12}" y="20" text-anchor="end">{top:.4g} {escape(panel.unit)}</text>',
    ]
    for place, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[place % len(_COLOURS)]
        xs = [12 + (t - begin) / max(1e-9, end - begin) * (WIDTH - 24) for t, _ in line]
        ys = [HEIGHT - 30 - v / top * (HEIGHT - 62) for _, v in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        if place < 3:
            x, y = 12 + place * 92, HEIGHT - 12
            drawn.append(f'<text class="v" x="{x}" y="{y}" fill="{colour}">{escape(name[:16])}</text>')
    return "".join(drawn)


def named(legend: str, labels: dict[str, Any]) -> str:
    """What a curve is called, by the legend of its query."""
    for label, value in labels.items():
        legend = legend.replace(f"{{{{{label}}}}}", str(value))
    return legend
