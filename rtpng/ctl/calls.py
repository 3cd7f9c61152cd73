"""``terminate``, ``debug`` and ``call``: what the operator does to calls."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from rtpng.calls.expiry import Reason
from rtpng.calls.model import Call
from rtpng.ctl import sessions
from rtpng.ctl.console import Console, CtlError
from rtpng.log import NOTICE, call_logger
from rtpng.ng.logtext import escaped

_NO_DEBUGGING = "Nothing is hidden: whatever rtpng logs of a call is logged at level 6\n"


def terminate(console: Console, call_id: str) -> str:
    missing = f"\nCall Id not found ({escaped(call_id)}).\n"
    return _terminate(console, console.call(call_id, missing), ())


def terminate_all(console: Console) -> str:
    _end(console, console.engine.calls)
    return "All calls terminated by operator.\n"


def terminate_own(console: Console) -> str:
    _end(console, console.engine.calls)
    return "All own calls terminated by operator.\n"


def _end(console: Console, calls: Iterable[Call]) -> None:
    for each in calls:
        call_logger(each.call_id).log(NOTICE, "Call terminated by operator")
        console.engine.end(each, Reason.FORCED)


def debug(console: Console, call_id: str) -> str:
    console.call(call_id, f"Call ID '{escaped(call_id)}' not found")
    return _NO_DEBUGGING


def call(console: Console, call_id: str, *words: str) -> str:
    """One call, and what to do with it."""
    found = console.call(call_id, f"No such call '{escaped(call_id)}'")
    if not words:
        raise CtlError(f"Incomplete command: {escaped(call_id)}")
    run = _OF_CALL.get(words[0])
    if run is None:
        raise CtlError(f"Unknown command: {escaped(' '.join(words))}")
    return run(console, found, words[1:])


def _info(console: Console, found: Call, words: Sequence[str]) -> str:
    del words
    return sessions.details(console.engine, found)


def _terminate(console: Console, found: Call, words: Sequence[str]) -> str:
    del words
    _end(console, [found])
    return f"\nCall Id ({escaped(found.call_id)}) successfully terminated by operator.\n\n"


def _debug(console: Console, found: Call, words: Sequence[str]) -> str:
    del console, found, words
    return _NO_DEBUGGING


def _tag(console: Console, found: Call, words: Sequence[str]) -> str:
    if not words:
        raise CtlError("Incomplete command: tag")
    party = found.by_tag(words[0])
    if party is None:
        raise CtlError(f"No such tag '{escaped(words[0])}'")
    return sessions.details(console.engine, found, [party])


_OF_CALL: Mapping[str, Callable[[Console, Call, Sequence[str]], str]] = {
    "info": _info,
    "terminate": _terminate,
    "debug": _debug,
    "tag": _tag,
}
