"""The table and its figures."""

import pytest

from bench.findings import Findings, Runs, number, quantile
from bench.report import medians, ratio, table


def test_the_median_is_taken_per_figure() -> None:
    runs = [Findings({"calls/s": value}) for value in (10.0, 30.0, 11.0)]
    assert medians(runs) == {"calls/s": 11.0}


def test_a_fault_that_a_run_does_not_name_is_zero_in_it() -> None:
    runs = [Findings({"loss %": 1.0, "50 calls: reordered": 9.0}), Findings({"loss %": 1.0}), Findings({"loss %": 3.0})]
    assert medians(runs) == {"loss %": 1.0, "50 calls: reordered": 0.0}


REFERENCE = frozenset({"reference"})


def test_every_side_that_is_no_reference_has_its_ratio() -> None:
    sides = {
        "reference": Runs([Findings({"cost": 10.0})]),
        "kernel": Runs([Findings({"cost": 2.0})]),
        "user": Runs([Findings({"cost": 15.0})]),
    }
    lines = table("rtp", sides, REFERENCE).splitlines()
    assert lines[1].split() == ["reference", "kernel", "ratio", "user", "ratio"]
    assert lines[2].split() == ["cost", "10", "2", "0.20", "15", "1.50"]


def test_ratios_are_to_the_better_reference() -> None:
    sides = {
        "old": Runs([Findings({"cost": 10.0, "calls/s": 100.0})]),
        "new": Runs([Findings({"cost": 20.0, "calls/s": 200.0})]),
        "ours": Runs([Findings({"cost": 5.0, "calls/s": 300.0})]),
    }
    lines = table("ng", sides, frozenset({"old", "new"})).splitlines()
    assert lines[2].split() == ["cost", "10", "20", "5", "0.50"]
    assert lines[3].split() == ["calls/s", "100", "200", "300", "1.50"]


def test_a_reference_that_could_not_be_measured_is_no_measure() -> None:
    sides = {
        "old": Runs(failure="it ended"),
        "new": Runs([Findings({"cost": 2.0})]),
        "ours": Runs([Findings({"cost": 1.0})]),
    }
    assert table("ng", sides, frozenset({"old", "new"})).splitlines()[2].split() == ["cost", "-", "2", "1", "0.50"]


def test_a_side_that_could_not_be_measured_is_named_with_the_reason() -> None:
    sides = {"reference": Runs([Findings({"cost": 10.0})]), "kernel": Runs(failure="offer refused")}
    lines = table("rtp", sides, REFERENCE).splitlines()
    assert lines[2].split() == ["cost", "10", "-"]
    assert lines[-1] == "kernel: not measured: offer refused"


def test_notes_of_several_runs_are_shown_once() -> None:
    noted = Findings({"cost": 1.0}, notes=["a noisy machine"])
    assert table("rtp", {"one": Runs([noted, noted])}, frozenset({"one"})).count("a noisy machine") == 1


def test_no_ratio_to_nothing() -> None:
    assert ratio(1.0, 0.0) == ratio(None, 1.0) == ratio(1.0, None) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0.0, "0"), (0.1234, "0.123"), (12.345, "12.35"), (123.45, "123.5"), (12345.6, "12346"), (7.0, "7")],
)
def test_numbers_have_the_digits_that_matter(value: float | None, text: str) -> None:
    assert number(value) == text


def test_quantiles() -> None:
    values = [float(value) for value in range(101)]
    assert [quantile(values[::-1], share) for share in (0.0, 0.5, 0.99, 1.0)] == [0.0, 50.0, 99.0, 100.0]
