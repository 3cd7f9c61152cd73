"""The control protocol: calls set up per second, the time of each command, the memory of held calls."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from types import MappingProxyType

from bench import bodies, processes
from bench.accounting import Usage
from bench.bench import Bench
from bench.cycles import HELD, WHOLE, Cycles, Runner, Script, Step, script
from bench.daemon import Daemon
from bench.errors import RefusedError
from bench.findings import Findings, quantile

WAYS = (("one at a time", 1), ("64 in flight", 64))
WARM_UP = 0.5  # seconds
WARM_UP_CALLS = 20
HOLDING = 16  # in flight while the held calls are set up
SETTLING = 0.5
# Seconds until a relay is idle: nobody answers its ICE checks, and it asks for half a minute
TO_IDLE = MappingProxyType({"plain": 0.0, "webrtc": 35.0})
IDLE = 3.0  # seconds that the idle CPU is measured
DELETED = 200


def ng_calls(bench: Bench) -> Findings:
    """A profile that the relay refuses is left out, with a note; the others are measured all the same."""
    rows: dict[str, float] = {}
    steps: list[dict[str, object]] = []
    notes = []
    for profile in bench.options.profiles:
        try:
            rows |= _profile(bench, profile, steps)
        except RefusedError as error:
            notes.append(f"{profile}: not measured: {error}")
    return Findings(rows, steps, notes)


def _profile(bench: Bench, profile: str, steps: list[dict[str, object]]) -> dict[str, float]:
    rows: dict[str, float] = {}
    for name, in_flight in WAYS:
        cycles, usage = _cycled(bench, profile, in_flight)
        rows |= {f"{profile}, {name}: {label}": value for label, value in _speed(cycles, usage).items()}
        steps.append({"profile": profile, "way": name, "done": cycles.done, "wall": cycles.wall} | asdict(usage))
    return rows | {f"{profile}, held: {label}": value for label, value in _held(bench, profile).items()}


def _cycled(bench: Bench, profile: str, in_flight: int) -> tuple[Cycles, Usage]:
    """Calls that are offered, answered and deleted at once."""
    commands = _script(bench, profile, WHOLE)
    with bench.alone(), bench.running() as daemon:
        Runner(daemon.ng, bench.call_ids, commands, in_flight).during(WARM_UP)
        close = bench.meter(daemon)()
        cycles = Runner(daemon.ng, bench.call_ids, commands, in_flight).during(bench.options.command_seconds)
        usage = close()
    bench.say("%s, %d in flight: %.0f calls/s", profile, in_flight, cycles.done / cycles.wall)
    return cycles, usage


def _script(bench: Bench, profile: str, steps: Sequence[Step]) -> Script:
    return script(bench.lab.caller.ip, bench.lab.callee.ip, profile, steps)


def _speed(cycles: Cycles, usage: Usage) -> dict[str, float]:
    rows = {"calls/s": cycles.done / cycles.wall}
    for step in WHOLE:
        rows[f"{step.value} p50 us"] = 1e6 * quantile(cycles.latencies[step], 0.5)
        rows[f"{step.value} p99 us"] = 1e6 * quantile(cycles.latencies[step], 0.99)
    rows["daemon CPU ms per call"] = 1e3 * usage.daemon / max(1, cycles.done)
    return rows | ({"resent": float(cycles.resent)} if cycles.resent else {})


def _held(bench: Bench, profile: str) -> dict[str, float]:
    """Calls that are offered and answered, and stay; without media."""
    thousands = bench.options.hold / 1000
    with bench.alone(), bench.running() as daemon:
        Runner(daemon.ng, bench.call_ids, _script(bench, profile, WHOLE), 1).times(WARM_UP_CALLS)
        resident, kernel = daemon.resident_mb(), processes.kernel_mb()
        held = Runner(daemon.ng, bench.call_ids, _script(bench, profile, HELD), HOLDING).times(bench.options.hold)
        time.sleep(SETTLING)
        own, of_kernel = daemon.resident_mb() - resident, processes.kernel_mb() - kernel
        rows = {
            "RSS MB per 1000 calls": own / thousands,
            "kernel MB per 1000 calls": of_kernel / thousands,
            "KB per call": 1024 * (own + of_kernel) / bench.options.hold,
            "set up calls/s": held.done / held.wall,
            "CPU % at first": _idle(bench, daemon),
            "idle CPU %": _idle(bench, daemon, TO_IDLE[profile]),
            "delete p50 us": 1e6 * _deleted(daemon, held.call_ids[:DELETED]),
        }
    bench.say("%d held: %.1f MB per 1000", bench.options.hold, rows["RSS MB per 1000 calls"])
    return rows


def _idle(bench: Bench, daemon: Daemon, after: float = 0.0) -> float:
    time.sleep(after)
    close = bench.meter(daemon)()
    time.sleep(IDLE)
    usage = close()
    return 100 * usage.daemon / usage.wall


def _deleted(daemon: Daemon, call_ids: list[str]) -> float:
    """Deletes some of the calls, one at a time; the median of seconds."""
    taken = []
    for call_id in call_ids:
        began = time.perf_counter()
        daemon.ng.ask(bodies.delete(call_id))
        taken.append(time.perf_counter() - began)
    return quantile(taken, 0.5)
