"""A decoded ng dictionary: pairs in the order of the wire, duplicates kept."""

from __future__ import annotations

from typing import TypeAlias

from sipcore.record import record

Value: TypeAlias = "str | int | list[Value] | Message"

MAX_DEPTH = 32
MAX_ITEMS = 4096


@record
class Message:
    """An ng dictionary. Text came as UTF-8 with surrogate escapes, so any byte survives the way back."""

    pairs: tuple[tuple[str, Value], ...] = ()

    def last(self, key: str) -> Value | None:
        """The last value under exactly this key; None if there is none."""
        return next((value for name, value in reversed(self.pairs) if name == key), None)

    def text(self, key: str) -> str | None:
        """The last value under exactly this key if it is text."""
        value = self.last(key)
        return value if isinstance(value, str) else None


def plain(value: Value) -> object:
    """The same as ``dict`` and ``list``; of duplicate keys the last stays."""
    if isinstance(value, Message):
        return {name: plain(item) for name, item in value.pairs}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value
