from datetime import UTC, timedelta, timezone

import pytest

from cli.format import count, duration, moment, pairs, shown, table


def test_a_table_has_columns_of_equal_width_and_numbers_to_the_right() -> None:
    assert table(("NAME", "N", "WHY"), [("a", "1,000", "3 foreign"), ("longer", "-", "-")]).splitlines() == [
        "NAME        N  WHY",
        "a       1,000  3 foreign",
        "longer      -  -",
    ]


def test_a_table_without_rows_is_its_heads() -> None:
    assert table(("NAME", "N"), []) == "NAME  N"


def test_a_column_of_nothing_is_no_column_of_numbers() -> None:
    assert table(("LONG", "X"), [("-", "y")]).splitlines()[1] == "-     y"


def test_a_cell_cannot_break_its_line() -> None:
    assert table(("A",), [("x\r\ny\x1b",)]) == "A\nx\\r\\ny\\x1b"


@pytest.mark.parametrize(
    ("value", "text"),
    [("plain ü", "plain ü"), ("\x00", "\\x00"), ("\udc80", "\\udc80"), ("\u202e", "\\u202e"), (7, "7")],
)
def test_shown(value: object, text: str) -> None:
    assert shown(value) == text


def test_pairs() -> None:
    assert pairs({"a": "1", "long": "2"}) == "  a     1\n  long  2"
    assert pairs({}) == ""


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (1234567, "1,234,567"), (None, "-"), ("12", "-")])
def test_count(number: object, text: str) -> None:
    assert count(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.9, "59 s"), (61, "1 min 1 s"), (3600, "1 h"), (90_061, "1 d 1 h"), (86_400 + 5, "1 d 5 s")],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_moment_is_shown_with_its_zone() -> None:
    assert moment(1_700_000_000, UTC) == "2023-11-14 22:13:20+00:00"
    assert moment(1_700_000_000, timezone(timedelta(hours=2))) == "2023-11-15 00:13:20+02:00"


@pytest.mark.parametrize("seconds", [0, None, "1", -1, 1 << 60])
def test_no_moment(seconds: object) -> None:
    assert moment(seconds, UTC) == "-"
