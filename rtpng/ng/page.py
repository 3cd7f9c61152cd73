"""Prints the tables of keys and flags as ``docs/flags.md``: ``python -m rtpng.ng.page > docs/flags.md``."""

from collections.abc import Iterable

from rtpng.ng.flag_table import FLAGS, PREFIXES, SHORTHANDS
from rtpng.ng.keys import KEYS
from rtpng.ng.rows import Flag, Key, Support

_OPENING = """\
# Keys and flags of the ng protocol

Generated from the tables in `rtpng/ng/keys.py` and `rtpng/ng/flag_table.py` by `python -m rtpng.ng.page`.

A request is a dictionary. In its keys and flags, letter case does not matter, and space, underscore and hyphen are the
same: `call-id`, `call ID` and `Call_ID` are one key. Values keep their case. Numbers may be text (`184`, `0xb8`), and
lists may be text with commas. When a key comes twice, the later value wins; lists add up. A word that is in neither
table is logged once and changes nothing.

*supported* does what it says. *accepted* is understood and has no effect, for the reason given.

*Need* says who uses it: *core* every proxy, *relay* some, *codec* transcoders, *rare* hardly anybody.
"""
_FLAGS_OPENING = """\
## Flags

Members of the list `flags`, or bare words in `rtpp-flags`.
"""
_PREFIXES_OPENING = """\
## Flags that carry a value

What follows the prefix acts as a value of the key: `replace-origin` is `replace: [origin]`.
"""
_SHORTHANDS_OPENING = """\
## Shorthands in `rtpp-flags`

The raw string holds words, `key=value`, `key=[a b]` and `key=[name=value name=[...]]`, separated by spaces. `internal`
and `external` are interfaces of `direction`. `from-tag=X` implies the flag `directional`, `to-tag=X` the flag `to-tag`.
These words set `transport-protocol`:
"""


def page() -> str:
    """The whole page, as Markdown."""
    sections = (
        _OPENING,
        "## Keys\n",
        _table(("Key", "Also", "Type", "Need", "Support", "What it does"), map(_key_cells, KEYS)),
        _FLAGS_OPENING,
        _table(("Flag", "Also", "Need", "Support", "What it does"), map(_flag_cells, FLAGS)),
        _PREFIXES_OPENING,
        _table(("Prefix", "Key", "What it does"), ((f"`{p.prefix}`", f"`{p.key}`", p.help) for p in PREFIXES)),
        _SHORTHANDS_OPENING,
        _table(("Word", "Protocol"), ((f"`{word}`", f"`{protocol}`") for word, protocol in SHORTHANDS.items())),
    )
    return "\n".join(sections)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    ruler = ("---",) * len(head)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, ruler, *rows))


def _key_cells(row: Key) -> tuple[str, ...]:
    return f"`{row.name}`", _also(row), row.kind.value, row.mark.value, row.support.value, _says(row)


def _flag_cells(row: Flag) -> tuple[str, ...]:
    return f"`{row.name}`", _also(row), row.mark.value, row.support.value, _says(row)


def _also(row: Key | Flag) -> str:
    return ", ".join(f"`{name}`" for name in row.synonyms)


def _says(row: Key | Flag) -> str:
    return f"{row.help} No effect: {row.note}." if row.support is Support.ACCEPTED else row.help


if __name__ == "__main__":
    print(page(), end="")
