"""The lines for Graphite."""

from rtpng.export.graphite import lines
from rtpng.export.interval import Interval
from rtpng.export.snapshot import snapshot
from tests.rtpng.export.names import CALLS, COMMANDS, OF_EACH
from tests.rtpng.harness import PROXY, RelayUnderTest, audio, sdp


def told(relay: RelayUnderTest) -> dict[str, str]:
    """An interval of two seconds: a call of which one second was before, two requests in the second one."""
    interval = Interval()
    relay.context.tally.watch = interval.request
    relay.offer(sdp(audio()))
    relay.clock.advance(1)
    before = snapshot(relay.context)
    interval.tick(1)
    for seconds in (0.001, 0.003):
        relay.context.tally.command(PROXY, "block DTMF", seconds)
    relay.clock.advance(2)
    interval.tick(2)
    relay.delete()
    rows = [line.split() for line in lines(interval, before, snapshot(relay.context), "x.", 99)]
    assert {time for _, _, time in rows} == {"99"}
    return {name.removeprefix("x."): value for name, value, _ in rows}


def test_the_names_are_those_of_rtpengine() -> None:
    names = [name for name in told(RelayUnderTest()) if not name.startswith("ports_")]
    assert sorted(names) == sorted([f"{command}{what}" for command in COMMANDS for what in OF_EACH] + list(CALLS))


def test_numbers_of_an_interval() -> None:
    values = told(RelayUnderTest())
    assert [values[f"block_DTMF{what}"] for what in OF_EACH] == ["0.001000", "0.003000", "0.002000", "0", "2", "1", "2"]
    assert (values["call_dur"], values["average_call_dur"]) == ("2.000000", "3.000000")
    assert (values["managed_sess"], values["managed_sess_min"], values["managed_sess_max"]) == ("1", "1", "2")
    assert (values["regular_term_sess"], values["current_sessions_total"]) == ("1", "0")
    assert values["ports_used_default_203.0.113.1"] == "0"


def test_the_next_interval_begins_with_nothing() -> None:
    interval = Interval()
    interval.request("offer", 1.0)
    interval.tick(3)
    interval.clear()
    assert (interval.spans, interval.rates, interval.calls.count) == ({}, {}, 0)
