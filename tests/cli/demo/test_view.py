from io import StringIO

import pytest

from cli.demo.view import Progress, Screen, Way, carried_by, live_line, summary, verdict

GOOD = Progress(3, Way(150, 149, 0.00012), Way(150, 150, 0.5), ("kernel", "kernel"))
LONGEST = Progress(3600, Way(180_000, 180_000, 1.5), Way(180_000, 180_000, 1.5), ("kernel", "userspace"))


def test_a_line_shows_both_directions() -> None:
    assert live_line(GOOD) == "   3 s  to callee    149 (0.12 ms)  to caller    150 (500.00 ms)  kernel"


def test_a_line_fits_into_a_terminal() -> None:
    assert len(live_line(LONGEST)) < 100


def test_the_summary_counts_what_was_lost() -> None:
    assert summary(GOOD).splitlines() == [
        "The call lasted 3 s; its media was forwarded by: kernel.",
        "  caller -> callee  150 sent, 149 arrived, 1 lost, median delay 0.12 ms",
        "  callee -> caller  150 sent, 150 arrived, 0 lost, median delay 500.00 ms",
    ]


@pytest.mark.parametrize(
    ("carriers", "text"),
    [
        (("kernel", "kernel"), "kernel"),
        (("userspace", "userspace"), "userspace"),
        (("userspace", "kernel"), "kernel and userspace"),
        (("-", "userspace"), "userspace"),
        (("-", "-"), "nobody"),
        ((), "nobody"),
    ],
)
def test_who_carried(carriers: tuple[str, ...], text: str) -> None:
    assert carried_by(carriers) == text


def test_a_phone_that_heard_nothing_is_an_error() -> None:
    heard, deaf = Way(50, 50, 0.1), Way(50, 0, None)
    assert verdict(Progress(1, heard, heard, ())) is None
    assert "has reached the callee:" in str(verdict(Progress(1, deaf, heard, ())))
    assert "has reached the callee or the caller:" in str(verdict(Progress(1, deaf, deaf, ())))


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_one_line_redrawn() -> None:
    stream = Terminal()
    screen = Screen(stream)
    screen.update("one")
    screen.update("two")
    screen.finish()
    assert stream.getvalue() == "\r\x1b[Kone\r\x1b[Ktwo\n"


def test_a_file_gets_plain_lines() -> None:
    stream = StringIO()
    screen = Screen(stream)
    screen.update("one")
    screen.finish()
    assert stream.getvalue() == "one\n"
