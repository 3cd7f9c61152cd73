"""Reads the list ``media`` of create and transform: one dictionary for each stream, or only its type as text."""

from collections.abc import Iterator

from rtpng.calls.request import MediaWish
from rtpng.ng import values
from rtpng.ng.message import Message, Value
from rtpng.ng.rows import normal
from sipcore.address import Address, parse_host, parse_port
from sipcore.errors import ParseError

MOST = 32  # each takes ports


def media_list(value: Value) -> tuple[MediaWish, ...]:
    """Raises ValueError for what is no such list."""
    if not isinstance(value, list):
        raise ValueError("not a list")
    if len(value) > MOST:
        raise ValueError(f"{len(value)} media; at most {MOST}")
    return tuple(map(_wish, value))


def _wish(value: Value) -> MediaWish:
    if isinstance(value, str):
        return MediaWish(kind=_word(value))
    entry = _entries(value)
    kind, name = entry.get("type"), entry.get("id")
    return MediaWish(
        kind=_word(kind) if isinstance(kind, str) else "audio",
        name=values.text(name) or "" if name is not None else "",
        destination=_destination(entry["destination"]) if "destination" in entry else None,
        converts=any(map(_converts, _list(entry.get("codec", [])))),
    )


def _word(kind: str) -> str:
    """A type of media as it stands in ``m=``."""
    if not kind.isascii() or not kind.isalnum():
        raise ValueError(f"not a type of media: {kind!r}")
    return kind.lower()


def _destination(value: Value) -> Address:
    entry = _entries(value)
    host, port = entry.get("address"), entry.get("port")
    if not isinstance(host, str) or not isinstance(port, str | int):
        raise ValueError("a destination needs address and port")
    try:
        return Address(parse_host(host), parse_port(str(port)))
    except ParseError as error:
        raise ValueError(str(error)) from None


def _converts(value: Value) -> bool:
    """Whether what goes out is to be another codec, or the same under another payload type."""
    entry = _entries(value)
    sides = [dict(_flat(entry[side])) for side in ("input", "output") if side in entry]
    return len(sides) == 2 and sides[0] != sides[1]


def _flat(value: Value) -> Iterator[tuple[str, str]]:
    return ((name, str(item).lower()) for name, item in _entries(value).items())


def _entries(value: Value) -> dict[str, Value]:
    if not isinstance(value, Message):
        raise ValueError("not a dictionary")
    return {normal(name): item for name, item in value.pairs}


def _list(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise ValueError("not a list")
    return value
