"""Starts: how long until the first command is answered, and the memory of a relay without calls."""

from statistics import median

from bench.bench import Bench
from bench.findings import Findings


def restart(bench: Bench) -> Findings:
    startups, memory = [], []
    with bench.alone():
        for _ in range(bench.options.starts):
            with bench.running() as daemon:
                startups.append(1000 * daemon.startup)
                memory.append(daemon.resident_mb())
    bench.say("first pong after %s ms", ", ".join(f"{startup:.0f}" for startup in startups))
    return Findings(
        {
            "exec to first pong ms": median(startups),
            f"worst of {len(startups)} ms": max(startups),
            "RSS MB without calls": median(memory),
        }
    )
