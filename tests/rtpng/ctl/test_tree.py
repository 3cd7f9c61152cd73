import logging
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtpng.ctl.tree import TREE, Command, Group
from tests.rtpng.ctl.operator import Operator, operator
from tests.rtpng.harness import audio, sdp


def rows(node: Group | Command, name: str = "") -> Iterator[tuple[str, Command]]:
    """Every command with the words that lead to it."""
    if isinstance(node, Command):
        yield name, node
        return
    for word, child in node.children.items():
        yield from rows(child, f"{name} {word}".strip())
    if node.other is not None:
        yield f"{name} nosuch", node.other


ROWS = list(rows(TREE))
WORDS = sorted({word for name, _ in ROWS for word in name.split()} | {"help", "-1", "0", "7", "call", "core", "x", "é"})


def test_the_tree_is_rtpengines() -> None:
    keyspaces = {"ksadd", "ksrm", "kslist", "active", "standby"}
    assert set(TREE.children) == {"usage", "list", "get", "terminate", "set", "params", "debug", "call"} | keyspaces
    assert TREE.children["list"] is TREE.children["get"]


@pytest.mark.parametrize(("name", "command"), ROWS, ids=[name for name, _ in ROWS])
def test_every_row_answers_lines_of_text(ops: Operator, name: str, command: Command) -> None:
    answer = ops.ask(" ".join([name, *["7"] * max(command.needs, command.takes)]))
    assert answer.endswith("\n") or (name, answer) == ("params revert", "") or name == "params diff"
    assert "Unknown command" not in answer
    assert "Internal error" not in answer


@pytest.mark.parametrize(("name", "command"), ROWS, ids=[name for name, _ in ROWS])
def test_every_row_says_when_words_are_missing(ops: Operator, name: str, command: Command) -> None:
    if command.needs and not name.endswith("nosuch"):
        assert ops.ask(name) == "More parameters required.\n"


@pytest.mark.parametrize("line", ["", " ", "list", "set", "terminate", "params", "list sessions", "call"])
def test_more_words_are_needed(ops: Operator, line: str) -> None:
    assert ops.ask(line) == "More parameters required.\n"


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("foo", "foo"),
        ("list foo", "foo"),
        ("set foo 1", "foo"),
        ("LIST timeout", "LIST"),
        ("media list", "media"),
    ],
)
def test_unknown_words(ops: Operator, line: str, rest: str) -> None:
    assert ops.ask(line) == f"Unknown command: {rest}\n"


@pytest.mark.parametrize("line", ["help", "list help", "set help", "params help", "terminate help", "call one help"])
def test_help_lists_what_there_is_at_a_level(ops: Operator, line: str) -> None:
    ops.relay.offer(sdp(audio()), call_id="one")
    head, *rows = ops.ask(line).splitlines()
    assert head == "Available sub-commands at this level:"
    assert rows
    assert all(re.fullmatch(r"\t[a-z]+( [^:]*)?(: .+)?", row) for row in rows)


def test_usage_has_every_command_once(ops: Operator) -> None:
    told = ops.ask("usage")
    for name, _ in ROWS:
        word = name.removesuffix(" nosuch").split()[-1]
        assert re.search(rf"^ +{word}\b", told, re.MULTILINE) or word in ("all", "own", "foreign", "recording")
    assert "info" in told.partition("tag <tag>")[2]


def test_nothing_is_kept_in_redis(ops: Operator) -> None:
    assert ops.ask("kslist") == "Keyspace notification feature has not been configured.\n"
    assert ops.ask("list redisdisabletime") == "10\n"
    assert ops.ask("set redisdisabletime 3") == "rtpng uses no Redis\n"
    assert ops.ask("set redisdisable 1") == "No redis write to disable\n"


def test_spaces_do_not_matter_and_further_words_neither(ops: Operator) -> None:
    assert ops.ask("  list   timeout  foo \r") == "TIMEOUT=60\n"


def test_a_bug_of_ours_is_one_line_for_the_operator(ops: Operator, caplog: pytest.LogCaptureFixture) -> None:
    ops.relay.offer(sdp(audio()))
    del ops.relay.call().parties[:]
    ops.relay.call().parties.append(None)  # type: ignore[arg-type]  # what cannot be
    answer = ops.ask("list sessions call")
    assert answer.startswith("Internal error ")
    assert answer.count("\n") == 1
    assert answer.strip() in caplog.text


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=5), max_size=6))
def test_any_words_get_an_answer(caplog: pytest.LogCaptureFixture, lines: list[list[str]]) -> None:
    caplog.clear()
    with operator() as somebody:
        somebody.relay.offer(sdp(audio()))
        for line in lines:
            if "maxopenfiles" not in line:
                somebody.ask(" ".join(line))
        somebody.ask("terminate all")
        assert somebody.relay.is_empty()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
