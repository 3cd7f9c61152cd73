"""``list``: what the daemon is and has, as text with line ends."""

import os
import resource
from collections.abc import Callable

from rtpng.ctl import sessions, totals
from rtpng.ctl.console import Console, CtlError
from rtpng.ctl.settings import Knob
from rtpng.ng.logtext import escaped

NO_SESSIONS = "No sessions on this media relay.\n"
NO_RECORDED_SESSIONS = "No recording sessions on this media relay.\n"
_SUBSYSTEMS = {
    "core": "Everything that belongs to no other subsystem",
    "http": "HTTP, HTTPS and WebSocket",
    "control": "Control protocols and the command line",
}


def says(text: str) -> Callable[[Console], str]:
    """A command whose answer is always the same: about what rtpng never has."""
    return lambda _: f"{text}\n"


def numsessions(console: Console) -> str:
    return sessions.numbers(console.engine)


def all_sessions(console: Console) -> str:
    return "".join(map(sessions.line, console.engine.calls)) or NO_SESSIONS


def recorded_sessions(console: Console) -> str:
    """Those whose recording pauses, too."""
    recorded = (call for call in console.engine.calls if call.recording is not None)
    return "".join(map(sessions.line, recorded)) or NO_RECORDED_SESSIONS


def session(console: Console, call_id: str) -> str:
    missing = f"\nCall ID not found ({escaped(call_id)}).\n"
    return sessions.details(console.engine, console.call(call_id, missing))


def all_totals(console: Console) -> str:
    return totals.text(console.context)


def counters(console: Console) -> str:
    return totals.counters(console.context)


def jsonstats(console: Console) -> str:
    return totals.as_json(console.context)


def interfaces(console: Console) -> str:
    return totals.interfaces(console.context)


def knob(of: Knob) -> Callable[[Console], str]:
    """A command that tells a setting."""
    return lambda console: f"{of.show(console.settings.current)}\n"


def maxopenfiles(console: Console) -> str:
    del console
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return f"Maximum open-files configured on rtpengine: {soft}; cat /proc/{os.getpid()}/limits\n"


def loglevels(console: Console) -> str:
    return "".join(f"{name} - {_SUBSYSTEMS[name]}\n" for name in console.levels)


def loglevel(console: Console, subsystem: str = "") -> str:
    if not subsystem:
        return "".join(f"{name} = {console.levels[name]}\n" for name in console.levels)
    return f"{console.levels[known(console, subsystem)]}\n"


def known(console: Console, subsystem: str) -> str:
    """The subsystem of that name. Raises CtlError."""
    if subsystem not in set(console.levels):
        raise CtlError(f"Unknown subsystem: {escaped(subsystem)}")
    return subsystem
