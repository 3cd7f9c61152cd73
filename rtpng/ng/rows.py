"""What one row of the tables of keys and flags says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from rtpng.ng import values
from rtpng.ng.message import Value


class Support(Enum):
    """SUPPORTED: does what it says. ACCEPTED: understood, without effect; the row's note says why."""

    SUPPORTED = "supported"
    ACCEPTED = "accepted"


class Mark(Enum):
    """Who needs it: every drop-in; a relay without transcoding; a transcoder; hardly anybody."""

    CORE = "core"
    RELAY = "relay"
    CODEC = "codec"
    RARE = "rare"


class Kind(Enum):
    """The shape of a key's value."""

    TEXT = "text"
    NUMBER = "number"
    WORDS = "list"
    DICTIONARY = "dictionary"
    DICTIONARIES = "list of dictionaries"
    FLAGS = "list of flags"
    RAW = "raw flags"
    TEMPLATE = "name of a template"


Merge = Callable[[Any, Any], Any]


def later(_: object, new: object) -> object:
    return new


def union(old: frozenset[str], new: frozenset[str]) -> frozenset[str]:
    return old | new


def joined(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return old + new


def both(old: Any, new: Any) -> Any:
    return old | new


def interface_pair(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """Names add up to a pair; a name too many starts the next pair, so that the later pair wins."""
    together = old + new
    return together if len(together) <= 2 else new[:2]


@dataclass(frozen=True, slots=True)
class Key:
    """A top-level key. ``field`` is the field of Request that it fills, None for keys without effect.

    Case, and the difference between space, underscore and hyphen, do not matter in ``name`` and ``synonyms``. ``read``
    turns a value into the field's and raises ValueError; ``merge`` joins it with an earlier one.
    """

    name: str
    kind: Kind
    mark: Mark
    help: str
    support: Support
    field: str | None = None
    note: str = ""
    synonyms: tuple[str, ...] = ()
    read: Callable[[Value], object] = values.text
    merge: Merge = later
    example: Value = "x"


@dataclass(frozen=True, slots=True)
class Flag:
    """A member of ``flags``. ``sets``: fields of Request and what they become; sets are united."""

    name: str
    mark: Mark
    help: str
    support: Support
    sets: tuple[tuple[str, object], ...] = ()
    note: str = ""
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prefix:
    """A flag that carries a value: what follows ``prefix`` acts as a value of the top-level key ``key``.

    ``value`` turns what follows into that value, if it is not the value itself.
    """

    prefix: str
    key: str
    help: str
    examples: tuple[str, ...] = field(default=())
    value: Callable[[str], Value] | None = None


def text_key(name: str, field: str, mark: Mark, sentence: str, *synonyms: str) -> Key:
    return Key(name, Kind.TEXT, mark, sentence, Support.SUPPORTED, field, synonyms=synonyms)


def identifier_key(name: str, field: str, mark: Mark, sentence: str, *synonyms: str) -> Key:
    read = values.identifier
    return Key(name, Kind.TEXT, mark, sentence, Support.SUPPORTED, field, synonyms=synonyms, read=read)


def unused_key(name: str, kind: Kind, mark: Mark, sentence: str, note: str, *synonyms: str) -> Key:
    return Key(name, kind, mark, sentence, Support.ACCEPTED, note=note, synonyms=synonyms)


_ALIKE = str.maketrans(" _ABCDEFGHIJKLMNOPQRSTUVWXYZ", "--abcdefghijklmnopqrstuvwxyz")


def normal(word: str) -> str:
    """The spelling under which rows are found: lower case, hyphens. Only ASCII changes, so lengths stay."""
    return word.translate(_ALIKE)
