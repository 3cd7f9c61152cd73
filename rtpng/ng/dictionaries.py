"""Reads the values of ng keys that are dictionaries, and the flags that stand for an entry of one.

A part that does not fit is left out and named, the rest counts: rtpengine's observed behaviour.
"""

from collections.abc import Callable
from typing import TypeVar

from rtpng.calls.request import SECTIONS, SESSION, AttributeEdits, CodecWishes, Edits, ExtensionWishes
from rtpng.ng import values
from rtpng.ng.message import Message, Value
from rtpng.ng.rows import normal

_T = TypeVar("_T")

_CODEC_LISTS = {"except": "excepted"} | {name: name for name in CodecWishes.__slots__ if name != "excepted"}
_CODEC_UNUSED = ("accept", "set")  # they only steer transcoding
_SECTION_NAMES = {"none": SESSION, "global": SESSION} | {name: name for name in SECTIONS}


class PartlyError(ValueError):
    """Some of a value does not fit its key; ``found`` is what does."""

    def __init__(self, found: object, complaints: list[str]) -> None:
        super().__init__("; ".join(complaints))
        self.found = found


def codec(value: Value) -> CodecWishes:
    """The ``codec`` dictionary. Raises ValueError, PartlyError."""
    lists: dict[str, tuple[str, ...]] = {}
    complaints = []
    for name, names in _pairs(value):
        field = _CODEC_LISTS.get(normal(name))
        if field is not None:
            lists[field] = lists.get(field, ()) + values.items(names)
        elif normal(name) not in _CODEC_UNUSED:
            complaints.append(f"unknown codec manipulation {name!r}")
    return _checked(CodecWishes(**lists), complaints)


def extmap(value: Value) -> ExtensionWishes:
    """The ``extmap`` dictionary of manipulations. Raises ValueError, PartlyError."""
    wishes = ExtensionWishes()
    complaints = []
    for name, uris in _pairs(value):
        named = frozenset(uri.lower() for uri in values.items(uris)) if normal(name) in ("strip", "mask") else None
        if named is None:
            complaints.append(f"unknown extmap manipulation {name!r}")
        else:
            wishes |= ExtensionWishes(**{normal(name): named})
    return _checked(wishes, complaints)


def sdp_attr(value: Value) -> AttributeEdits:
    """The ``sdp-attr`` dictionary of sections. Raises ValueError, PartlyError."""
    if not isinstance(value, Message):
        raise ValueError("wrong type used")
    sections: list[tuple[str, Edits]] = []
    complaints: list[str] = []
    for name, commands in value.pairs:
        section = _SECTION_NAMES.get(name)
        if section is None:
            complaints.append(f"unsupported sdp section {name!r}")
        elif not isinstance(commands, Message):
            complaints.append("wrong content given")
        else:
            sections += [(section, edits) for edits in _commands(commands, complaints)]
    return _checked(AttributeEdits(tuple(sections)), complaints)


def _commands(commands: Message, complaints: list[str]) -> list[Edits]:
    found = []
    for name, texts in commands.pairs:
        read = _COMMANDS.get(normal(name))
        if read is None:
            complaints.append(f"unknown manipulation command {name!r}")
        else:
            found.append(read(texts, complaints))
    return found


def _texts(value: Value, complaints: list[str]) -> tuple[str, ...]:
    given = value if isinstance(value, list) else [value]
    return tuple(str(text) for text in given if _is_token(text, complaints))


def _text_pairs(value: Value, complaints: list[str]) -> tuple[tuple[str, str], ...]:
    """Of each list of old and new text the first two; anything else is no token."""
    found = []
    for pair in value if isinstance(value, list) else [value]:
        if not isinstance(pair, list) or len(pair) < 2:
            complaints.append(f"invalid token given {pair!r}")
        elif all(_is_token(text, complaints) for text in pair[:2]):
            found.append((str(pair[0]), str(pair[1])))
    return tuple(found)


def _is_token(text: Value, complaints: list[str]) -> bool:
    """Whether a value can stand behind ``a=``; a line end in it would begin another line of the SDP."""
    if isinstance(text, int | str) and text != "" and not {"\r", "\n"} & set(str(text)):
        return True
    complaints.append(f"invalid token given {text!r}")
    return False


_COMMANDS: dict[str, Callable[[Value, list[str]], Edits]] = {
    "add": lambda value, complaints: Edits(add=_texts(value, complaints)),
    "remove": lambda value, complaints: Edits(remove=_texts(value, complaints)),
    "substitute": lambda value, complaints: Edits(substitute=_text_pairs(value, complaints)),
}


def _pairs(value: Value) -> tuple[tuple[str, Value], ...]:
    if not isinstance(value, Message):
        raise ValueError("not a dictionary")
    return value.pairs


def _checked(found: _T, complaints: list[str]) -> _T:
    if complaints:
        raise PartlyError(found, complaints)
    return found


# --- flags that stand for an entry ---


def entry(name: str) -> Callable[[str], Value]:
    """A flag's rest as one item of the list of this name: ``codec-strip-PCMA``."""
    return lambda rest: Message(((name, [rest]),))


def attribute(command: str) -> Callable[[str], Value]:
    """A flag's rest as an edit: ``sdp-attr-add-audio-foo``; ``--`` is an equals sign, ``..`` a blank."""

    def read(rest: str) -> Value:
        section, _, text = rest.partition("-")
        text = text.replace("--", "=").replace("..", " ")
        old, arrow, new = text.partition(">")
        token: Value = [old, new] if command == "substitute" and arrow else text
        return Message(((section, Message(((command, [token]),))),))

    return read
