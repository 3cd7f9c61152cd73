"""Splits the raw string of ``rtpp-flags`` into keys with values and bare words."""

import re
from dataclasses import dataclass, field

from rtpng.ng.message import MAX_DEPTH, MAX_ITEMS, Message, Value

# ``name=`` and ``name=[`` open a value or a group; ``]`` closes one; everything else without space is a word.
_TOKEN = re.compile(r"(?P<close>\])|(?P<name>[^\s=\[\]]+)=(?P<group>\[)?|(?P<open>\[)|(?P<word>[^\s\[\]]+)")

Item = tuple[str | None, Value]  # (key, value), or (None, bare word)


@dataclass(slots=True)
class _Group:
    name: str | None
    items: list[Item] = field(default_factory=list)

    def value(self) -> Value:
        """A dictionary if every item has a name, otherwise a list."""
        named = tuple((name, value) for name, value in self.items if name is not None)
        if named and len(named) == len(self.items):
            return Message(named)
        return [value if name is None else f"{name}={value}" for name, value in self.items]


def items(text: str) -> tuple[Item, ...]:
    """The items of ``text`` in order. Brackets that are not closed close at the end; surplus ones are ignored."""
    groups = [_Group(None)]
    at = 0
    for _ in range(MAX_ITEMS):
        token = _TOKEN.search(text, at)
        if token is None:
            break
        at = _take(token, text, groups)
    while len(groups) > 1:
        _close(groups)
    return tuple(groups[0].items)


def _take(token: re.Match[str], text: str, groups: list[_Group]) -> int:
    """Files one token; returns where the next one starts."""
    if token["close"]:
        if len(groups) > 1:
            _close(groups)
    elif token["group"] or token["open"]:
        if len(groups) <= MAX_DEPTH:
            groups.append(_Group(token["name"]))
    elif token["name"]:
        return _take_value(token, text, groups)
    else:
        groups[-1].items.append((None, token["word"]))
    return token.end()


_VALUE = re.compile(r"[^\s\[\]]*")


def _take_value(token: re.Match[str], text: str, groups: list[_Group]) -> int:
    value = _VALUE.match(text, token.end())
    end = value.end() if value else token.end()
    groups[-1].items.append((token["name"], text[token.end() : end]))
    return end


def _close(groups: list[_Group]) -> None:
    group = groups.pop()
    groups[-1].items.append((group.name, group.value()))
