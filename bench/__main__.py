"""``python -m bench``: runs the sides in turn on each work and prints a table of medians and ratios."""

import logging
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from bench import machine, priority, report, sides
from bench.bench import Bench
from bench.errors import BenchError
from bench.findings import Findings, Runs
from bench.lab import Lab
from bench.load import Generator
from bench.options import Options, Side, options
from bench.protection import Keying, Protection
from bench.works.ng_calls import ng_calls
from bench.works.restart import restart
from bench.works.rtp import media

Work = Callable[[Bench], Findings]

_SECURE = MappingProxyType({f"rtp-{keying.value}": keying for keying in Keying})
_OTHERS: Mapping[str, Work] = MappingProxyType({"rtp-plain": media, "ng-calls": ng_calls, "restart": restart})
WORKS = ("rtp-plain", *_SECURE, "ng-calls", "restart")


def tasks(chosen: Options) -> dict[str, Work]:
    """The chosen works by the name that their tables bear: SRTP is one for each suite."""
    found: dict[str, Work] = {}
    for work in chosen.works:
        if work in _SECURE:
            for suite in chosen.suites:
                found[f"{work} {suite}"] = partial(media, protection=Protection.by(_SECURE[work], suite))
        else:
            found[work] = _OTHERS[work]
    return found


log = logging.getLogger("bench")


def main(arguments: Sequence[str]) -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    chosen = options(arguments, WORKS)
    try:
        chosen = replace(chosen, sides=chosen.sides or sides.standard())
        return _compare(chosen)
    except (BenchError, PermissionError) as error:
        log.error("bench: %s", error)
        return 1


def _compare(chosen: Options) -> int:
    here = machine.described()
    results: dict[str, dict[str, Runs]] = {}
    references = frozenset(side.name for side in chosen.sides if side.reference)
    os.sched_setaffinity(0, {chosen.generator_cpu})
    priority.prefer(0, chosen.nice)
    lab = Lab(chosen.prefix, chosen.generator_cpu, chosen.relay_cpus, chosen.nice)
    with _folders(chosen) as (work_folder, logs), lab:
        generator = Generator(lab, work_folder, chosen.payload)
        for name, work in tasks(chosen).items():
            results[name] = _turns(name, work, chosen, lambda side: Bench(lab, side, chosen, generator, logs))
            print(report.table(name, results[name], references), end="\n\n", flush=True)
            if chosen.json:
                report.write(chosen.json, results, here, chosen)
    print("\n".join(report.caveats(here)))
    return int(any(runs.failure for sides in results.values() for runs in sides.values()))


@contextmanager
def _folders(chosen: Options) -> Iterator[tuple[Path, Path]]:
    """For the generator's files, and for the relays' logs."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        logs = chosen.logs or Path(folder)
        logs.mkdir(parents=True, exist_ok=True)
        yield Path(folder), logs


def _turns(name: str, work: Work, chosen: Options, bench: Callable[[Side], Bench]) -> dict[str, Runs]:
    """The sides take turns, in changing order, so that what the machine does meanwhile falls on all of them."""
    results = {side.name: Runs() for side in chosen.sides}
    for turn in range(chosen.runs):
        for side in chosen.sides if turn % 2 == 0 else chosen.sides[::-1]:
            if results[side.name].failure is None:
                log.info("%s: run %d of %d of %s", name, turn + 1, chosen.runs, side.name)
                _one(work, bench(side), results[side.name])
    return results


def _one(work: Work, bench: Bench, runs: Runs) -> None:
    try:
        runs.found.append(work(bench))
    except BenchError as error:
        runs.failure = str(error)
        bench.say("not measured: %s", error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
