"""The daemon's life: start, signals, timers, orderly end. Started as ``rtpengine`` with its command line."""

import asyncio
import gc
import logging
import signal
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module

from kernel.probe import OFF, open_table
from kernel.table import FlowTable, NullTable
from rtpng import assemble, log
from rtpng.capabilities import use_permitted
from rtpng.clock import Clock
from rtpng.config import Config
from rtpng.control import Control
from rtpng.engine import Engine
from rtpng.errors import ConfigError
from rtpng.following import follow_routes
from rtpng.identities import Identities
from rtpng.interfaces import check_bindable
from rtpng.log import LogLevels
from rtpng.options.printing import printout
from rtpng.options.reader import parse_command_line
from rtpng.service import FATAL_EXIT, Ready, raise_open_files, service
from rtpng.version import VERSION

logger = logging.getLogger(__name__)

SWEEP = 1.0  # seconds between two looks at what is due

# Half of a start: loaded in a thread when the control ports answer already, so that neither signalling nor media waits.
_LATER = ("kernel.nft", "rtpng.dtls.transport", "rtpng.ice.agent", "rtpng.ng.advice.journal", "rtpng.ctl.tree")


def main(argv: Sequence[str] | None = None) -> int:
    """The console script ``rtpengine``; returns the exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        wanted = printout(arguments)
        if wanted is not None:
            (sys.stderr if wanted.to_stderr else sys.stdout).write(wanted.text)
            return 0
        return serve(parse_command_line(arguments))
    except ConfigError as error:
        sys.stderr.write(f"Fatal error: {error}\n")
        return FATAL_EXIT


def serve(config: Config) -> int:
    """Runs a daemon until a signal ends it; returns the exit status. Raises ConfigError if it cannot start."""
    for interface in config.interfaces:
        check_bindable(interface)
    raise_open_files()
    use_permitted()
    with service(config) as ready:
        levels = log.configure(config)
        logger.info("Version %s initialising", VERSION)
        try:
            asyncio.run(_Daemon(config, levels).run(ready))
        except ConfigError as error:
            logger.critical("Fatal error: %s", error)
            if not config.log_stderr:
                raise
            return FATAL_EXIT
    return 0


class _Daemon:
    """One running daemon."""

    def __init__(self, config: Config, levels: LogLevels) -> None:
        self._config = config
        self._levels = levels
        self._stop = asyncio.Event()

    async def run(self, ready: Ready) -> None:
        """Serves until SIGTERM or SIGINT. Raises ConfigError if it cannot start."""
        loop = asyncio.get_running_loop()
        self._take_signals(loop)
        clock = Clock(loop.time, time.time)  # noqa: TID251
        self._identities = Identities(self._config.dtls, clock.wall)
        engine = assemble.engine(self._config, NullTable(), clock, loop, self._identities)
        try:
            await self._serve(engine, loop, ready)
        finally:
            engine.close()
            logger.info("Version %s shutting down", VERSION)

    async def _serve(self, engine: Engine, loop: asyncio.AbstractEventLoop, ready: Ready) -> None:
        control = Control(engine, self._config, self._levels, loop.time)
        await control.start()
        try:
            await asyncio.to_thread(self._load_the_rest)
            table = self._table()
            engine.use(table)
            gc.freeze()  # what the start has made stays: media waits for full collections, and need not wait for this
            ready()
            logger.info("Startup complete, version %s", VERSION)
            async with asyncio.TaskGroup() as tasks:
                timers = [tasks.create_task(_every(SWEEP, engine.sweep, engine.insight.late))]
                timers.append(tasks.create_task(self._identities.renew()))
                timers.extend(tasks.create_task(run()) for run in control.exports.tasks)
                if table.active:
                    from kernel.routes import RouteMonitor  # the library of kernel.nft

                    timers.append(tasks.create_task(_every(SWEEP, table.verify)))
                    timers.append(tasks.create_task(follow_routes(table, RouteMonitor(), loop)))
                await self._stop.wait()
                for timer in timers:
                    timer.cancel()
        finally:
            await control.close()

    def _load_the_rest(self) -> None:
        """Loads what most calls do without, and makes our certificate. Raises ConfigError if that cannot be."""
        for module in _LATER if self._config.table != OFF else _LATER[1:]:
            import_module(module)
        self._identities.current()

    def _table(self) -> FlowTable:
        """The kernel's flow table, or one that takes nothing: then everything runs in userspace."""
        table, reason = open_table(self._config.table, assemble.max_flows(self._config))
        if reason is None:
            if not table.active:
                logger.warning("Kernel forwarding is off (table -1): --table=0 forwards plain RTP in the kernel")
            return table
        if self._config.no_fallback:
            raise ConfigError(f"no kernel forwarding, and --no-fallback asks for it: {reason}")
        logger.warning("FAILED TO CREATE KERNEL TABLE %d (%s), KERNEL FORWARDING DISABLED", self._config.table, reason)
        return table

    def _take_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, logger.info, "SIGHUP: nothing to read again, calls go on")
        loop.add_signal_handler(signal.SIGUSR1, self._step_log_level, -1)
        loop.add_signal_handler(signal.SIGUSR2, self._step_log_level, +1)

    def _step_log_level(self, by: int) -> None:
        self._levels.step(by)
        logger.log(log.NOTICE, "Log level is %d", self._levels["core"])


async def _every(
    seconds: float, action: Callable[[], object], late: Callable[[float], object] = lambda _: None
) -> None:
    """Runs ``action`` again and again; an error of ours in it is logged and does not end the daemon.

    ``late`` is told by how many seconds each turn came too late.
    """
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + seconds
        await asyncio.sleep(seconds)
        late(max(0.0, clock() - due))
        try:
            action()
        except Exception:
            logger.exception("Internal error in a timer")
