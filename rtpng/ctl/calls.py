"""``terminate``, ``debug`` and ``call``: what the operator does to calls."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rtpng.calls.expiry import Reason
from rtpng.calls.model import Call, Party
from rtpng.ctl import sessions
from rtpng.ctl.console import Console, CtlError
from rtpng.log import NOTICE
from rtpng.ng.logtext import escaped
from rtpng.timeline import Kind

_SWITCH = {"": "Enabled", "on": "Enabled", "off": "Disabled"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the words of a command have led to: a call, or one of its parties."""

    console: Console
    call: Call
    party: Party | None = None


def chosen(console: Console, call_id: str) -> Chosen:
    """Raises CtlError when there is no such call."""
    return Chosen(console, console.call(call_id, f"No such call '{escaped(call_id)}'"))


def party(of: Chosen, tag: str) -> Chosen:
    """Raises CtlError when the call has no such party."""
    found = of.call.by_tag(tag)
    if found is None:
        raise CtlError(f"No such tag '{escaped(tag)}'")
    return replace(of, party=found)


def terminate(console: Console, call_id: str) -> str:
    shown = escaped(call_id)
    _end(console, [console.call(call_id, f"\nCall Id not found ({shown}).\n")])
    return f"\nCall Id ({shown}) successfully terminated by operator.\n\n"


def terminate_all(console: Console) -> str:
    _end(console, console.engine.calls)
    return "All calls terminated by operator.\n"


def terminate_own(console: Console) -> str:
    _end(console, console.engine.calls)
    return "All own calls terminated by operator.\n"


def _end(console: Console, calls: Iterable[Call]) -> None:
    for each in calls:
        console.engine.timelines.say(each.call_id, Kind.CALL, NOTICE, "Call terminated by operator")
        console.engine.end(each, Reason.FORCED)


def standby(console: Console) -> str:
    """Calls that another relay owns are known through Redis only."""
    del console
    raise CtlError("rtpng shares its calls with no other relay: they stay 'owned (active)'")


def debug(console: Console, call_id: str = "", switch: str = "") -> str:
    if not call_id:
        raise CtlError("No call ID specified")
    return debug_this(Chosen(console, console.call(call_id, f"Call ID '{escaped(call_id)}' not found")), switch)


def debug_this(of: Chosen, switch: str = "") -> str:
    """Nothing is left to switch on: whatever is logged of a call is logged at level 6."""
    if switch not in _SWITCH:
        raise CtlError(f"Invalid on/off flag ('{escaped(switch)}') specified")
    return f"{_SWITCH[switch]} debugging for call '{escaped(of.call.call_id)}'\n"


def info(of: Chosen) -> str:
    """Everything about the call, or about the party."""
    engine = of.console.engine
    return sessions.details(engine, of.call) if of.party is None else sessions.of_party(engine, of.call, of.party)


def end(of: Chosen) -> str:
    _end(of.console, [of.call])
    return f"\nCall '{escaped(of.call.call_id)}' terminated.\n\n"
