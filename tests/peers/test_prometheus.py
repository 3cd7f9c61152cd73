"""A real Prometheus scrapes the relay during calls; promtool judges the page; the dashboard's queries find data."""

import json
import re
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.netns.topology import Host
from tests.peers.dashboard import panels
from tests.peers.ng_peer import RTPNG
from tests.peers.test_quality import HTTP, Call, call

pytestmark = [pytest.mark.netns, pytest.mark.peers]

PROMETHEUS = "127.0.0.1:9090"
RATE = "10s"  # over which the dashboard's rates are taken here
PATIENCE = 30.0  # seconds
# What promtool finds to say about names that are rtpengine's, not ours to choose.
THEIR_NAMES = re.compile(r'^rtpengine_\w+ (counter metrics should have "_total" suffix|no help text)$|^$')


@contextmanager
def prometheus(host: Host, folder: Path) -> Iterator[None]:
    config = folder / "prometheus.yml"
    scrape = {"job_name": "rtpng", "scrape_interval": "1s", "static_configs": [{"targets": [HTTP]}]}
    config.write_text(json.dumps({"scrape_configs": [scrape]}))  # JSON is YAML
    with (folder / "prometheus.log").open("wb") as log:
        process = host.start(
            *("prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"),
            *(f"--web.listen-address={PROMETHEUS}", "--log.level=warn"),
            stdout=log,
            stderr=log,
        )
        try:
            until(lambda: "is Ready" in curl(host, "/-/ready"), folder)
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE)


def until(happened: Any, folder: Path) -> None:
    deadline = time.perf_counter() + PATIENCE
    while not happened():
        assert time.perf_counter() < deadline, (folder / "prometheus.log").read_text()
        time.sleep(0.2)


def curl(host: Host, path: str) -> str:
    return host.run("curl", "-s", f"http://{PROMETHEUS}{path}", check=False).stdout


def query(host: Host, expression: str) -> list[dict[str, Any]]:
    """What an expression comes to at this moment."""
    reply = json.loads(curl(host, f"/api/v1/query?query={urllib.parse.quote(expression)}"))
    assert reply["status"] == "success", (expression, reply)
    found: list[dict[str, Any]] = reply["data"]["result"]
    return found


def ask_again(made: Call) -> None:
    """Signalling goes on, so that there is a rate of it."""
    for _ in range(3):
        made.peer.ask("ping")
        made.peer.ask("query", {"call-id": "nobody"})
        time.sleep(1.1)


def test_prometheus_reads_what_the_dashboard_shows(tmp_path: Path) -> None:
    with call(RTPNG, tmp_path, beside=lambda host: prometheus(host, tmp_path)) as made:
        host = made.peer.host
        ask_again(made)
        until(lambda: query(host, "rtpengine_mos_samples_total > 0"), tmp_path)
        assert [sample["value"][1] for sample in query(host, 'rtpengine_sessions{type="own"}')] == ["1"]
        assert [sample["value"][1] for sample in query(host, "rtpng_kernel_flows")] == ["2"]
        assert query(host, 'up{job="rtpng"}')[0]["value"][1] == "1"
        for panel in panels("60s"):
            for expression in panel.expressions:
                found = query(host, expression)
                assert found, (panel.title, expression)
        _promtool(host, tmp_path)


def _promtool(host: Host, folder: Path) -> None:
    page = folder / "page"
    page.write_text(host.run("curl", "-s", f"http://{HTTP}/metrics").stdout)
    with page.open("rb") as given, (folder / "said").open("wb") as said:
        code = host.start("promtool", "check", "metrics", stdin=given, stdout=said, stderr=said).wait()
    assert code in (0, 3)  # 3: it read the page, and dislikes names
    strange = [line for line in (folder / "said").read_text().splitlines() if not THEIR_NAMES.match(line)]
    assert not strange
