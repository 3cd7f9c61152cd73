"""Text for people: tables and single values. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo

GAP = "  "


def shown(value: object) -> str:
    """``value`` without line ends and control characters: what came over the network must not steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in str(value))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, numbers to the right. Every row has as many cells as ``heads``."""
    body = [tuple(map(shown, row)) for row in rows]
    columns = list(zip(heads, *body, strict=True))
    widths = [max(map(len, column)) for column in columns]
    numbers = [_numeric(column[1:]) for column in columns]
    return "\n".join(_line(row, widths, numbers) for row in (heads, *body))


def _line(cells: Sequence[str], widths: Sequence[int], numbers: Sequence[bool]) -> str:
    padded = (
        cell.rjust(width) if number else cell.ljust(width)
        for cell, width, number in zip(cells, widths, numbers, strict=True)
    )
    return GAP.join(padded).rstrip()


def _numeric(cells: Sequence[str]) -> bool:
    """Whether all cells that say anything are numbers."""
    said = [cell for cell in cells if cell not in ("", "-")]
    return bool(said) and all(cell.replace(",", "").isdecimal() for cell in said)


def pairs(values: Mapping[str, str]) -> str:
    """One line for each name and its value."""
    width = max(map(len, values), default=0)
    return "\n".join(f"{GAP}{name.ljust(width)}{GAP}{shown(value)}" for name, value in values.items())


def count(number: object) -> str:
    """With separators between thousands; "-" for what is not known."""
    return f"{number:,}" if isinstance(number, int) else "-"


def moment(seconds: object, zone: tzinfo | None = None) -> str:
    """A time in seconds since the epoch; ``zone`` None is the local one."""
    if not isinstance(seconds, int) or not 0 < seconds < 1 << 40:
        return "-"
    return datetime.fromtimestamp(seconds, zone).astimezone(zone).isoformat(" ", "seconds")


def duration(seconds: float) -> str:
    """``45 s``, ``2 min 5 s``, ``3 h 4 min``, ``2 d 3 h``: the two largest units."""
    parts = []
    rest = int(seconds)
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2]) or "0 s"


def as_json_text(reply: Mapping[str, object]) -> str:
    return json.dumps(reply, indent=2)
