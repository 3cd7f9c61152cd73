"""The words of an ng message, each with its row in the tables of keys and flags."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rtpng.calls.request import Request
from rtpng.ng import values
from rtpng.ng.advice import script
from rtpng.ng.flag_table import PREFIXES
from rtpng.ng.flags import flag_row, key_row, read
from rtpng.ng.message import Message, Value
from rtpng.ng.rows import Flag, Key, Kind, Mark, Prefix, Support, normal

# What proxies put into a request of their own accord: nobody has written it, so nobody wants it explained.
AUTOMATIC = frozenset(
    {
        "call-id",
        "command",
        "from-tag",
        "received-from",
        "sdp",
        "sip-code",
        "sip-message-type",
        "supports",
        "to-tag",
        "via-branch",
    }
)

# The items of lists that know no others, though they are read without complaint.
CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "rtcp-mux": ("offer", "require", "demux", "accept", "reject"),
        "replace": (
            "origin",
            "origin-full",
            "session-connection",
            "session-name",
            "username",
            "sdp-version",
            "force-increment-sdp-ver",
            "zero-address",
        ),
    }
)

# Words that the proxy's module keeps for itself.
PROXY_FLAGS = (
    Flag(
        "force-answer",
        Mark.RARE,
        "The proxy (not rtpng) makes an answer of the request.",
        Support.SUPPORTED,
        (("command", "answer"),),
    ),
)
_PROXY_FLAGS = {row.name: row for row in PROXY_FLAGS}
_PREFIX_OF_KEY = {row.key: row.prefix for row in reversed(PREFIXES) if row.key not in ("codec", "sdp-attr")}


@dataclass(frozen=True, slots=True)
class Word:
    """One word. ``written``: as a script spells it; ``row``: None if no table knows it.

    ``value`` of a key: in lower case with hyphens; of ``codec`` and other dictionaries: what is done; of a list that
    belongs together: its items with spaces between. ``fault``: why it is ignored.
    """

    written: str
    row: Key | Flag | None
    value: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """All that a proxy said: its words in order, none twice, and the request that they make."""

    words: tuple[Word, ...]
    request: Request

    def find(self, name: str, *wanted: str) -> tuple[str, ...]:
        """The words of the row ``name``, as written; with ``wanted``: those that have one of these values."""
        return tuple(
            word.written
            for word in self.words
            if word.row is not None and word.row.name == name and (not wanted or word.value in wanted)
        )


def in_script(text: str) -> Said:
    """What a flag string says. Raises NgError for a value that no request may have."""
    message = script.message(text)
    return Said(_distinct(_words(message)), read(message))


def on_wire(message: Message, request: Request) -> Said:
    """What a message says, but for what proxies always send; ``request``: the same message, read."""
    return Said(_distinct(word for word in _words(message) if not _is_automatic(word)), request)


def _distinct(words: Iterable[Word]) -> tuple[Word, ...]:
    return tuple({word.written: word for word in words}.values())


def _is_automatic(word: Word) -> bool:
    return word.row is not None and word.row.name in AUTOMATIC and isinstance(word.row, Key)


def _words(message: Message, *, within: bool = False) -> Iterator[Word]:
    for name, value in message.pairs:
        row = key_row(name)
        if row is None:
            yield Word(f"{name}={_raw(value)}", None)
        elif row.kind is Kind.FLAGS:
            for word in values.items(value) if isinstance(value, str | list) else ():
                yield from _flag(word)
        elif row.kind is Kind.RAW:
            if isinstance(value, str) and not within:
                yield from _words(script.message(value), within=True)
        else:
            yield from _key(row, value)


def _flag(word: str) -> Iterator[Word]:
    row = flag_row(word) or _PROXY_FLAGS.get(normal(word))
    if isinstance(row, Prefix):
        yield from _prefixed(row, word)
    else:
        yield Word(word, row)


def _prefixed(row: Prefix, word: str) -> Iterator[Word]:
    key = key_row(row.key)
    if key is None:
        return
    rest = word[len(row.prefix) :]
    if key.kind is Kind.DICTIONARY:
        fault = _fault(key, row.value(rest)) if row.value is not None else ""
        yield Word(word, key, normal(row.prefix.removeprefix(f"{row.key}-").rstrip("-")), fault)
    else:
        yield Word(word, key, normal(rest), _fault(key, [rest] if key.kind is Kind.WORDS else rest))


def _key(row: Key, value: Value) -> Iterator[Word]:
    if isinstance(value, Message):
        yield from _dictionary(row, value)
    elif row.kind is Kind.WORDS and row.name in ("direction", "received-from"):
        items = _items(value)
        yield Word(" ".join(f"{row.name}={item}" for item in items), row, " ".join(items), _fault(row, value))
    elif row.kind is Kind.WORDS:
        prefix = _PREFIX_OF_KEY.get(row.name, f"{row.name}=")
        for item in _items(value):
            yield Word(f"{prefix}{item}", row, normal(item), _fault(row, [item]))
    elif row.name == "transport-protocol" and isinstance(value, str):
        yield Word(value, row, normal(value), _fault(row, value))
    else:
        yield Word(f"{row.name}={_raw(value)}", row, normal(_raw(value)), _fault(row, value))


def _dictionary(row: Key, value: Message) -> Iterator[Word]:
    for action, content in value.pairs:
        if row.name == "codec" and not isinstance(content, Message):
            fault = _fault(row, Message(((action, content),)))
            for item in _items(content):
                yield Word(f"codec-{action}-{item}", row, normal(action), fault)
        else:
            fault = _fault(row, Message(((action, content),)))
            yield Word(f"{row.name}=[{action}={_raw(content)}]", row, normal(action), fault)


def _items(value: Value) -> tuple[str, ...]:
    return values.items(value) if isinstance(value, str | list) else (_raw(value),)


def _fault(row: Key, value: Value) -> str:
    """Why ``read`` ignores a value; empty if it does not, or has no use for it."""
    if row.field is None:
        return ""
    try:
        row.read(value)
        for item in _items(value) if row.name in CHOICES else ():
            values.choice(item, CHOICES[row.name])
    except ValueError as error:
        return str(error)
    return ""


def _raw(value: Value) -> str:
    """A value in the language of ``rtpp-flags``."""
    if isinstance(value, list):
        return f"[{' '.join(map(_raw, value))}]"
    if isinstance(value, Message):
        return f"[{' '.join(f'{name}={_raw(item)}' for name, item in value.pairs)}]"
    return str(value)
