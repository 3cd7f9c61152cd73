"""``set`` and ``params``: what the operator changes while the daemon runs, and how that differs from the start."""

import os
import resource
from collections.abc import Callable, Mapping

from rtpng.ctl.console import Console, CtlError
from rtpng.ctl.listing import known
from rtpng.ctl.settings import Knob, printed
from rtpng.ng.logtext import escaped

MORE = "More parameters required.\n"
_LEAST_OPEN_FILES = 1 << 16  # fewer could be used up by media
_OPEN_FILES = Knob("", "", "open_files", high=2**31 - 1)
REDIS = {  # what rtpengine says where nobody has set it
    "redisallowederrors": "-1",
    "redisdisabletime": "10",
    "redisconnecttimeout": "1000",
    "rediscmdtimeout": "0",
}
_LEVEL = Knob("", "", "loglevel", low=-1, high=7)


def knob(of: Knob) -> Callable[[Console, str], str]:
    """A command that changes a setting, for running calls too."""

    def change(console: Console, text: str) -> str:
        number = _read(of, text)
        console.settings.change(**of.change(number))
        return f"Success setting {of.title} to {of.text(number)}{'; disable feature' if number == of.off else ''}\n"

    return change


def _read(of: Knob, text: str) -> int | float:
    try:
        return of.read(text)
    except ValueError as error:
        raise CtlError(f"Fail setting {of.title} to {escaped(text)}; {error}") from None


def loglevel(console: Console, first: str, second: str | None = None) -> str:
    """``N`` for all subsystems, or ``SUBSYSTEM N``."""
    if second is None and first in set(console.levels):
        return MORE
    names = set(console.levels) if second is None else {known(console, first)}
    number = int(_read(_LEVEL, second or first))
    console.levels.set(dict.fromkeys(names, number))
    return f"Success setting loglevel to {number}\n"


def redis(console: Console, text: str) -> str:
    del console, text
    raise CtlError("rtpng uses no Redis")


def redisdisable(console: Console, text: str) -> str:
    del console
    return "No redis write to disable\n" if text == "1" else "No redis write to re-enable\n"


def maxopenfiles(console: Console, text: str) -> str:
    del console
    number = int(_read(_OPEN_FILES, text))
    if number < _LEAST_OPEN_FILES:
        raise CtlError(f"Fail setting open_files to {number}; can't set it under {_LEAST_OPEN_FILES}")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = hard == resource.RLIM_INFINITY
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard if unlimited else max(number, hard)))
    except (OSError, ValueError) as error:
        raise CtlError(f"Fail setting open_files to {number}; {error}") from error
    return f"Success setting open_files to {number}; cat /proc/{os.getpid()}/limits\n"


def start(console: Console) -> str:
    return _lines(_at_start(console))


def current(console: Console) -> str:
    return _lines(_now(console))


def diff(console: Console) -> str:
    before, now = _at_start(console), _now(console)
    return "".join(f"{name}: {before[name]} => {value}\n" for name, value in now.items() if value != before[name])


def revert(console: Console) -> str:
    console.settings.revert()
    console.levels.set(_levels_at_start(console))
    return ""


def _lines(parameters: Mapping[str, str]) -> str:
    return "".join(f"{name} = {escaped(value)}\n" for name, value in parameters.items())


def _at_start(console: Console) -> dict[str, str]:
    return _named(_levels_at_start(console)) | printed(console.settings.start)


def _now(console: Console) -> dict[str, str]:
    return _named({name: console.levels[name] for name in console.levels}) | printed(console.settings.current)


def _named(levels: Mapping[str, int]) -> dict[str, str]:
    return {f"log-level-{name}": str(number) for name, number in levels.items()}


def _levels_at_start(console: Console) -> dict[str, int]:
    config = console.settings.start
    return dict.fromkeys(console.levels, config.log_level) | dict(config.log_levels)
