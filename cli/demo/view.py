"""What the demo shows: a line per second, and a summary. Pure but for ``Screen``."""

import sys
from dataclasses import dataclass
from typing import TextIO

import click


@dataclass(frozen=True, slots=True)
class Way:
    """One direction; ``delay`` is the median in seconds."""

    sent: int
    arrived: int
    delay: float | None

    @property
    def lost(self) -> int:
        return self.sent - self.arrived


@dataclass(frozen=True, slots=True)
class Progress:
    """The call so far. ``carriers``: for each RTP port "kernel", "userspace", or "-" if nothing came."""

    seconds: int
    to_callee: Way
    to_caller: Way
    carriers: tuple[str, ...]


def carried_by(carriers: tuple[str, ...]) -> str:
    """Who forwards, for all ports together."""
    return " and ".join(sorted(set(carriers) - {"-"})) or "nobody"


def live_line(progress: Progress) -> str:
    """Fits into 80 columns, so that it can be redrawn."""
    ways = f"to callee {_arrived(progress.to_callee)}  to caller {_arrived(progress.to_caller)}"
    return f"{progress.seconds:4} s  {ways}  {carried_by(progress.carriers)}"


def _arrived(way: Way) -> str:
    return f"{way.arrived:6} ({_delay(way.delay)})"


def _delay(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1000 * seconds:.2f} ms"


def summary(progress: Progress) -> str:
    """How it went, in each direction."""
    return "\n".join(
        (
            f"The call lasted {progress.seconds} s; its media was forwarded by: {carried_by(progress.carriers)}.",
            _direction("caller -> callee", progress.to_callee),
            _direction("callee -> caller", progress.to_caller),
        )
    )


def _direction(name: str, way: Way) -> str:
    return f"  {name}  {way.sent} sent, {way.arrived} arrived, {way.lost} lost, median delay {_delay(way.delay)}"


def verdict(progress: Progress) -> str | None:
    """What is wrong, and what to do about it; None if both have heard each other."""
    ways = {"the callee": progress.to_callee, "the caller": progress.to_caller}
    deaf = [name for name, way in ways.items() if not way.arrived]
    if not deaf:
        return None
    return (
        f"Not one packet has reached {' or '.join(deaf)}: look for a firewall that drops UDP to the media ports, "
        "try another --address, and see `rtpng doctor`."
    )


class Screen:
    """Redraws one line on a terminal, prints line after line elsewhere."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._redraws = self._stream.isatty()

    def update(self, line: str) -> None:
        if self._redraws:
            click.echo(f"\r\x1b[K{line}", file=self._stream, nl=False)
        else:
            click.echo(line, file=self._stream)

    def finish(self) -> None:
        if self._redraws:
            click.echo(file=self._stream)
