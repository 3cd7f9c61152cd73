"""What is measured and how long: the command line of ``python -m bench``."""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from bench.protection import SUITE_NAMES

PROFILES = ("plain", "webrtc")

COMMON = (
    "--config-file=none --interface=a/{A} --interface=b/{B} --listen-ng={ng} --port-min={min} --port-max={max} "
    "--foreground --log-stderr --log-level=3"
)


@dataclass(frozen=True, slots=True)
class Side:
    """A relay under test. ``command`` may hold {A} {B} {ng} {min} {max}, and {common} for all of them.

    ``reference``: the others' ratios are to this one, or, with several, to whichever is better.
    """

    name: str
    command: str
    reference: bool = False
    works: tuple[str, ...] = ()  # that it takes part in; empty: all


@dataclass(frozen=True, slots=True)
class Options:
    """Times in seconds."""

    works: tuple[str, ...]
    sides: tuple[Side, ...]  # empty: the standard ones
    runs: int
    calls: tuple[int, ...]  # of the fixed steps, 50 packets/s per stream
    secure_calls: tuple[int, ...]  # the same with SRTP
    seconds: float  # measured per fixed step
    search: bool  # whether the highest rate is looked for
    search_seconds: float
    search_factor: float  # from step to step, until one fails
    search_halvings: int
    overload: bool  # whether more than the highest rate is tried
    command_seconds: float  # per way of setting up calls
    profiles: tuple[str, ...]
    suites: tuple[str, ...]  # of the works with SRTP
    hold: int  # calls kept for the memory figures
    starts: int
    loss: float  # percent that ends the search
    median: float  # ms of latency that ends the search
    start: float  # seconds over which the calls of a step begin to send
    warm: float  # seconds that they then send gently
    payload: int  # bytes
    generator_cpu: int
    relay_cpus: tuple[int, ...]
    nice: int
    noise: float  # cores of other work above which a step is noisy
    repeat_noisy: bool  # measure a noisy step once more
    lock: Path | None
    prefix: str
    json: Path | None
    logs: Path | None


_STANDARD: Mapping[str, object] = MappingProxyType(
    {
        "runs": 3,
        "calls": (50, 200, 500),
        "secure_calls": (200,),
        "seconds": 2.0,
        "start": 0.5,
        "warm": 0.5,
        "search": True,
        "search_seconds": 1.0,
        "search_factor": 1.4,
        "search_halvings": 1,
        "overload": True,
        "command_seconds": 2.0,
        "profiles": PROFILES,
        "suites": SUITE_NAMES,
        "hold": 4000,
        "starts": 5,
        "repeat_noisy": False,
    }
)
_THOROUGH: Mapping[str, object] = MappingProxyType(
    {
        "secure_calls": (50, 200, 500),
        "seconds": 8.0,
        "start": 2.0,
        "warm": 1.0,
        "search_seconds": 3.0,
        "search_halvings": 3,
        "command_seconds": 4.0,
        "repeat_noisy": True,
    }
)
_QUICK: Mapping[str, object] = MappingProxyType(
    {
        "runs": 1,
        "calls": (200, 500),
        "seconds": 1.0,
        "search_factor": 1.8,
        "overload": False,
        "command_seconds": 1.0,
        "hold": 1000,
        "starts": 2,
    }
)


_PRESETS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {"standard": {}, "quick": _QUICK, "thorough": _THOROUGH}
)
_PRESET_HELP: Mapping[str, str] = MappingProxyType(
    {"quick": "one run of short steps", "thorough": "long steps, noisy ones repeated: hours"}
)


def options(arguments: Sequence[str], works: Sequence[str]) -> Options:
    """Reads the command line; ``works`` are all that there are, and the default. Ends the program on a wrong one."""
    parser = _parser(works)
    given = vars(parser.parse_args(arguments))
    chosen = tuple(given.pop("works")) or tuple(works)
    sides = _first_is_reference(given.pop("side", ()))
    if unknown := set(chosen) - set(works):
        parser.error(f"no work {', '.join(sorted(unknown))}; there are {', '.join(works)}")
    if len({side.name for side in sides}) != len(sides):
        parser.error("the sides need different names")
    preset = {**_STANDARD, **_PRESETS[given.pop("preset")]}
    return Options(works=chosen, sides=sides, **{**preset, **given})


def _first_is_reference(sides: Sequence[Side]) -> tuple[Side, ...]:
    return tuple(replace(side, reference=index == 0) for index, side in enumerate(sides))


def side(text: str) -> Side:
    """Reads NAME=COMMAND."""
    name, equals, command = text.partition("=")
    if not (name and equals and command):
        raise argparse.ArgumentTypeError("NAME=COMMAND is wanted")
    return Side(name, command)


def _parser(works: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="rtpng and rtpengine on the same work.")
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"{', '.join(works)}; all without any")
    presets = parser.add_mutually_exclusive_group()
    for preset, text in _PRESET_HELP.items():
        presets.add_argument(f"--{preset}", dest="preset", action="store_const", const=preset, help=text)
    parser.set_defaults(preset="standard")
    _add_scope(parser)
    _add_limits(parser)
    _add_machine(parser)
    return parser


def _add_scope(parser: argparse.ArgumentParser) -> None:
    own = argparse.SUPPRESS  # left to the preset
    parser.add_argument("--side", action="append", type=side, default=own, help="NAME=COMMAND; first: the reference")
    parser.add_argument("--runs", type=int, default=own, help="of each side, in turn; the table shows medians")
    parser.add_argument("--calls", type=_whole_numbers, default=own, help="fixed steps, for example 50,200,500")
    parser.add_argument("--secure-calls", type=_whole_numbers, default=own, help="the same of the works with SRTP")
    parser.add_argument("--seconds", type=float, default=own, help="measured per fixed step")
    parser.add_argument("--start", type=float, default=own, help="seconds over which a step's calls begin to send")
    parser.add_argument("--no-search", dest="search", action="store_false", default=own, help="no highest rate")
    parser.add_argument("--search-seconds", type=float, default=own, help="measured per step of that search")
    parser.add_argument("--command-seconds", type=float, default=own, help="per way of setting up calls")
    parser.add_argument("--profiles", type=_profiles, default=own, help=f"of ng-calls: {','.join(PROFILES)}")
    parser.add_argument("--suites", type=_suites, default=own, help=f"of SRTP: {','.join(SUITE_NAMES)}")
    parser.add_argument("--hold", type=int, default=own, help="calls kept for the memory figures")


def _add_limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--loss", type=float, default=0.1, help="percent that ends the search")
    parser.add_argument("--median", type=float, default=10.0, help="ms of latency that ends the search")
    parser.add_argument("--payload", type=int, default=160, help="bytes of one packet")


def _add_machine(parser: argparse.ArgumentParser) -> None:
    lock = Path(tempfile.gettempdir(), "bench.lock")
    parser.add_argument("--generator-cpu", type=int, default=0)
    parser.add_argument("--relay-cpus", type=_whole_numbers, default=(1,), help="1, or 1,2,3")
    parser.add_argument(
        "--nice", type=int, default=-20, help="of relay and generator; 10 on a machine that others share"
    )
    parser.add_argument("--noise", type=float, default=0.5, help="cores of other work that make a step noisy")
    parser.add_argument("--lock", type=_path_or_none, default=lock, help="taken per step; '' for none")
    parser.add_argument("--prefix", default="pp", help="of namespaces and devices, at most 4 letters")
    parser.add_argument("--json", type=Path, default=None, help="write every step into this file")
    parser.add_argument("--logs", type=Path, default=None, help="folder that keeps the relays' logs")


def _whole_numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _profiles(text: str) -> tuple[str, ...]:
    return _some_of(PROFILES, text)


def _suites(text: str) -> tuple[str, ...]:
    return _some_of(SUITE_NAMES, text)


def _some_of(known: Sequence[str], text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := set(names) - set(known):
        raise argparse.ArgumentTypeError(f"there are {', '.join(known)}, not {', '.join(sorted(unknown))}")
    return names


def _path_or_none(text: str) -> Path | None:
    return Path(text) if text else None
