"""rtpng trace."""

import json
from datetime import UTC

from cli.timeline import timeline
from rtpng.ng.client import NgClient
from tests.cli.conftest import Run
from tests.cli.running import HOST, Relay


def test_a_call_that_is_over_is_still_told(relay: Relay, run: Run) -> None:
    relay.place_call("call-1")
    assert run("trace", "call-1", "--ng", relay.ng).output.endswith("The call goes on.\n")
    with NgClient(HOST, relay.port) as client:
        client.delete("call-1", delete_delay=0)
    told = run("trace", "call-1", "--ng", relay.ng)
    assert told.exit_code == 0
    assert "answer from-tag=tag-a to-tag=tag-b" in told.output
    assert told.output.endswith("The call is over.\n")


def test_as_json(relay: Relay, run: Run) -> None:
    relay.place_call("call-1")
    reply = json.loads(run("trace", "call-1", "--json", "--ng", relay.ng).output)
    assert [event["kind"] for event in reply["events"]][:2] == ["ng", "call"]
    assert reply["living"] == 1


def test_an_unknown_call_is_one_sentence(relay: Relay, run: Run) -> None:
    refused = run("trace", "nobody", "--ng", relay.ng)
    assert refused.exit_code == 1
    assert refused.output == "Error: The daemon knows no such call: `rtpng list` shows the calls that it has.\n"


def test_the_gap_is_where_events_are_missing() -> None:
    events = [{"time": 1_000_000 * n, "kind": "ng", "text": f"e{n}\x1b"} for n in range(3)]
    reply = {"events": events, "omitted": 9, "omitted after": 1, "living": 0}
    assert timeline("c\n", reply, UTC).splitlines() == [
        "Call c\\n",
        "00:00:00.000     +0.000  ng         e0\\x1b",
        "... 9 events in between are not kept ...",
        "00:00:01.000     +1.000  ng         e1\\x1b",
        "00:00:02.000     +2.000  ng         e2\\x1b",
        "The call is over.",
    ]
