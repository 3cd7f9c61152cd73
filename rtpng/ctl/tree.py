"""TREE: every command of the operator; and the way from a line to its answer."""

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rtpng.ctl import calls, changing, listing
from rtpng.ctl.changing import MORE
from rtpng.ctl.console import Console, CtlError
from rtpng.ctl.settings import KNOBS
from rtpng.ng.logtext import escaped, loggable

_HELP = ("help", "usage")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Command:
    """``run`` takes the console and the words that follow the name: at least ``needs``, at most ``takes`` of them."""

    run: Callable[..., str]
    needs: int = 0
    takes: int = 0

    def __call__(self, console: Console, words: Sequence[str]) -> str:
        if len(words) < self.needs:
            return MORE
        return self.run(console, *words[: max(self.needs, self.takes)])


@dataclass(frozen=True, slots=True)
class Group:
    """Commands by their names; ``other`` takes the words when the first of them is no name."""

    children: Mapping[str, "Group | Command"]
    other: Command | None = None


_LIST = Group(
    {
        "numsessions": Command(listing.numsessions),
        "sessions": Group(
            {
                "all": Command(listing.all_sessions),
                "own": Command(listing.all_sessions),
                "foreign": Command(listing.says("No foreign sessions on this media relay.")),
                "recording": Command(listing.says("No recording sessions on this media relay.")),
            },
            Command(listing.session, needs=1),
        ),
        "totals": Command(listing.all_totals),
        "jsonstats": Command(listing.jsonstats),
        "transcoders": Command(listing.says("No stats entries")),
        "interfaces": Command(listing.interfaces),
        "maxopenfiles": Command(listing.maxopenfiles),
        **{name: Command(listing.knob(knob)) for name, knob in KNOBS.items()},
        "loglevels": Command(listing.loglevels),
        "loglevel": Command(listing.loglevel, takes=1),
    }
)
_TERMINATE = Group(
    {
        "all": Command(calls.terminate_all),
        "own": Command(calls.terminate_own),
        "foreign": Command(listing.says("All foreign calls terminated by operator.")),
    },
    Command(calls.terminate, needs=1),
)
_SET = Group(
    {
        "maxopenfiles": Command(changing.maxopenfiles, needs=1),
        **{name: Command(changing.knob(knob), needs=1) for name, knob in KNOBS.items()},
        "loglevel": Command(changing.loglevel, needs=1, takes=2),
    }
)
_PARAMS = Group(
    {
        "start": Command(changing.start),
        "current": Command(changing.current),
        "diff": Command(changing.diff),
        "revert": Command(changing.revert),
    }
)

TREE = Group(
    {
        "list": _LIST,
        "get": _LIST,
        "terminate": _TERMINATE,
        "set": _SET,
        "params": _PARAMS,
        "debug": Command(calls.debug, needs=1),
        "call": Group({}, Command(calls.call, needs=1, takes=3)),
    }
)


def answer(console: Console, line: str) -> str:
    """The answer to one line. Raises nothing."""
    _log.info("Got CLI command: %s", loggable(line))
    try:
        return _carried_out(console, TREE, line.split())
    except CtlError as refusal:
        return f"{refusal}\n"
    except Exception:  # noqa: BLE001 - the barrier of one command: our bug must not end the daemon
        number = secrets.token_hex(4)
        _log.exception("Internal error %s in '%s'", number, loggable(line))
        return f"Internal error {number}\n"


def _carried_out(console: Console, node: Group | Command, words: Sequence[str]) -> str:
    if isinstance(node, Command):
        return node(console, words)
    if not words:
        return MORE
    if words[0] in _HELP:
        return "".join(("Available sub-commands at this level:\n", *(f"\t{name}\n" for name in node.children)))
    child = node.children.get(words[0])
    if child is not None:
        return _carried_out(console, child, words[1:])
    if node.other is not None:
        return node.other(console, words)
    raise CtlError(f"Unknown command: {escaped(' '.join(words))}")
