"""Reads and writes bencode. Reading is for untrusted datagrams: no recursion, lengths checked, duplicate keys kept.

The bencode library keeps one value per key and recurses per level; a relay must see both values of a doubled key, and
a datagram of nested lists must not exhaust the stack.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from rtpng.ng.message import MAX_DEPTH, MAX_ITEMS, Message, Value
from sipcore.errors import ParseError

_TOKEN = re.compile(r"([0-9]{1,6}):|i(-?[0-9]{1,20})e|([dl])|(e)")
_LISTS = (list, tuple)
_TEXT, _INTEGER, _BEGINNING, _END = range(1, 5)  # its groups


def _first_value(data: bytes, max_items: int) -> tuple[Value, int]:
    """The value that ``data`` begins with, and where it ends. One loop, because every request passes it value by value.

    The bytes are read as text of one character each: cheap to cut, and where all is ASCII, ready.
    """
    text, is_ascii, match = data.decode("latin-1"), data.isascii(), _TOKEN.match
    opened: list[tuple[str, list[Value]]] = []  # containers without an end so far: their kind, and what is around them
    items: list[Value] = []
    at = 0
    while max_items:
        token = match(text, at)
        if token is None:
            raise ParseError(f"no bencode at byte {at}")
        kind, at = token.lastindex, token.end()
        if kind == _BEGINNING:
            if len(opened) == MAX_DEPTH:
                raise ParseError(f"nested deeper than {MAX_DEPTH}")
            opened.append((token[_BEGINNING], items))
            items = []
            continue
        if kind == _TEXT:  # one that is longer than the data leaves no next token
            start, at = at, at + int(token[_TEXT])
            value: Value = text[start:at] if is_ascii else data[start:at].decode("utf-8", "surrogateescape")
        elif kind == _INTEGER:
            value = int(token[_INTEGER])
        else:
            value, items = _closed(items, opened)
        items.append(value)
        if not opened:
            return value, at
        max_items -= 1
    raise ParseError("too many items")


def _closed(items: list[Value], opened: list[tuple[str, list[Value]]]) -> tuple[Value, list[Value]]:
    """The innermost container with what was read of it, and what is around it."""
    if not opened:
        raise ParseError("end without a beginning")
    kind, around = opened.pop()
    if kind == "l":
        return items, around
    if len(items) % 2:
        raise ParseError("dictionary key without a value")
    return Message(tuple(zip(map(_key, items[::2]), items[1::2], strict=True))), around


def _key(value: Value) -> str:
    if isinstance(value, str):
        return value
    raise ParseError("dictionary key is not a string")


def read_dictionary(data: bytes, max_items: int = MAX_ITEMS) -> Message:
    """The dictionary that ``data`` holds; trailing white space and NULs are ignored.

    Raises ParseError for anything else, for more than ``max_items`` values and for more than ``MAX_DEPTH`` levels.
    """
    value, end = _first_value(data, max_items)
    if not isinstance(value, Message):
        raise ParseError("not a dictionary")
    if data[end:].strip(b"\0 \t\r\n"):
        raise ParseError("data after the dictionary")
    return value


def write(dictionary: Mapping[str, object]) -> bytes:
    """The bencode of a dictionary, keys in their order; values as ``rtpng.ng.wire.encode`` takes them.

    A reply to query or delete has hundreds of values: one pass over them, a sixth of the library's time.
    """
    out: list[str] = []
    _write_dictionary(dictionary, out)
    return "".join(out).encode("utf-8", "surrogateescape")


def _write_dictionary(dictionary: Mapping[str, object], out: list[str]) -> None:
    """The usual kinds of values are told apart here: a call for each would take as long as everything else."""
    out.append("d")
    for name, value in dictionary.items():
        if type(value) is int:
            out.append(f"{_name(name)}i{value}e")
        elif isinstance(value, str):
            out.append(_name(name) + _text(value))
        else:
            out.append(_name(name))
            _write(value, out)
    out.append("e")


def _write(value: object, out: list[str]) -> None:
    if isinstance(value, dict):
        _write_dictionary(value, out)
    elif isinstance(value, _LISTS):
        out.append("l")
        for item in value:
            _write(item, out)
        out.append("e")
    elif isinstance(value, int):  # True is a number, too
        out.append(f"i{value:d}e")
    elif isinstance(value, str):
        out.append(_text(value))
    elif isinstance(value, Mapping):
        _write_dictionary(value, out)
    else:
        out.append(_text(scalar(value)))


def _text(text: str) -> str:
    length = len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))
    return f"{length}:{text}"


_name = lru_cache(maxsize=1024)(_text)  # of keys there are some hundred


def scalar(value: object) -> str:
    """Bytes and fractions as ng sends them: as text. Raises TypeError for what ng has no form for."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, float):
        return str(value)
    raise TypeError(f"not a value of ng: {type(value).__name__}")
