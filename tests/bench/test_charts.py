"""What the pictures and the page show."""

from pathlib import Path
from typing import Any

import pytest

from bench import page, summary
from bench.__main__ import main
from bench.charts import charts
from bench.summary import Judgement
from bench.targets import AFTERWARDS, MOST, SIDE, TARGETS

PLAIN = {
    "rtpengine": {MOST: 60_000.0, "200 calls: of it daemon": 9.0, "200 calls: of it kernel threads": 4.0},
    SIDE: {MOST: 300_000.0, "200 calls: of it daemon": 0.1, "200 calls: of it kernel threads": 5.0},
}
WORKS = {"rtp-plain": PLAIN, "rtp-dtls AEAD_AES_128_GCM": {"rtpengine": {MOST: 50_000.0}}}


def test_a_group_of_bars_for_each_task_and_a_bar_for_each_side() -> None:
    packets = charts(WORKS)[0]
    assert packets.groups == ("plain", "dtls\nGCM")
    assert packets.bars == {"rtpengine": [60_000.0, 50_000.0], SIDE: [300_000.0, None]}


def test_the_kernels_part_stands_on_that_of_the_daemon() -> None:
    cpu = charts(WORKS)[1]
    assert cpu.groups == ("plain\n200 calls",)
    assert cpu.bars == {"rtpengine": [9.0], SIDE: [0.1]}
    assert cpu.upper == {"rtpengine": [4.0], SIDE: [5.0]}


def test_nothing_delivered_is_a_figure() -> None:
    (overload,) = charts({"rtp-plain": {"rtpengine": {AFTERWARDS: 0.0}}})
    assert (overload.name, overload.groups, overload.bars) == ("overload", ("plain",), {"rtpengine": [0.0]})


def test_there_are_no_charts_without_figures() -> None:
    assert [chart.name for chart in charts(WORKS)] == ["packets", "cpu"]
    assert charts({}) == []


def document() -> dict[str, Any]:
    return {
        "date": "2001-02-03",
        "options": {"runs": 3},
        "references": ["rtpengine"],
        "caveats": ["machine: a small one"],
        "works": {
            "rtp-plain": {side: {"median": row, "runs": [{}] * 3, "failure": None} for side, row in PLAIN.items()},
            "rtp-sdes GCM": {"rtpengine": {"median": {}, "runs": [], "failure": "it ended"}},
        },
    }


def test_the_page_has_date_machine_table_and_pictures() -> None:
    works = page.medians(document())
    drawn = charts(works)
    text = page.page(document(), summary.judged(works, frozenset({"rtpengine"})), drawn)
    assert "Measured on 2001-02-03. Runs whose median is shown: rtp-plain 3, rtp-sdes none." in text
    assert "| RTP: packets/s on one core | 300000 | 60000 | 5.00 | >= 4.5 times | yes |" in text
    assert "](packets.png)" in text
    assert "- machine: a small one" in text
    assert "- rtp-sdes GCM, rtpengine: it ended" in text


def test_what_is_missed_has_a_reason_beside_it() -> None:
    target = next(target for target in TARGETS if target.why)
    missed, reached = (Judgement(target, "", figure, 100.0) for figure in (90.0, 1.0))
    text = page.page(document(), [missed, reached], ())
    assert text.count(f"NO: [why]({page.REASONS}#{target.why})") == 1


def test_every_reason_is_a_section_of_the_page_of_reasons() -> None:
    reasons = (page.FOLDER / page.REASONS).read_text(encoding="utf-8")
    sections = {line.removeprefix("## ").lower() for line in reasons.splitlines() if line.startswith("## ")}
    assert sections == {target.why for target in TARGETS} - {""}


def test_the_readme_shows_the_table_of_that_page() -> None:
    told = (page.FOLDER / "README.md").read_text(encoding="utf-8").replace("](../", "](docs/")
    table = "\n".join(line for line in told.splitlines() if line.startswith("|"))
    assert table in (page.FOLDER.parents[1] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [None, "", "{}", "[]", "\xff"])
def test_a_file_without_results_is_one_clear_error(
    text: str | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    results = tmp_path / "results.json"
    if text is not None:
        results.write_bytes(text.encode("latin-1"))
    assert main(["plot", str(results), "--to", str(tmp_path / "page")]) == 1
    assert caplog.messages[0].startswith(f"bench: no results in {results}: ")
    assert not (tmp_path / "page").exists()
