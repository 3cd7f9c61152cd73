"""The configuration file: GLib's key file format, an INI dialect."""

import re
from collections.abc import Mapping

from rtpng.errors import ConfigError

Sections = Mapping[str, Mapping[str, str]]

_ESCAPES = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
_ESCAPE = re.compile(r"\\(.)")
_SEPARATOR = re.compile(r"(?<!\\)((?:\\\\)*);")


def parse(text: str, source: str) -> Sections:
    """Sections by name, each with the raw values of its keys; of a key given twice the last value stands.

    ``source`` names the file in errors. Raises ConfigError.
    """
    sections: dict[str, dict[str, str]] = {}
    current: dict[str, str] | None = None
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            current = sections.setdefault(line[1:-1], {})
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            raise ConfigError(f"{source} line {number}: {line!r} is no [section], key = value or # comment")
        if current is None:
            raise ConfigError(f"{source} line {number}: {key.strip()!r} stands before the first [section]")
        current[key.strip()] = value.strip()
    return sections


def unescape(value: str) -> str:
    r"""A raw value with its escapes ``\s``, ``\n``, ``\t``, ``\r`` and ``\\`` resolved; others stay as they are."""
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[0]), value)


def split(value: str) -> tuple[str, ...]:
    r"""A raw value as a list: parts between semicolons (``\;`` is no separator), unescaped, without empty ones."""
    parts = _SEPARATOR.sub("\\1\0", value.replace("\0", "")).split("\0")
    return tuple(unescape(part.replace("\\;", ";")).strip() for part in parts if part.strip())
