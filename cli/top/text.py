"""The words and numbers on the screen. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from cli.call_report import call_report
from cli.format import count, duration, shown, table
from cli.timeline import timeline
from cli.top.rows import Look, Order, Part, Row, Summary, part

HEADS = ("CALL-ID", "AGE", "PARTIES", "STREAMS", "PACKETS/S", "LOSS", "MOS", "CARRIED BY", "DROPPED")
_BAR = 20  # characters
QUALITY = ("SSRC", "MOS", "LOWEST", "LOSS", "JITTER", "ROUND TRIP")


def cells(row: Row) -> tuple[str, ...]:
    """One for each of HEADS."""
    return (
        shown(row.call_id),
        duration(row.age),
        str(row.parties),
        str(row.streams),
        _rounded(row.rate),
        "-" if row.loss is None else f"{row.loss:.1f} %",
        "-" if row.mos is None else f"{row.mos:.1f}",
        row.carried_by,
        count(row.dropped) if row.dropped else "-",
    )


def header(summary: Summary, order: Order, wanted: str) -> str:
    """Three lines."""
    free = summary.ports - summary.ports_used
    calls = f"{count(summary.running)} calls" + (
        f" ({count(summary.shown)} asked)" if summary.shown < summary.running else ""
    )
    filtered = f", only those with {shown(wanted)!r}" if wanted else ""
    return "\n".join(
        (
            f"{calls}   {count(summary.streams)} streams   {_rounded(summary.rate)} packets/s   "
            f"{count(summary.errors)} errors   answers in {1000 * summary.answered:.1f} ms",
            f"kernel {_share(summary.kernel)}   ports {count(summary.ports_used)} in use, {count(free)} free",
            f"sorted by {order.title}{filtered}; Enter opens a call",
        )
    )


def _share(kernel: float | None) -> str:
    """A bar, and the shares in words."""
    if kernel is None:
        return f"[{'·' * _BAR}] no packets"
    filled = round(_BAR * kernel)
    return f"[{'█' * filled}{'░' * (_BAR - filled)}] {100 * kernel:.0f} %, userspace {100 * (1 - kernel):.0f} %"


def away(target: object) -> str:
    """In place of the header."""
    return f"No daemon answers at {target}. Asking again every second; the calls below are those of before.\n\n"


def detail(call_id: str, look: Look, story: Part | None = None) -> str:
    """One call: its ports, how well each source was heard, and what has happened so far."""
    happened = f"\n\n{timeline(call_id, story)}" if story is not None else ""
    return _as_it_is(call_id, look.calls.get(call_id)) + happened


def _as_it_is(call_id: str, reply: Part | None) -> str:
    if reply is None:
        return f"Call {shown(call_id)} has ended."
    quality = list(_quality(part(reply, "SSRC")))
    heard = table(QUALITY, quality) if quality else "No RTCP has told of loss and jitter yet."
    return f"{call_report(call_id, reply)}\n\n{heard}"


def _quality(ssrcs: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for ssrc, entry in ssrcs.items():
        average, lowest = part(entry, "average MOS"), part(entry, "lowest MOS")
        if average:
            yield (
                f"{int(ssrc):x}" if str(ssrc).isdecimal() else str(ssrc),
                f"{average.get('MOS', 0) / 10:.1f}",
                f"{lowest.get('MOS', 0) / 10:.1f}",
                f"{average.get('packet loss percent', average.get('packet loss', 0))} %",
                f"{average.get('jitter', 0)} ms",
                f"{average.get('round-trip time', 0) / 1000:.1f} ms",
            )


def _rounded(number: float | None) -> str:
    return "-" if number is None else f"{round(number):,}"
