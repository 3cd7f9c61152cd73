"""One step of a media work: fresh calls, one rate, one measured window."""

import time
from dataclasses import asdict, dataclass
from typing import Any

from bench.accounting import Usage
from bench.bench import Bench
from bench.daemon import Daemon
from bench.established import set_up, take_down
from bench.findings import Figures
from bench.load import Rate, Received
from bench.protection import Protection

NORMAL = 50.0  # packets per second of one stream: 20 ms of audio each
ENOUGH = 0.98  # of the wanted rate; below it the generator is the limit
AFTERWARDS = Rate(NORMAL, 2.0, start=0.5, warm=0.5, run_in=0.0)
PAUSE = 2.0  # before a step is repeated on a noisy machine


@dataclass(frozen=True, slots=True)
class Step:
    """``afterwards`` is the percentage of packets that the same calls got at a normal rate after this step."""

    calls: int
    rate: Rate
    received: Received
    usage: Usage
    memory: float  # resident MB of the daemon, calls up
    noisy: bool
    afterwards: float | None = None

    @property
    def loss(self) -> float:
        """Percent."""
        return 100 * (1 - self.received.received / max(1, self.received.sent))

    @property
    def delivered(self) -> float:
        """Packets per second."""
        return self.received.received / self.received.window

    @property
    def generator_bound(self) -> bool:
        wanted = 2 * self.calls * self.rate.pps
        return self.received.ring_drops > 0 or self.received.offered_pps < ENOUGH * wanted

    def cost(self, seconds: float) -> float:
        """Microseconds of CPU per packet."""
        return 1e6 * seconds / max(1, self.received.received)

    def sustained(self, loss: float, median: float) -> bool:
        """Little loss (percent), nothing damaged, and no queue that only grows: a median (ms) below the limit."""
        intact = not self.received.faults["damaged"]
        return intact and self.loss <= loss and 0 <= self.received.p50 <= 1000 * median

    def as_json(self) -> dict[str, Any]:
        derived = {"loss": self.loss, "delivered": self.delivered, "generator_bound": self.generator_bound}
        return asdict(self) | derived


def measured(
    bench: Bench,
    daemon: Daemon,
    calls: int,
    rate: Rate,
    protection: Protection | None = None,
    *,
    recover: bool = False,
) -> Step:
    """A noisy step is measured once more, unless the run is quick; the quieter of the two counts."""
    step = _once(bench, daemon, calls, rate, protection, recover=recover)
    if not (step.noisy and bench.options.repeat_noisy):
        return step
    time.sleep(PAUSE)
    again = _once(bench, daemon, calls, rate, protection, recover=recover)
    return min(step, again, key=lambda measured: measured.usage.other / measured.usage.wall)


def figures(step: Step) -> Figures:
    """The rows of a fixed step; when nothing arrived there is only the loss."""
    rows = {"loss %": step.loss, **(_arrived(step) if step.received.received else {})}
    faults = {name.replace("_", " "): float(count) for name, count in step.received.faults.items() if count}
    return {f"{step.calls} calls: {name}": value for name, value in (rows | faults).items()}


def _arrived(step: Step) -> Figures:
    received, usage = step.received, step.usage
    return {
        "latency p50 us": received.p50,
        "latency p99 us": received.p99,
        "latency p99.9 us": received.p999,
        "CPU us per packet": step.cost(usage.relay),
        "of it daemon": step.cost(usage.daemon),
        "of it kernel threads": step.cost(usage.kernel),
        "relay cores busy": usage.relay / usage.wall,
        "packets through a socket %": 100 * usage.datagrams / max(1, received.received),
        "set-up: loss %": received.start_loss,
        "set-up: reordered %": received.start_reordered,
        "daemon RSS MB": step.memory,
    }


def _once(
    bench: Bench, daemon: Daemon, calls: int, rate: Rate, protection: Protection | None, *, recover: bool
) -> Step:
    with bench.alone():
        established = set_up(bench, daemon.ng, calls, protection)
        meter = bench.meter(daemon)
        received, usage = bench.generator.run(established, rate, meter)
        afterwards = None
        if recover:
            later, _ = bench.generator.run(established, AFTERWARDS, meter)
            afterwards = 100 * later.received / max(1, later.sent)
        memory = daemon.resident_mb()
        take_down(daemon.ng, established)
    step = Step(calls, rate, received, usage, memory, bench.noisy(usage), afterwards)
    _log(bench, step)
    return step


def _log(bench: Bench, step: Step) -> None:
    received, usage = step.received, step.usage
    bench.say(
        "%d calls x %.0f: %.0f pps, loss %.3f %%, p50/p99 %.0f/%.0f us, %.2f us per packet (daemon %.2f), "
        "relay %.2f cores, other %.2f, stolen %.2f%s%s",
        step.calls,
        step.rate.pps,
        received.offered_pps,
        step.loss,
        received.p50,
        received.p99,
        step.cost(usage.relay),
        step.cost(usage.daemon),
        usage.relay / usage.wall,
        usage.other / usage.wall,
        usage.stolen / usage.wall,
        " NOISY" if step.noisy else "",
        " GENERATOR-BOUND" if step.generator_bound else "",
    )
