"""The picture of the dashboard in the docs: ``python -m tests.peers.dashboard_picture > docs/dashboard.svg``, as root.

A call over a lossy path runs through the relay under a real Prometheus, and what its queries return is drawn.
"""

import json
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from tests.netns.topology import Host
from tests.peers.dashboard import Panel, Points, named, panels, picture
from tests.peers.ng_peer import RTPNG
from tests.peers.test_prometheus import ask_again, curl, prometheus
from tests.peers.test_quality import call

SPAN = 40  # seconds


def curves(host: Host, panel: Panel) -> dict[str, Points]:
    """By label, what each query has returned over time; moments without a number are left out."""
    found: dict[str, Points] = {}
    end = int(time.time())
    for expression, legend in zip(panel.expressions, panel.legends, strict=True):
        span = f"start={end - SPAN}&end={end}&step=1"
        reply = json.loads(curl(host, f"/api/v1/query_range?query={urllib.parse.quote(expression)}&{span}"))
        for series in reply["data"]["result"]:
            points = [(float(when), float(value)) for when, value in series["values"] if value not in ("NaN", "+Inf")]
            found[named(legend, series["metric"])] = points
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with call(RTPNG, folder, beside=lambda host: prometheus(host, folder)) as made:
            ask_again(made)
            shown = [(panel, curves(made.peer.host, panel)) for panel in panels("10s")]
    sys.stdout.write(picture(shown))


if __name__ == "__main__":
    main()
