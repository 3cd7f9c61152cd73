"""The commands against a real relay in userspace."""

import json

import pytest

from tests.cli.conftest import Run
from tests.cli.running import Relay, scripted_relay


def test_ping(relay: Relay, run: Run) -> None:
    result = run("ping", "--ng", relay.ng)
    assert result.exit_code == 0
    assert result.output.startswith(f"{relay.ng} answers after ")


def test_the_control_port_may_come_from_the_environment(relay: Relay, run: Run) -> None:
    assert run("ping", RTPNG_NG=relay.ng).exit_code == 0


def test_list_without_calls(relay: Relay, run: Run) -> None:
    result = run("list", "--ng", relay.ng)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "The daemon has no calls.\n"


def test_list_shows_one_call_id_per_line(relay: Relay, run: Run) -> None:
    relay.place_call("one@example.org")
    relay.place_call("two@example.org")
    result = run("list", "--ng", relay.ng)
    assert result.stdout.splitlines() == ["one@example.org", "two@example.org"]
    assert result.stderr == ""


def test_list_says_that_there_may_be_more(relay: Relay, run: Run) -> None:
    relay.place_call("one")
    relay.place_call("two")
    result = run("list", "--limit", "1", "--ng", relay.ng)
    assert result.stdout == "one\n"
    assert "--limit" in result.stderr


def test_list_as_json(relay: Relay, run: Run) -> None:
    relay.place_call("one")
    assert json.loads(run("list", "--json", "--ng", relay.ng).stdout)["calls"] == ["one"]


def test_query_shows_every_party_and_port(relay: Relay, run: Run) -> None:
    relay.place_call("one")
    result = run("query", "one", "--ng", relay.ng)
    assert result.exit_code == 0
    table = result.stdout.splitlines()[4:]
    assert [line.split()[0] for line in table] == ["tag-a", "RTCP", "tag-b", "RTCP"]
    assert "127.0.0.1:4000" in table[0]
    assert "127.0.0.1:5001" in table[3]


def test_query_as_json_is_the_reply(relay: Relay, run: Run) -> None:
    relay.place_call("one")
    reply = json.loads(run("query", "one", "--json", "--ng", relay.ng).stdout)
    assert reply["result"] == "ok"
    assert set(reply["tags"]) == {"tag-a", "tag-b"}


def test_delete_ends_the_call_at_once(relay: Relay, run: Run) -> None:
    relay.place_call("one")
    result = run("delete", "one", "--ng", relay.ng)
    assert result.stdout == "Call one has ended; 0 packets came in so far.\n"
    assert relay.calls == []


def test_delete_with_a_delay_leaves_the_call_for_that_long(relay: Relay, run: Run) -> None:
    relay.place_call("one")
    result = run("delete", "one", "--delay", "5", "--ng", relay.ng)
    assert "ends in 5 s" in result.stdout
    assert relay.calls == ["one"]


@pytest.mark.parametrize(
    "words",
    [
        ("two",),
        ("one", "--from-tag", "strange"),
        ("one", "--from-tag", "tag-a", "--to-tag", "strange"),
        ("one", "--from-tag", "strange", "--branch", "strange"),
    ],
)
def test_delete_of_what_is_not_there_is_an_error(relay: Relay, run: Run, words: tuple[str, ...]) -> None:
    relay.place_call("one")
    result = run("delete", *words, "--ng", relay.ng)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: Nothing was deleted: ")
    assert relay.calls == ["one"]


def test_delete_takes_one_branch_away(relay: Relay, run: Run) -> None:
    relay.place_call("one")
    result = run("delete", "one", "--from-tag", "tag-a", "--to-tag", "tag-b", "--ng", relay.ng)
    assert result.exit_code == 0
    assert relay.calls == []  # the call had no other branch


def test_statistics(relay: Relay, run: Run) -> None:
    relay.place_call("one")
    text = run("statistics", "--ng", relay.ng).stdout
    assert text.startswith("Now\n")
    assert "21000 to 21099     4    96" in text
    assert json.loads(run("statistics", "--json", "--ng", relay.ng).stdout)["result"] == "ok"


def test_an_unknown_call_is_one_sentence(relay: Relay, run: Run) -> None:
    result = run("query", "nobody", "--ng", relay.ng)
    assert result.exit_code == 1
    assert result.stderr == "Error: The daemon knows no such call: `rtpng list` shows the calls that it has.\n"


def test_a_refusal_is_shown_without_its_control_characters(run: Run) -> None:
    with scripted_relay({"ping": {"result": "error", "error-reason": "no\x1b[2J way"}}) as ng:
        result = run("ping", "--ng", ng)
    assert result.exit_code == 1
    assert result.stderr == "Error: The daemon refused (no\\x1b[2J way): its log says more.\n"


def test_a_call_id_cannot_steer_the_terminal(run: Run) -> None:
    with scripted_relay({"list": {"result": "ok", "calls": ["a\x1b]0;b\x07", "c\nd"]}}) as ng:
        result = run("list", "--ng", ng)
    assert result.stdout == "a\\x1b]0;b\\x07\nc\\nd\n"
