"""TREE: every command of the operator; and the way from a line to its answer."""

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rtpng.ctl import calls, changing, listing
from rtpng.ctl.calls import Chosen
from rtpng.ctl.changing import MORE
from rtpng.ctl.console import Console, CtlError
from rtpng.ctl.settings import KNOBS
from rtpng.ng.logtext import escaped, loggable

MANY = 99  # words
_INCOMPLETE = "Incomplete command: "
_HELP_WIDTH = 49
_NO_KEYSPACES = "Keyspace notification feature has not been configured."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Command:
    """``run`` takes the console, or what was chosen, and the words behind the name: ``needs`` to ``takes`` of them.

    ``words`` name them for people.
    """

    run: Callable[..., str]
    help: str
    words: str = ""
    needs: int = 0
    takes: int = 0

    def __call__(self, subject: object, words: Sequence[str]) -> str:
        if len(words) < self.needs:
            return MORE
        return self.run(subject, *words[: max(self.needs, self.takes)])


@dataclass(frozen=True, slots=True)
class Group:
    """Commands by their names; ``other`` takes the words when the first of them is no name.

    ``below``: the commands that follow the word which ``other`` takes.
    """

    children: Mapping[str, "Group | Command"]
    other: Command | None = None
    words: str = "<option>"
    below: "Group | None" = None


_LIST = Group(
    {
        "numsessions": Command(listing.numsessions, "how many calls there are, and of which families"),
        "sessions": Group(
            {
                "all": Command(listing.all_sessions, "all calls, one a line"),
                "own": Command(listing.all_sessions, "the same: no call is another relay's"),
                "foreign": Command(listing.says("No foreign sessions on this media relay."), "none"),
                "recording": Command(listing.recorded_sessions, "calls that are recorded, one a line"),
            },
            Command(listing.session, "everything about one call", "<callid>", needs=1),
            words="<callid> | all | own | foreign",
        ),
        "totals": Command(listing.all_totals, "sums over running and ended calls, and the requests of each proxy"),
        "counters": Command(listing.counters, "what is relayed per second, since somebody last asked"),
        "jsonstats": Command(listing.jsonstats, "the totals in JSON"),
        "transcoders": Command(listing.says("No stats entries"), "none: rtpng does not transcode"),
        "interfaces": Command(listing.interfaces, "the interfaces, their ports and what they carry"),
        "maxopenfiles": Command(listing.maxopenfiles, "the limit of open files"),
        **{name: Command(listing.knob(knob), f"the {knob.about}") for name, knob in KNOBS.items()},
        "loglevels": Command(listing.loglevels, "the subsystems of the log"),
        "loglevel": Command(listing.loglevel, "the log level of all subsystems, or of one", "[<system>]", takes=1),
        **{name: Command(listing.says(value), "rtpng uses no Redis") for name, value in changing.REDIS.items()},
    }
)
_TERMINATE = Group(
    {
        "all": Command(calls.terminate_all, "all calls"),
        "own": Command(calls.terminate_own, "all calls: none is another relay's"),
        "foreign": Command(listing.says("All foreign calls terminated by operator."), "none"),
    },
    Command(calls.terminate, "one call", "<callid>", needs=1),
    words="<callid> | all | own | foreign",
)
_SET = Group(
    {
        "maxopenfiles": Command(changing.maxopenfiles, "the limit of open files", "<uint>", needs=1),
        **{
            name: Command(changing.knob(knob), f"the {knob.about}", f"<{knob.kind.__name__}>", needs=1)
            for name, knob in KNOBS.items()
        },
        "loglevel": Command(changing.loglevel, "of all, or of one subsystem", "<int> | <sys> <int>", needs=1, takes=2),
        **{name: Command(changing.redis, "rtpng uses no Redis", "<int>", needs=1) for name in changing.REDIS},
        "redisdisable": Command(changing.redisdisable, "rtpng uses no Redis", "0 | 1", needs=1),
    }
)
_PARAMS = Group(
    {
        "start": Command(changing.start, "the settings at the start"),
        "current": Command(changing.current, "the settings now"),
        "diff": Command(changing.diff, "what has changed since"),
        "revert": Command(changing.revert, "the settings at the start hold again"),
    }
)


def _of_call(console: Console, call_id: str, *words: str) -> str:
    chosen = calls.chosen(console, call_id)
    if not words:
        raise CtlError(_INCOMPLETE)
    return _carried_out(chosen, _OF_CALL, words)


def _of_tag(chosen: Chosen, tag: str, *words: str) -> str:
    party = calls.party(chosen, tag)
    if not words:
        raise CtlError(_INCOMPLETE)
    return _carried_out(party, _OF_TAG, words)


# The commands of these two are carried out on a call, and on one of its parties, in place of the console.
_OF_TAG = Group({"info": Command(calls.info, "everything about the party")})
_OF_CALL = Group(
    {
        "info": Command(calls.info, "everything about the call"),
        "terminate": Command(calls.end, "ends the call"),
        "debug": Command(calls.debug_this, "debug lines of the call", "on | off", takes=1),
        "tag": Group({}, Command(_of_tag, "one party", needs=1, takes=MANY), "<tag> <option>", _OF_TAG),
    }
)

TREE = Group(
    {
        "usage": Command(lambda _: usage(), "all commands"),
        "list": _LIST,
        "get": _LIST,
        "terminate": _TERMINATE,
        "set": _SET,
        "params": _PARAMS,
        "ksadd": Command(listing.says(_NO_KEYSPACES), "rtpng uses no Redis", "<uint>"),
        "ksrm": Command(listing.says(_NO_KEYSPACES), "rtpng uses no Redis", "<uint>"),
        "kslist": Command(listing.says(_NO_KEYSPACES), "rtpng uses no Redis"),
        "active": Command(listing.says("Ok, all calls set to 'owned (active)'"), "all calls are this relay's anyway"),
        "standby": Command(calls.standby, "refused: there is no other relay to own the calls"),
        "debug": Command(calls.debug, "debug lines of a call", "<callid> on | off", takes=2),
        "call": Group({}, Command(_of_call, "one call", needs=1, takes=MANY), "<callid> <option>", _OF_CALL),
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


def _carried_out(subject: Console | Chosen, node: Group | Command, words: Sequence[str]) -> str:
    if isinstance(node, Command):
        return node(subject, words)
    if not words:
        return MORE
    if words[0] == "help":
        return "".join(("Available sub-commands at this level:\n", *(f"\t{line}\n" for line in _rows(node))))
    child = node.children.get(words[0])
    if child is not None:
        return _carried_out(subject, child, words[1:])
    if node.other is not None:
        return node.other(subject, words)
    raise CtlError(f"Unknown command: {escaped(words[0])}")


def _rows(group: Group) -> Iterator[str]:
    """The commands of one level, with what they do."""
    for name, child in group.children.items():
        title = f"{name} {child.words}".rstrip()
        about = child if isinstance(child, Command) else child.other
        yield f"{title:<{_HELP_WIDTH}}: {about.help}" if about is not None else title


def usage() -> str:
    """All commands, level by level."""
    return "".join(("    Supported commands are:\n\n", *(f"    {line}\n" for line in _levels(TREE, "")), "\n"))


def _levels(group: Group, indent: str) -> Iterator[str]:
    for line, child in zip(_rows(group), group.children.values(), strict=True):
        yield f"{indent}{line}"
        inner = child.below or (child if child.other is None else None) if isinstance(child, Group) else None
        if inner is not None:
            yield from _levels(inner, f"{indent}    ")
