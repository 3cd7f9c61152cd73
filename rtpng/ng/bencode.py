"""Reads and writes bencode. Reading is for untrusted datagrams: no recursion, lengths checked, duplicate keys kept.

The bencode library keeps one value per key and recurses per level; a relay must see both values of a doubled key, and
a datagram of nested lists must not exhaust the stack.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rtpng.ng.message import MAX_DEPTH, MAX_ITEMS, Message, Value
from sipcore.errors import ParseError

_TOKEN = re.compile(rb"(?P<open>[dl])|(?P<close>e)|i(?P<integer>-?[0-9]{1,20})e|(?P<text>[0-9]{1,6}):")


@dataclass(slots=True)
class _Container:
    """A list or dictionary whose end has not been read yet."""

    is_dictionary: bool
    items: list[Value] = field(default_factory=list)

    def finished(self) -> Value:
        if not self.is_dictionary:
            return self.items
        if len(self.items) % 2:
            raise ParseError("dictionary key without a value")
        return Message(tuple(zip(map(_key, self.items[::2]), self.items[1::2], strict=True)))


def _key(value: Value) -> str:
    if isinstance(value, str):
        return value
    raise ParseError("dictionary key is not a string")


class _Reader:
    def __init__(self, data: bytes, max_items: int) -> None:
        self._data = data
        self._at = 0
        self._items_left = max_items
        self._open: list[_Container] = []
        self._result: Value | None = None

    def read(self) -> tuple[Value, int]:
        while self._result is None:
            token = _TOKEN.match(self._data, self._at)
            if token is None or token.lastgroup is None:
                raise ParseError(f"no bencode at byte {self._at}")
            self._at = token.end()
            _STEPS[token.lastgroup](self, token[token.lastgroup])
        return self._result, self._at

    def opened(self, kind: bytes) -> None:
        if len(self._open) == MAX_DEPTH:
            raise ParseError(f"nested deeper than {MAX_DEPTH}")
        self._open.append(_Container(kind == b"d"))

    def closed(self, _: bytes) -> None:
        if not self._open:
            raise ParseError("end without a beginning")
        self._take(self._open.pop().finished())

    def integer(self, digits: bytes) -> None:
        self._take(int(digits))

    def text(self, length: bytes) -> None:
        end = self._at + int(length)
        if end > len(self._data):
            raise ParseError("string is longer than the datagram")
        self._take(self._data[self._at : end].decode("utf-8", "surrogateescape"))
        self._at = end

    def _take(self, value: Value) -> None:
        self._items_left -= 1
        if self._items_left < 0:
            raise ParseError("too many items")
        if self._open:
            self._open[-1].items.append(value)
        else:
            self._result = value


_STEPS: dict[str, Callable[[_Reader, bytes], None]] = {
    "open": _Reader.opened,
    "close": _Reader.closed,
    "integer": _Reader.integer,
    "text": _Reader.text,
}


def read_dictionary(data: bytes, max_items: int = MAX_ITEMS) -> Message:
    """The dictionary that ``data`` holds; trailing white space and NULs are ignored.

    Raises ParseError for anything else, for more than ``max_items`` values and for more than ``MAX_DEPTH`` levels.
    """
    value, end = _Reader(data, max_items).read()
    if not isinstance(value, Message):
        raise ParseError("not a dictionary")
    if data[end:].strip(b"\0 \t\r\n"):
        raise ParseError("data after the dictionary")
    return value


def write(dictionary: Mapping[str, object]) -> bytes:
    """The bencode of a dictionary, keys in their order; values as ``rtpng.ng.wire.encode`` takes them.

    A reply to query or delete has hundreds of values: one pass over them, a third of the library's time.
    """
    out: list[bytes] = []
    _write(dictionary, out)
    return b"".join(out)


def _write(value: object, out: list[bytes]) -> None:
    if isinstance(value, str):
        out.append(_written(value))
    elif isinstance(value, int):
        out.append(b"i%de" % value)
    elif isinstance(value, Mapping):
        out.append(b"d")
        for name, item in value.items():
            out.append(_written(name))
            _write(item, out)
        out.append(b"e")
    elif isinstance(value, list | tuple):
        out.append(b"l")
        for item in value:
            _write(item, out)
        out.append(b"e")
    else:
        out.append(_written(scalar(value)))


def _written(text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    return b"%d:%b" % (len(data), data)


def scalar(value: object) -> str:
    """Bytes and fractions as ng sends them: as text. Raises TypeError for what ng has no form for."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, float):
        return str(value)
    raise TypeError(f"not a value of ng: {type(value).__name__}")
