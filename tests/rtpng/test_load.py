"""Load limits: what is measured, and in which words a call is refused."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rtpng.assemble import Handler
from rtpng.config import Config
from rtpng.errors import NgError
from rtpng.load import BANDWIDTH, CPU, LOAD, Load, LoadLimits, busy
from rtpng.ng.message import Message
from sipcore.address import Address
from tests.rtpng.harness import PROXY, V4, RelayUnderTest, audio, sdp, talking


@dataclass
class Host:
    """A host whose load the test sets."""

    worked: float = 0.0
    ticks: float = 0.0
    average: float = 0.0
    bytes: float = 0.0
    now: float = field(default=100.0)

    def load(self, limits: LoadLimits) -> Load:
        return Load(limits, lambda: (self.bytes, self.now), lambda: self.average, lambda: (self.worked, self.ticks))

    def pass_time(self, seconds: float, *, use: float = 0.0, rate: float = 0.0) -> None:
        self.now += seconds
        self.ticks += 100 * seconds
        self.worked += 100 * seconds * use
        self.bytes += rate * seconds


def test_without_limits_nothing_is_measured() -> None:
    def fail() -> tuple[float, float]:
        raise AssertionError

    assert Load(LoadLimits(), fail, lambda: 1e9, fail).exceeded(0.0) is None


@pytest.mark.parametrize(("use", "text"), [(0.79, None), (0.8, CPU), (1.0, CPU)])
def test_the_use_of_processors_since_the_last_measurement(use: float, text: str | None) -> None:
    host = Host()
    load = host.load(LoadLimits(cpu=80.0))
    assert load.exceeded(host.now) is None
    host.pass_time(1.0, use=use)
    assert load.exceeded(host.now) == text
    host.pass_time(1.0, use=0.1)
    assert load.exceeded(host.now) is None


def test_two_measurements_are_never_close_together() -> None:
    host = Host()
    load = host.load(LoadLimits(cpu=80.0))
    load.exceeded(host.now)
    host.pass_time(1.0, use=0.1)
    load.exceeded(host.now)
    host.pass_time(0.1, use=1.0)
    assert load.exceeded(host.now) is None


@pytest.mark.parametrize(("average", "text"), [(1.9, None), (2.0, LOAD)])
def test_the_load_average(average: float, text: str | None) -> None:
    host = Host(average=average)
    assert host.load(LoadLimits(load=2.0)).exceeded(host.now) == text


@pytest.mark.parametrize(("rate", "text"), [(999, None), (1000, BANDWIDTH)])
def test_the_rate_of_media(rate: float, text: str | None) -> None:
    host = Host()
    load = host.load(LoadLimits(bandwidth=1000))
    assert load.exceeded(host.now) is None
    host.pass_time(2.0, rate=rate)
    assert load.exceeded(host.now) == text


def test_a_counter_that_falls_is_no_load() -> None:
    host = Host(bytes=5000)
    load = host.load(LoadLimits(bandwidth=1))
    load.exceeded(host.now)
    host.pass_time(1.0, rate=-1000)
    assert load.exceeded(host.now) is None


def test_processors_are_read_from_proc_stat() -> None:
    assert busy("cpu  10 1 4 80 5 2 3 7 9 9\ncpu0 1 1 1\n") == (27.0, 112.0)
    worked, ticks = busy(Path("/proc/stat").read_text("ascii"))
    assert 0 < worked < ticks


def test_this_host_is_measured() -> None:
    assert Load(LoadLimits(cpu=101.0, load=1e9, bandwidth=1), lambda: (0, 0)).exceeded(0.0) is None


# --- what the proxy is told ---


@pytest.mark.parametrize("text", [CPU, LOAD, BANDWIDTH])
def test_a_proxy_that_knows_load_limits_is_told_which(text: str) -> None:
    relay = RelayUnderTest(overload=lambda _: text)
    words = {"call_id": "x", "from_tag": "a", "sdp": sdp(audio())}
    assert relay.command("offer", **words, supports=["load limit"]) == {"result": "load limit", "message": text}
    assert relay.engine.statistics.rejected == 1
    assert relay.is_empty()


def test_another_is_told_the_one_text_that_every_proxy_knows() -> None:
    relay = RelayUnderTest(overload=lambda _: CPU)
    with pytest.raises(NgError, match=r"^Parallel session limit reached$"):
        relay.offer(sdp(audio()))
    assert relay.is_empty()


def test_the_configuration_reaches_the_command() -> None:
    relay = RelayUnderTest()
    handle = Handler(relay.engine, Config((V4,), max_load=-1.0))
    pairs = {"command": "offer", "call-id": "x", "from-tag": "a", "sdp": sdp(audio()), "supports": "load limit"}
    assert handle(Message(tuple(pairs.items())), Address(PROXY, 1)) == {"result": "load limit", "message": LOAD}


def test_bytes_of_calls_that_are_and_were_are_counted() -> None:
    relay = talking()
    handle = Handler(relay.engine, Config((V4,), max_bandwidth=1))
    pairs = {"command": "offer", "call-id": "x", "from-tag": "a", "sdp": sdp(audio())}
    assert handle(Message(tuple(pairs.items())), Address(PROXY, 1))["result"] == "ok"


def test_calls_that_there_are_go_on() -> None:
    full: list[str] = []
    relay = RelayUnderTest(overload=lambda _: full[0] if full else None)
    relay.offer(sdp(audio()))
    full.append(LOAD)
    relay.offer(sdp(audio()))
    relay.answer(sdp(audio(5000)))
