"""The words and numbers on the screen. Pure."""

from cli.call_report import call_report
from cli.format import count, duration, shown
from cli.replies import Part, part
from cli.timeline import timeline
from cli.top.rows import Look, Order, Row, Summary

HEADS = ("CALL-ID", "AGE", "PARTIES", "STREAMS", "PACKETS/S", "LOSS", "MOS", "CARRIED BY", "DROPPED")
_BAR = 20  # characters


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
    late = "" if summary.lag is None else f"   loop {1000 * summary.lag:.1f} ms late"
    filtered = f", only those with {shown(wanted)!r}" if wanted else ""
    return "\n".join(
        (
            f"{calls}   {count(summary.streams)} streams   {_rounded(summary.rate)} packets/s   "
            f"{count(summary.errors)} errors   answers in {1000 * summary.answered:.1f} ms",
            f"kernel {_share(summary.kernel)}   ports {count(summary.ports_used)} in use, {count(free)} free{late}",
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
    heard = any(part(entry, "average MOS") for entry in part(reply, "SSRC").values())
    return call_report(call_id, reply) + ("" if heard else "\n\nNo RTCP has told of loss and jitter yet.")


def _rounded(number: float | None) -> str:
    return "-" if number is None else f"{round(number):,}"
