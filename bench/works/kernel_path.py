"""Our rule set alone, without a daemon: packets beside plain IP forwarding, and what changes and counters cost."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from statistics import median

from bench import processes
from bench.accounting import Usage
from bench.bench import Bench
from bench.bodies import Told
from bench.findings import Findings
from bench.lab import Lab
from bench.load import Call, Leg, Rate, Received
from bench.shell import inside, run
from bench.targets import COUNTING
from kernel.flow import Flow, FlowChange
from kernel.nft import NftTable
from rtpng.media.relay import SocketStats
from rtpng.offload import Offload
from rtpng.traffic import Traffic
from sipcore.address import Address

CALLS = (1, 500, 25_000)  # two flows each
PACKETS = 100_000.0  # per second, of all flows together
SECONDS = 1.0
ROUNDS = 3
HELD_CALLS = 20_000
CHANGED_CALLS = 500
READINGS = 5
FIRST_PORT = 10_000
TABLE = "bench_path"
_NOTHING: frozenset[Flow] = frozenset()


def kernel_path(bench: Bench) -> Findings:
    rows: dict[str, float] = {}
    steps: list[dict[str, object]] = []
    for count in CALLS:
        costs = _compared(bench, count, steps)
        flows = f"{2 * count} flows"
        rows |= {f"{flows}: {way}, us per packet": cost for way, cost in costs.items()}
        rows[f"{flows}: times plain forwarding"] = costs["rtpng"] / costs["plain forwarding"]
    with bench.alone():
        rows |= _control(bench.lab)
    return Findings(rows, steps)


def _compared(bench: Bench, count: int, steps: list[dict[str, object]]) -> dict[str, float]:
    """Both ways in turn, so that what the machine does meanwhile falls on both; medians of the rounds."""
    ways = {"plain forwarding": _forwarded, "rtpng": _carried}
    costs: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            with bench.alone(), way(bench.lab, count) as calls:
                received, usage = bench.generator.run(calls, _rate(count), lambda _: _metered(bench.lab))
            cost = 1e6 * usage.kernel / max(1, received.received)
            loss = 100 * (1 - received.received / max(1, received.sent))
            bench.say("%d flows, %s: %.2f us per packet, loss %.3f %%", 2 * count, name, cost, loss)
            costs[name].append(cost)
            steps.append({"flows": 2 * count, "way": name, "cost": cost} | _told(received))
    return {way: median(found) for way, found in costs.items()}


def _rate(count: int) -> Rate:
    return Rate(PACKETS / (2 * count), SECONDS, start=0.5, warm=0.0, run_in=0.2)


def _told(received: Received) -> dict[str, object]:
    return {key: value for key, value in asdict(received).items() if key != "raw"}


def _metered(lab: Lab) -> Callable[[], Usage]:
    """Counts only what the kernel's threads use: nothing else works for these packets."""
    began, before = time.monotonic(), processes.cpu_ns(lab.kernel_threads)

    def closed() -> Usage:
        used = (processes.cpu_ns(lab.kernel_threads) - before) / 1e9
        return Usage(time.monotonic() - began, 0.0, used, 0.0, 0.0, 0.0, 0)

    return closed


@contextmanager
def _forwarded(lab: Lab, count: int) -> Iterator[list[Call]]:
    """Caller and callee address each other, and the relay's host is a router."""
    _router(lab, on=True)
    try:
        yield [
            Call(
                "",
                Leg(lab.caller.ip, port, Told(lab.callee.ip, port)),
                Leg(lab.callee.ip, port, Told(lab.caller.ip, port)),
            )
            for port in range(FIRST_PORT, FIRST_PORT + count)
        ]
    finally:
        _router(lab, on=False)


def _router(lab: Lab, *, on: bool) -> None:
    run(["ip", "netns", "exec", lab.relay, "sh", "-c", f"echo {int(on)} > /proc/sys/net/ipv4/ip_forward"])


@contextmanager
def _carried(lab: Lab, count: int) -> Iterator[list[Call]]:
    """Both address the relay, whose kernel has a flow for each direction of each call."""
    ports = range(FIRST_PORT, FIRST_PORT + count)
    with _table(lab, 2 * count) as table:
        table.apply(FlowChange(_NOTHING, frozenset(flow for port in ports for flow in _flows(lab, port))))
        yield [
            Call(
                "",
                Leg(lab.caller.ip, port, Told(lab.to_caller.ip, port)),
                Leg(lab.callee.ip, port, Told(lab.to_callee.ip, port)),
            )
            for port in ports
        ]


@contextmanager
def _table(lab: Lab, flows: int) -> Iterator[NftTable]:
    with inside(lab.relay):
        made = NftTable(TABLE, flows, {lab.to_caller.device, lab.to_callee.device})
    with closing(made):
        yield made


def _flows(lab: Lab, port: int) -> tuple[Flow, Flow]:
    """Of one call: the same port at every end."""
    caller, a, b, callee = (Address(end.ip, port) for end in (lab.caller, lab.to_caller, lab.to_callee, lab.callee))
    return Flow(a, caller, b, callee), Flow(b, callee, a, caller)


def _control(lab: Lab) -> dict[str, float]:
    """What the daemon itself does for the flows of many calls, CPU time with the system calls."""
    with _table(lab, 2 * (HELD_CALLS + CHANGED_CALLS)) as table:
        offload = Offload(table, Traffic(lambda _: SocketStats()))
        took = _cpu(lambda: _set_up(lab, offload, range(HELD_CALLS)))
        changed = range(HELD_CALLS, HELD_CALLS + CHANGED_CALLS)
        entered = _cpu(lambda: _set_up(lab, offload, changed))
        left = _cpu(lambda: [offload.want(str(number), _NOTHING, 0.0) for number in changed])
        interval = offload.interval
        reading = median(_cpu(lambda: offload.read_all(0.0)) for _ in range(READINGS))
    held = f"{HELD_CALLS} calls"
    return {
        f"{held}: flows of all set up, us per call": 1e6 * took / HELD_CALLS,
        f"{held}: flows of one more call, us": 1e6 * entered / CHANGED_CALLS,
        f"{held}: flows of a call removed, us": 1e6 * left / CHANGED_CALLS,
        f"{held}: reading all counters once, ms": 1e3 * reading,
        f"{held}: seconds between two readings": interval,
        COUNTING: 100 * reading / interval,
    }


def _set_up(lab: Lab, offload: Offload, numbers: range) -> None:
    for number in numbers:
        offload.want(str(number), frozenset(_flows(lab, FIRST_PORT + number)), 0.0)


def _cpu(action: Callable[[], object]) -> float:
    """Seconds."""
    before = time.process_time()
    action()
    return time.process_time() - before
