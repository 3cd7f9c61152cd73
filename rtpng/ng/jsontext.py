"""Reads JSON from an untrusted datagram into the same values as bencode; duplicate keys kept."""

import json
from dataclasses import dataclass
from typing import Any

from rtpng.ng.message import MAX_DEPTH, MAX_ITEMS, Message, Value
from sipcore.errors import ParseError

_MAX_DIGITS = 20
_WORDS = {True: "true", False: "false", None: ""}


def read_dictionary(data: bytes, max_items: int = MAX_ITEMS) -> Message:
    """The JSON object in ``data``. Fractions, true and false become their text, null becomes empty text.

    Raises ParseError for anything else, for more than ``max_items`` values and for more than ``MAX_DEPTH`` levels.
    """
    text = data.decode("utf-8", "surrogateescape").strip("\0 \t\r\n")
    try:
        document = json.loads(text, object_pairs_hook=_Object, parse_int=_integer, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"not JSON: {error}") from None
    value = _Converter(max_items).value(document, depth=0)
    if not isinstance(value, Message):
        raise ParseError("not a JSON object")
    return value


class _Object(list[tuple[str, Any]]):
    """The pairs of one JSON object, as they came."""


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS + 1:
        raise ValueError("integer too long")
    return int(digits)


def _text(text: str) -> str:
    """Lone surrogates of JSON escapes as the bytes that UTF-8 would give them, so that every text can be encoded."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    return text


@dataclass(slots=True)
class _Converter:
    items_left: int

    def value(self, value: Any, depth: int) -> Value:
        self.items_left -= 1
        if self.items_left < 0 or depth > MAX_DEPTH:
            raise ParseError("too many items or levels")
        if isinstance(value, _Object):
            return Message(tuple((_text(name), self.value(item, depth + 1)) for name, item in value))
        if isinstance(value, list):
            return [self.value(item, depth + 1) for item in value]
        if isinstance(value, str):
            return _text(value)
        return _WORDS[value] if value is None or isinstance(value, bool) else int(value)
