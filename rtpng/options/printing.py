"""What the option table prints: help, version, codecs, and the page docs/options.md."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rtpng.options import command_line
from rtpng.options.option import Kind, Option, Support
from rtpng.options.table import OPTIONS
from rtpng.version import VERSION

_WIDTH = 100
_INDENT = 30


@dataclass(frozen=True, slots=True)
class Printout:
    """A text that the command line asks for instead of a daemon."""

    text: str
    to_stderr: bool = False


def printout(arguments: Sequence[str]) -> Printout | None:
    """The answer to --help, --version or --codecs, or None when a daemon is wanted. Raises ConfigError."""
    given = {option.name for option, _ in command_line.split(arguments)}
    if "help" in given:
        return Printout(help_text())
    if "version" in given:
        return Printout(f"Version: {VERSION}\n", to_stderr=True)
    if "codecs" in given:
        return Printout(
            "No codec is transcoded: media passes through as the parties negotiate it, whatever the codec.\n"
        )
    return None


def help_text() -> str:
    """The text of --help: what has an effect with its sentence, the rest with the reason."""
    return "\n".join(
        (
            "Usage: rtpengine [OPTION...]",
            "",
            "Forwards the media of SIP calls for a proxy that speaks the ng protocol.",
            *_section("Options:", Support.SUPPORTED),
            *_section("Accepted without effect:", Support.ACCEPTED),
            *_section("Refused:", Support.REFUSED),
            "",
        )
    )


def _section(title: str, support: Support) -> Iterator[str]:
    yield ""
    yield title
    for option in _with(support):
        yield from _entry(option)


def _with(support: Support) -> list[Option]:
    return [option for option in OPTIONS if option.support is support]


def _entry(option: Option) -> Iterator[str]:
    usage = f"  {_usage(option)}"
    room = " " * _INDENT
    lines = textwrap.wrap(_explained(option), _WIDTH - _INDENT, break_on_hyphens=False)
    if len(usage) < _INDENT:
        yield f"{usage:<{_INDENT}}{lines[0]}"
    else:
        yield usage
        yield room + lines[0]
    yield from (room + line for line in lines[1:])


def _usage(option: Option) -> str:
    short = f"-{option.short}, " if option.short else ""
    return f"{short}--{option.name}" + (f"={option.placeholder}" if option.takes_value else "")


def _explained(option: Option) -> str:
    return option.help if option.support is Support.SUPPORTED else f"{option.help} ({option.reason})"


_PAGE_HEAD = """# Options

Printed by `python -m rtpng.options`; the table in `rtpng/options/` is the source.

Every option of rtpengine 10.5 and 26 is known, on the command line (`--port-min=30000`, `-m 30000`) and in the
configuration file (`port-min = 30000` in the section `[rtpengine]` of `/etc/rtpengine/rtpengine.conf`; lists are
separated by `;`, lines that start with `#` are comments). The command line overrides the file. An option without
effect is named in one line of the log at the start; an unknown name is an error.
"""


def docs_page() -> str:
    """docs/options.md: one table for each kind of support."""
    return "\n".join(
        (
            _PAGE_HEAD,
            *_table("Supported", Support.SUPPORTED),
            *_table("Accepted without effect", Support.ACCEPTED),
            *_table("Refused", Support.REFUSED),
        )
    )


def _table(title: str, support: Support) -> Iterator[str]:
    explained = support is not Support.SUPPORTED
    yield f"## {title}\n"
    yield "| option | default | meaning |" + (" reason |" if explained else "")
    yield "|---|---|---|" + ("---|" if explained else "")
    for option in _with(support):
        cells = [f"`{_usage(option)}`", _default(option), option.help, *([option.reason] if explained else [])]
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def _default(option: Option) -> str:
    if option.kind is Kind.BOOL:
        return "off"
    if isinstance(option.default, tuple):
        return ";".join(option.default)
    return "" if option.default is None else str(option.default)
