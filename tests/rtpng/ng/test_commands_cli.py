from dataclasses import replace

import pytest

from rtpng.ng.fit import CUT_WARNING, fit
from tests.rtpng.harness import RelayUnderTest


@pytest.mark.parametrize("command", ["cli", "CLI"])
def test_a_line_is_answered(command: str) -> None:
    relay = RelayUnderTest()
    relay.context = replace(relay.context, cli=lambda line: f"<{line}>\n")
    assert relay.command(command, body="list totals") == {"response": "<list totals>\n", "result": "ok"}


def test_without_a_line() -> None:
    relay = RelayUnderTest()
    relay.context = replace(relay.context, cli=lambda line: line)
    with relay.refuses("No 'body' in message"):
        relay.command("cli")


def test_without_an_operator() -> None:
    relay = RelayUnderTest()
    with relay.refuses("unsupported"):
        relay.command("cli", body="list totals")


def test_an_answer_longer_than_a_datagram_is_cut() -> None:
    reply = fit({"response": "x" * 1000, "result": "ok"}, lambda cut: len(str(cut)), 400)
    assert reply == {"warning": CUT_WARNING, "response": "x" * 200, "result": "ok"}
