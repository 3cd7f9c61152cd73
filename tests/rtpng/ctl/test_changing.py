import resource
from collections.abc import Iterator

import pytest

from rtpng.calls.expiry import Reason
from tests.rtpng.ctl.operator import CONFIG, Operator
from tests.rtpng.harness import BOB, audio, sdp


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("set maxsessions 5", "Success setting maxsessions to 5"),
        ("set maxsessions -1", "Success setting maxsessions to -1; disable feature"),
        ("set maxsessions -5", "Fail setting maxsessions to -5; either positive or -1 values allowed"),
        ("set maxsessions foo", "Fail setting maxsessions to foo; no digits found"),
        ("set maxsessions 5x", "Fail setting maxsessions to 5x; not a number"),
        ("set maxcpu 50.5", "Success setting maxcpu to 50.5"),
        ("set maxload 0", "Success setting maxload to 0.00"),
        ("set maxload nan", "Fail setting maxload to nan; must be at least 0"),
        ("set maxbw -1", "Fail setting maxbw to -1; must be at least 0"),
        ("set timeout 100", "Success setting timeout to 100"),
        ("set timeout -1", "Fail setting timeout to -1; must be from 0 to 31536000"),
        ("set controltos 184", "Success setting control-tos to 184"),
        ("set controltos 256", "Fail setting control-tos to 256; must be from 0 to 255"),
        ("set deletedelay 0", "Success setting delete-delay to 0"),
        ("set loglevel 7", "Success setting loglevel to 7"),
        ("set loglevel 8", "Fail setting loglevel to 8; must be from -1 to 7"),
        ("set loglevel core", "More parameters required."),
        ("set loglevel core 5", "Success setting loglevel to 5"),
        ("set loglevel foo 5", "Unknown subsystem: foo"),
        ("set maxopenfiles foo", "Fail setting open_files to foo; no digits found"),
        ("set maxopenfiles 2000", "Fail setting open_files to 2000; can't set it under 65536"),
    ],
)
def test_answers(ops: Operator, line: str, answer: str) -> None:
    assert ops.ask(line) == f"{answer}\n"


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("set maxsessions 5", "max_sessions", 5),
        ("set timeout 100", "timeout", 100),
        ("set silenttimeout 101", "silent_timeout", 101),
        ("set offertimeout 102", "offer_timeout", 102),
        ("set finaltimeout 103", "final_timeout", 103),
        ("set deletedelay 3", "delete_delay", 3),
        ("set maxcpu 50.5", "max_cpu", 50.5),
        ("set maxbw 1000", "max_bandwidth", 1000),
        ("set controltos 8", "control_tos", 8),
    ],
)
def test_the_daemon_is_told(ops: Operator, line: str, field: str, value: int) -> None:
    ops.ask(line)
    (adopted,) = ops.adopted
    assert getattr(adopted, field) == value
    assert ops.ask(line.replace("set", "list").rsplit(" ", 1)[0]).endswith(f"{value}\n")


def test_what_is_refused_changes_nothing(ops: Operator) -> None:
    for line in ("set timeout x", "set timeout -1", "set maxsessions -2", "set loglevel core 9", "set maxbw x"):
        ops.ask(line)
    assert not ops.adopted
    assert ops.ask("params diff") == ""


def test_no_load_limit_is_none(ops: Operator) -> None:
    ops.ask("set maxload 2.5")
    assert ops.ask("list maxload") == "Maximum load average configured on rtpengine: 2.50\n"
    ops.ask("set maxload 0")
    assert [config.max_load for config in ops.adopted] == [2.5, None]
    assert ops.ask("list maxload") == "Maximum load average configured on rtpengine: 0.00\n"


def test_maxsessions_refuses_calls_from_now_on(ops: Operator) -> None:
    ops.ask("set maxsessions 0")
    with ops.relay.refuses("Parallel session limit reached"):
        ops.relay.command("offer", call_id="call", from_tag="a", sdp=sdp(audio()))
    ops.ask("set maxsessions -1")
    ops.relay.offer(sdp(audio()))


def test_a_shorter_timeout_ends_running_calls(ops: Operator) -> None:
    ops.relay.offer(sdp(audio()))
    ops.relay.answer(sdp(audio(), host=BOB))
    ops.relay.pass_time(20)
    assert not ops.relay.is_empty()
    ops.ask("set timeout 15")
    ops.relay.pass_time(1)
    assert ops.relay.is_empty()
    assert ops.relay.engine.statistics.ended[Reason.MEDIA_TIMEOUT] == 1


def test_a_longer_timeout_keeps_running_calls(ops: Operator) -> None:
    ops.relay.offer(sdp(audio()))
    ops.relay.answer(sdp(audio(), host=BOB))
    ops.ask("set timeout 600")
    ops.relay.pass_time(599)
    assert not ops.relay.is_empty()
    ops.relay.pass_time(2)
    assert ops.relay.is_empty()


def test_log_levels(ops: Operator) -> None:
    ops.ask("set loglevel control 3")
    assert (ops.levels["core"], ops.levels["control"]) == (6, 3)
    ops.ask("set loglevel 4")
    assert {name: ops.levels[name] for name in ops.levels} == dict.fromkeys(("core", "http", "control"), 4)


@pytest.fixture
def _limit_as_it_was() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("_limit_as_it_was")
def test_maxopenfiles(ops: Operator) -> None:
    answer = ops.ask("set maxopenfiles 65537")
    if answer.startswith("Success"):
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 65537
    else:
        assert "Fail setting open_files to 65537; " in answer
    assert "Fail setting open_files" in ops.ask(f"set maxopenfiles {2**31 - 1}") or ops.ask("list maxopenfiles")


def test_params_compare_now_with_the_start(ops: Operator) -> None:
    start = ops.ask("params start")
    assert start == ops.ask("params current")
    assert "timeout = 60\n" in start
    assert "log-level-core = 6\n" in start
    assert "max-sessions = 9\n" in start
    assert "interface[0] = default/203.0.113.1\n" in start
    ops.ask("set timeout 77")
    ops.ask("set loglevel http 2")
    assert ops.ask("params diff") == "log-level-http: 6 => 2\ntimeout: 60 => 77\n"
    assert ops.ask("params start") == start
    assert ops.ask("params revert") == ""
    assert ops.ask("params diff") == ""
    assert ops.adopted[-1] == CONFIG
    assert ops.levels["http"] == 6
