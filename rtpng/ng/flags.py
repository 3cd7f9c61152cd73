"""Reads the words of an ng message into a Request. Unknown words never make a request fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from rtpng.calls.request import Request, SdesWishes, UnknownWord
from rtpng.ng import rtpp, values
from rtpng.ng.dictionaries import PartlyError
from rtpng.ng.flag_table import FLAGS, INTERFACE_WORDS, PREFIXES, SHORTHANDS
from rtpng.ng.keys import KEYS
from rtpng.ng.message import Message, Value
from rtpng.ng.rows import Flag, Key, Kind, Prefix, normal
from rtpng.ng.tally import canonical

NO_TEMPLATES: Mapping[str, str] = MappingProxyType({})

_KEYS = {
    spelling: row for row in KEYS for name in (row.name, *row.synonyms) for spelling in (name, normal(name))
}  # proxies spell most keys as the rows do, and need no other spelling looked for
_FLAGS = {normal(name): row for row in FLAGS for name in (row.name, *row.synonyms)}
_PREFIXES = {normal(row.prefix): row for row in PREFIXES}
_SHORTHANDS = {normal(word): protocol for word, protocol in SHORTHANDS.items()}

_MAX_UNKNOWN = 50  # per request


def read(message: Message, client: str = "", templates: Mapping[str, str] = NO_TEMPLATES) -> Request:
    """The request that ``message`` makes; ``client`` is the address that sent it.

    Keys are read in wire order: of scalars the later wins, lists add up. Words that no row knows, and values that do
    not fit their key, change nothing and are listed in ``unknown``. Raises NgError for an identifier that is too long.

    ``templates`` are raw flags by name. Before all other words come the template "default", that of the command, and
    those that the message names, so that its own words win.
    """
    draft = _Draft(templates)
    for name in ("default", canonical(message.text("command") or "")):
        if name in templates:
            draft.template(name)
    pairs = sorted(message.pairs, key=lambda pair: normal(pair[0]) != "template") if templates else message.pairs
    for name, value in pairs:
        draft.key(name, value)
    return draft.request(client)


def key_row(name: str) -> Key | None:
    """The row of a key, in any spelling; None if there is none."""
    return _KEYS.get(name) or _KEYS.get(normal(name))


def flag_row(word: str) -> Flag | Prefix | None:
    """The row of a flag, in any spelling, or of the longest prefix that it has; None if there is none."""
    return _FLAGS.get(normal(word)) or _prefix_of(normal(word))


@dataclass(slots=True)
class _Draft:
    """A Request in the making."""

    templates: Mapping[str, str]
    fields: dict[str, Any] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    integers: set[str] = field(default_factory=set)  # fields that were given as true integers
    unknown: list[UnknownWord] = field(default_factory=list)
    expanding: set[str] = field(default_factory=set)  # the templates that are being read

    def request(self, client: str) -> Request:
        unknown = tuple(self.unknown[:_MAX_UNKNOWN])
        return Request(client=client, flags=frozenset(self.flags), unknown=unknown, **self.fields)

    def key(self, name: str, value: Value) -> None:
        row = key_row(name)
        if row is None:
            self._flags_or_unknown(name, value)
            return
        try:
            fill = _FILLS.get(row.name)
            if fill is not None:
                fill(self, row, value)
            elif row.field is not None:
                self._merge(row, row.field, row.read(value))
        except ValueError as error:
            if isinstance(error, PartlyError) and row.field is not None:
                self._merge(row, row.field, error.found)
            self.unknown.append(UnknownWord("value", f"{row.name}: {error}"))

    def _flags_or_unknown(self, name: str, value: Value) -> None:
        """``codec-strip=[PCMA opus]`` is several flags with the same prefix."""
        if f"{normal(name)}-" in _PREFIXES and isinstance(value, (list, str)):
            for item in values.items(value):
                self.flag(f"{name}-{item}")
        else:
            self.unknown.append(UnknownWord("dictionary key", name))

    def flag(self, word: str) -> None:
        name = normal(word)
        self.flags.add(name)
        row = _FLAGS.get(name)
        prefix = None if row else _prefix_of(name)
        if row is not None:
            self._set(row)
        elif prefix is not None:
            self.key(prefix.key, _value_of(prefix, word[len(prefix.prefix) :]))
        else:
            self.unknown.append(UnknownWord("flag", word))

    def _flags(self, _: Key, value: Value) -> None:
        for word in values.items(value):
            self.flag(word)

    def _raw_flags(self, _: Key, value: Value) -> None:
        self._raw(values.text(value) or "")

    def _template(self, _: Key, value: Value) -> None:
        self.template(values.text(value) or "")

    def _number(self, row: Key, value: Value) -> None:
        """Kamailio 5.6 sends delete-delay as an integer and as the script's text: the integer is the parsed one."""
        if row.field is None or (isinstance(value, str) and row.field in self.integers):
            return
        if isinstance(value, int):
            self.integers.add(row.field)
        self._merge(row, row.field, row.read(value))

    def _merge(self, row: Key, name: str, found: object) -> None:
        if found is not None:
            self.fields[name] = row.merge(self.fields[name], found) if name in self.fields else found

    def template(self, name: str) -> None:
        """Reads the words of a template. Raises ValueError if there is none of this name, or it names itself."""
        if name not in self.templates or name in self.expanding:
            raise ValueError(f"{name!r} is not in the configuration file" if name not in self.templates else "a circle")
        self.fields["template"] = name
        self.expanding.add(name)
        self._raw(self.templates[name])
        self.expanding.remove(name)

    def _set(self, row: Flag) -> None:
        for name, value in row.sets:
            adds_up = isinstance(value, frozenset | SdesWishes) and name in self.fields
            self.fields[name] = self.fields[name] | value if adds_up else value

    def _raw(self, text: str) -> None:
        for name, value in rtpp.items(text):
            if name is not None:
                self._raw_key(name, value)
            elif isinstance(value, str):
                self._raw_word(value)

    def _raw_key(self, name: str, value: Value) -> None:
        row = key_row(name)
        if row is not None and row.kind is Kind.RAW:
            # Raw flags within raw flags would recurse as deep as the datagram is long.
            self.unknown.append(UnknownWord("value", f"{row.name}: within itself"))
            return
        self.key(name, value)
        if normal(name) == "from-tag":
            self.flag("directional")
        elif normal(name) == "to-tag":
            self.flag("to-tag")

    def _raw_word(self, word: str) -> None:
        protocol = _SHORTHANDS.get(normal(word))
        if protocol is not None:
            self.key("transport-protocol", protocol)
        elif normal(word) in INTERFACE_WORDS:
            self.key("direction", [normal(word)])
        else:
            self.flag(word)


# What is done with a value that is not simply that of a field.
_FILLS_OF_KIND = {
    Kind.FLAGS: _Draft._flags,
    Kind.RAW: _Draft._raw_flags,
    Kind.TEMPLATE: _Draft._template,
    Kind.NUMBER: _Draft._number,
}
_FILLS = {row.name: _FILLS_OF_KIND[row.kind] for row in KEYS if row.kind in _FILLS_OF_KIND}


def _prefix_of(name: str) -> Prefix | None:
    """The longest prefix that ``name`` starts with and goes beyond."""
    matches = [prefix for prefix in _PREFIXES if name.startswith(prefix) and len(name) > len(prefix)]
    return _PREFIXES[max(matches, key=len)] if matches else None


def _value_of(prefix: Prefix, rest: str) -> Value:
    """The value of the prefix's key for which a flag with this rest stands."""
    if prefix.value is not None:
        return prefix.value(rest)
    return [rest] if _KEYS[normal(prefix.key)].kind is Kind.WORDS else rest
