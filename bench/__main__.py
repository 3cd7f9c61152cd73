"""``python -m bench``: runs the sides in turn on each work and prints a table of medians and ratios."""

import logging
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from bench import machine, page, priority, report, sides, targets
from bench.bench import Bench
from bench.errors import BenchError
from bench.findings import Findings, Runs
from bench.lab import Lab
from bench.load import Generator
from bench.options import Options, Side, options
from bench.protection import Keying, Protection
from bench.works.kernel_path import kernel_path
from bench.works.ng_calls import ng_calls
from bench.works.restart import restart
from bench.works.rtp import media

Work = Callable[[Bench], Findings]

_SECURE = MappingProxyType({f"rtp-{keying.value}": keying for keying in Keying})
_OTHERS: Mapping[str, Work] = MappingProxyType(
    {"rtp-plain": media, "ng-calls": ng_calls, "restart": restart, "kernel-path": kernel_path}
)
_WITHOUT_RELAYS = frozenset({"kernel-path"})  # run once: they take turns by themselves
WORKS = ("rtp-plain", *_SECURE, "ng-calls", "restart", "kernel-path")


@dataclass(frozen=True, slots=True)
class Task:
    """A work, by the name that its table bears."""

    name: str
    work: str
    run: Work


def tasks(chosen: Options) -> Iterator[Task]:
    """The chosen works; SRTP is one task for each suite."""
    for work in chosen.works:
        if work in _SECURE:
            for suite in chosen.suites:
                run = partial(media, protection=Protection.by(_SECURE[work], suite))
                yield Task(f"{work} {suite}", work, run)
        else:
            yield Task(work, work, _OTHERS[work])


log = logging.getLogger("bench")


def main(arguments: Sequence[str]) -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        if arguments[:1] == ["plot"]:
            return page.main(arguments[1:])
        chosen = options(arguments, WORKS)
        return _compare(replace(chosen, sides=chosen.sides or sides.standard()))
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
        for task in tasks(chosen):
            results[task.name] = {}
            for _ in _turns(task, chosen, lambda side: Bench(lab, side, chosen, generator, logs), results[task.name]):
                if chosen.json:
                    report.write(chosen.json, results, here, chosen)
            print(report.table(task.name, results[task.name], references), end="\n\n", flush=True)
    print("\n".join((report.summarized(results, references), "", *report.caveats(here))))
    return int(any(runs.failure for sides in results.values() for runs in sides.values()))


@contextmanager
def _folders(chosen: Options) -> Iterator[tuple[Path, Path]]:
    """For the generator's files, and for the relays' logs."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        logs = chosen.logs or Path(folder)
        logs.mkdir(parents=True, exist_ok=True)
        yield Path(folder), logs


def _turns(
    task: Task, chosen: Options, bench: Callable[[Side], Bench], results: dict[str, Runs]
) -> Iterator[dict[str, Runs]]:
    """The sides take turns, in changing order, so that what the machine does meanwhile falls on all of them.

    Yields after each turn. A side that fails before it ever succeeded is not tried again.
    """
    taking_part = _taking_part(task, chosen)
    turns = 1 if task.work in _WITHOUT_RELAYS else chosen.runs
    results |= {side.name: Runs() for side in taking_part}
    for turn in range(turns):
        for side in taking_part if turn % 2 == 0 else taking_part[::-1]:
            runs = results[side.name]
            if runs.failure is None or runs.found:
                log.info("%s: run %d of %d of %s", task.name, turn + 1, turns, side.name)
                _one(task.run, bench(side), runs)
                yield results


def _taking_part(task: Task, chosen: Options) -> list[Side]:
    if task.work in _WITHOUT_RELAYS:
        return [Side(targets.SIDE, "")]
    return [side for side in chosen.sides if task.work in (side.works or WORKS)]


def _one(work: Work, bench: Bench, runs: Runs) -> None:
    try:
        runs.found.append(work(bench))
    except (BenchError, OSError) as error:
        runs.failure = str(error)
        bench.say("not measured: %s", error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
