"""Builds and runs the packet generator (generator/*.c) on calls that are already set up."""

import json
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import priority
from bench.accounting import Usage
from bench.bodies import Told
from bench.errors import BenchError
from bench.lab import Lab, Port
from bench.shell import netns_path
from sipcore.srtp import Keys

SOURCES = Path(__file__).parent / "generator"
COMPILE = ("gcc", "-O2", "-Wall", "-Wextra", "-Werror")

Meter = Callable[[int], Callable[[], Usage]]  # given the generator's process: opens a window, the result closes it


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a call: the phone's address, what the relay told it, the keys of SRTP in both directions."""

    ip: str
    port: int
    relay: Told
    sends: Keys | None = None
    receives: Keys | None = None

    def line(self) -> str:
        keys = (f"{each.suite.name}:{each.material.hex()}" if each else "-" for each in (self.sends, self.receives))
        return " ".join((self.ip, str(self.port), self.relay.ip, str(self.relay.port), *keys))


@dataclass(frozen=True, slots=True)
class Call:
    call_id: str
    caller: Leg
    callee: Leg


@dataclass(frozen=True, slots=True)
class Rate:
    """Packets per second of one stream, after a gentle start that lets the relay learn and set up its flows.

    The streams begin one after the other within ``start`` seconds, run at 50 packets/s for ``warm`` and at the full
    rate for ``run_in`` seconds; then ``seconds`` are measured.
    """

    pps: float
    seconds: float
    start: float = 2.0
    warm: float = 1.0
    run_in: float = 0.3


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one run's packets. ``raw`` is all that the generator printed."""

    sent: int
    received: int
    window: float
    offered_pps: float
    p50: float  # us
    p99: float
    p999: float
    max: float
    faults: dict[str, int]
    start_loss: float  # percent of the packets before the window
    start_reordered: float  # the same
    ring_drops: int
    raw: dict[str, Any]


FAULTS = ("duplicates", "reordered", "damaged", "auth_failed", "wrong_source")


class Generator:
    """The built program, in a folder for its files."""

    def __init__(self, lab: Lab, folder: Path, payload: int) -> None:
        self._lab = lab
        self._program = folder / "rtp_load"
        self._calls = folder / "calls"
        self._payload = payload
        self.has_srtp = build(self._program)

    def run(self, calls: Iterable[Call], rate: Rate, meter: Meter) -> tuple[Received, Usage]:
        """Sends both directions of all calls; the usage is that of the measured window."""
        self._calls.write_text("".join(f"{line}\n" for line in self._lines(calls)))
        before_exec = priority.child(self._lab.nice, {self._lab.generator_cpu})
        with subprocess.Popen(
            self._command(rate), stdout=subprocess.PIPE, text=True, preexec_fn=before_exec
        ) as process:
            try:
                return _followed(process, meter)
            finally:
                process.kill()

    def _command(self, rate: Rate) -> list[str]:
        numbers = {
            "--pps": rate.pps,
            "--seconds": rate.seconds,
            "--start": rate.start,
            "--warm": rate.warm,
            "--run-in": rate.run_in,
            "--payload": self._payload,
            "--cpu": self._lab.generator_cpu,
        }
        return [str(self._program), str(self._calls), *(str(word) for pair in numbers.items() for word in pair)]

    def _lines(self, calls: Iterable[Call]) -> Iterable[str]:
        yield _device(self._lab.caller, self._lab.to_caller)
        yield _device(self._lab.callee, self._lab.to_callee)
        for call in calls:
            yield f"call {call.caller.line()} {call.callee.line()}"


def build(program: Path) -> bool:
    """Compiles the generator; whether it can do SRTP (libsrtp2-dev is there)."""
    sources = [str(source) for source in sorted(SOURCES.glob("*.c"))]
    with_srtp = _compiled(program, sources, ["-DHAVE_SRTP"], ["-lsrtp2"])
    if with_srtp is None:
        return True
    without = _compiled(program, sources, [], [])
    if without is not None:
        raise BenchError(f"the generator does not compile: {without}")
    return False


def parsed(line: str) -> Received:
    """Reads the line of JSON that the generator prints at its end."""
    raw = json.loads(line)
    every = raw["all"]
    start = max(1, every["warmup_sent"])
    return Received(
        sent=every["sent"],
        received=every["received"],
        window=raw["window_s"],
        offered_pps=raw["offered_pps"],
        p50=every["p50"],
        p99=every["p99"],
        p999=every["p999"],
        max=every["max"],
        faults={name: every[name] for name in FAULTS},
        start_loss=100 * (1 - every["warmup_received"] / start),
        start_reordered=100 * every["warmup_reordered"] / start,
        ring_drops=raw["ring_drops"],
        raw=raw,
    )


def _compiled(program: Path, sources: list[str], flags: list[str], libraries: list[str]) -> str | None:
    """None, or what the compiler complains about."""
    command = [*COMPILE, *flags, "-o", str(program), *sources, *libraries, "-lpthread"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise BenchError("gcc is not installed") from None
    return done.stderr.strip() if done.returncode else None


def _device(outer: Port, relay: Port) -> str:
    return f"dev {outer.name} {outer.device} {netns_path(outer.netns)} {outer.mac} {relay.mac}"


def _followed(process: "subprocess.Popen[str]", meter: Meter) -> tuple[Received, Usage]:
    """Opens and closes the meter when the generator says so."""
    close: Callable[[], Usage] | None = None
    usage: Usage | None = None
    received: Received | None = None
    for line in process.stdout or ():
        if line == "BEGIN\n":
            close = meter(process.pid)
        elif line == "END\n" and close:
            usage = close()
        elif line.startswith("{"):
            received = parsed(line)
    if process.wait() or usage is None or received is None:
        raise BenchError(f"the generator failed (exit {process.returncode})")
    return received, usage
