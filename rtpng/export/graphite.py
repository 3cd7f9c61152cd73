"""Statistics for Graphite, as lines of name, value and time, once in an interval."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from rtpng.config import Config
from rtpng.export.interval import Interval
from rtpng.export.snapshot import Snapshot
from sipcore.address import Address

_log = logging.getLogger(__name__)
_PATIENCE = 5.0  # seconds for a connection, unless configured


def lines(interval: Interval, before: Snapshot, now: Snapshot, prefix: str, wall: int) -> Iterator[str]:
    """All lines of one interval: the daemon at its beginning and at its end."""
    for name, value in (*_commands(interval, now), *_calls(interval, before, now), *_ports(now)):
        yield f"{prefix}{name} {value} {wall}\n"


def _commands(interval: Interval, now: Snapshot) -> Iterator[tuple[str, str]]:
    for command, total in now.requests.items():
        name, span, rate = command.replace(" ", "_"), interval.spans.get(command), interval.rates.get(command)
        low, high, average = (span.least, span.most, span.average) if span is not None else (0.0, 0.0, 0.0)
        slow, fast, mean = (rate.least, rate.most, rate.average) if rate is not None else (0, 0, 0)
        yield f"{name}_time_min", f"{low:.6f}"
        yield f"{name}_time_max", f"{high:.6f}"
        yield f"{name}_time_avg", f"{average:.6f}"
        yield f"{name}s_ps_min", f"{slow:.0f}"
        yield f"{name}s_ps_max", f"{fast:.0f}"
        yield f"{name}s_ps_avg", f"{mean:.0f}"
        yield f"{name}_count", str(total)


def _calls(interval: Interval, before: Snapshot, now: Snapshot) -> Iterator[tuple[str, str]]:
    grown = {name: now.totals[name] - before.totals[name] for name in now.totals}
    finished = now.finished - before.finished
    average = (now.ended_seconds - before.ended_seconds) / finished if finished else 0.0
    yield "call_dur", f"{now.call_seconds - before.call_seconds:.6f}"
    yield "average_call_dur", f"{average:.6f}"
    yield "forced_term_sess", str(grown.pop("forced_term_sess"))
    yield "managed_sess", str(now.finished)
    yield "managed_sess_min", f"{interval.calls.least:.0f}"
    yield "managed_sess_max", f"{interval.calls.most:.0f}"
    for name, value in now.current.items():
        yield f"current_{name}", str(value)
    for name, value in grown.items():
        yield name, str(value)


def _ports(now: Snapshot) -> Iterator[tuple[str, str]]:
    for (name, address), (free, used) in now.ports.items():
        yield f"ports_free_{name}_{address}", str(free)
        yield f"ports_used_{name}_{address}", str(used)


@dataclass(slots=True)
class Graphite:
    """Sends to ``server`` for as long as it runs. ``look`` tells how the daemon stands, ``calls`` how
    many there are, ``wall`` the time of day."""

    server: Address
    config: Config
    look: Callable[[], Snapshot]
    calls: Callable[[], int]
    wall: Callable[[], float]
    interval: Interval = field(default_factory=Interval)
    _writer: asyncio.StreamWriter | None = None
    _silent: bool = False  # it has been said that Graphite cannot be reached

    async def run(self) -> None:
        """Until it is cancelled; an error of ours costs one report, and does not end the daemon."""
        before = self.look()
        try:
            while True:
                for _ in range(max(1, self.config.graphite_interval)):
                    await asyncio.sleep(1.0)
                    self.interval.tick(self.calls())
                try:
                    before = await self._report(before)
                except Exception:  # noqa: BLE001 - the barrier of one report
                    _log.exception("Internal error in a report to Graphite")
        finally:
            await self._hang_up()

    async def _report(self, before: Snapshot) -> Snapshot:
        """Sends what has happened since ``before``; returns how the daemon stands now."""
        now = self.look()
        text = "".join(lines(self.interval, before, now, self.config.graphite_prefix, int(self.wall())))
        self.interval.clear()
        await self._send(text.encode("utf-8", "surrogateescape"))
        return now

    async def _send(self, text: bytes) -> None:
        try:
            async with asyncio.timeout(self.config.graphite_timeout or _PATIENCE):
                if self._writer is None or self._writer.is_closing():
                    _, self._writer = await asyncio.open_connection(*self.server)
                self._writer.write(text)
                await self._writer.drain()
            self._silent = False
        except (OSError, TimeoutError) as error:
            if not self._silent:
                _log.warning("Graphite at %s cannot be told: %s (said once; it is tried again)", self.server, error)
            self._silent = True
            await self._hang_up()

    async def _hang_up(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
