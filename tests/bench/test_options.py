"""The command line."""

from pathlib import Path

import pytest

from bench.__main__ import WORKS, tasks
from bench.options import Options, Side, options
from bench.protection import SUITE_NAMES


def read(*arguments: str) -> Options:
    return options(arguments, WORKS)


def test_without_arguments_the_standard_sides_run_on_all_works() -> None:
    chosen = read()
    assert chosen.works == WORKS
    assert chosen.suites == SUITE_NAMES
    assert chosen.sides == ()
    assert (200 in chosen.calls, 500 in chosen.calls, chosen.runs) == (True, True, 3)


def test_quick_shortens_what_is_not_given() -> None:
    chosen = read("--quick", "--seconds", "7")
    assert (chosen.runs, chosen.seconds) == (1, 7.0)
    assert (200 in chosen.calls, 500 in chosen.calls) == (True, True)


def test_sides_are_named_commands_and_the_first_is_the_reference() -> None:
    chosen = read("restart", "--side", "a=/bin/a {common} --table=-1", "--side", "b=/bin/b", "--lock", "")
    assert chosen.sides == (Side("a", "/bin/a {common} --table=-1", reference=True), Side("b", "/bin/b"))
    assert chosen.lock is None


def test_values_are_typed() -> None:
    chosen = read(
        "--calls", "1,2", "--relay-cpus", "1,3", "--profiles", "plain,webrtc", "--json", "x.json", "--no-search"
    )
    assert (chosen.calls, chosen.relay_cpus, chosen.json) == ((1, 2), (1, 3), Path("x.json"))
    assert (chosen.profiles, chosen.search) == (("plain", "webrtc"), False)


def test_srtp_is_a_task_of_its_own_for_each_suite() -> None:
    names = [task.name for task in tasks(read("rtp-dtls", "restart"))]
    assert names == [*(f"rtp-dtls {suite}" for suite in SUITE_NAMES), "restart"]
    one = list(tasks(read("rtp-sdes", "--suites", SUITE_NAMES[1])))
    assert [(task.name, task.work) for task in one] == [(f"rtp-sdes {SUITE_NAMES[1]}", "rtp-sdes")]


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        ("--side", "no-command"),
        ("--side", "a=x", "--side", "a=y"),
        ("--profiles", "fax"),
        ("--suites", "ROT13"),
        ("--calls", "x"),
    ],
)
def test_a_wrong_command_line_ends_with_its_usage(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit, match="2"):
        read(*arguments)
