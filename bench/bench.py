"""What every work is given: the lab, one side, and the means to start and to measure it."""

import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from bench import accounting
from bench.accounting import Usage
from bench.cycles import CallIds
from bench.daemon import Daemon, running
from bench.lab import Lab
from bench.load import Generator, Rate
from bench.options import Options, Side

log = logging.getLogger("bench")


class Bench:
    """One side of one work."""

    def __init__(self, lab: Lab, side: Side, options: Options, generator: Generator, logs: Path) -> None:
        self.lab = lab
        self.side = side
        self.options = options
        self.generator = generator
        self.call_ids = CallIds()
        self._log = logs / f"{side.name}.log"

    def running(self) -> AbstractContextManager[Daemon]:
        return running(self.lab, self.side, self._log)

    def meter(self, daemon: Daemon) -> Callable[..., Callable[[], Usage]]:
        """Called with the generator's processes it opens a window; what it gives closes the window."""

        def opened(*generator: int) -> Callable[[], Usage]:
            measured = daemon.processes()
            loaders = (os.getpid(), *generator)
            before = accounting.read(self.lab, measured, loaders)
            return lambda: accounting.between(before, accounting.read(self.lab, measured, loaders))

        return opened

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Holds the machine's benchmark lock, for one step, so that others get their turn."""
        if self.options.lock is None:
            yield
            return
        with self.options.lock.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def rate(self, pps: float, seconds: float) -> Rate:
        """A measured window at this rate of each stream, after the usual gentle start."""
        return Rate(pps, seconds, self.options.start, self.options.warm)

    def noisy(self, usage: Usage) -> bool:
        return usage.other > self.options.noise * usage.wall

    def say(self, text: str, *values: object) -> None:
        log.info("  [%s] " + text, self.side.name, *values)  # noqa: G003 - the text is a constant of the caller
