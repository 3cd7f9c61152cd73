"""What a request asked for, in one line for the timeline of its call: no SDP, no keys, no novels."""

from rtpng.ng.logtext import escaped, masked
from rtpng.ng.message import Message, Value

LONGEST = 250  # characters of a line
_SILENT = frozenset({"query", "list", "ping", "statistics", "cli", "trace"})  # they ask, and change nothing
_KNOWN = frozenset({"command", "call-id", "sdp"})  # said elsewhere, or too long
_ITEMS = 40  # of a list


def asked(command: str, message: Message) -> str | None:
    """The line; None for a command that changes nothing, and so is no event of a call. About 3 us."""
    if command in _SILENT:
        return None
    words = [_word(name, value) for name, value in message.pairs if name not in _KNOWN]
    text = f"{command} {' '.join(words)}"
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}..."
    return text if text.isprintable() else escaped(text)


def readable(text: str) -> str:
    """An event of a timeline as it may be shown: whatever in it looks like key material is masked."""
    return escaped(masked(text))


def _word(name: str, value: Value) -> str:
    if isinstance(value, list):
        try:
            return f"{name}={','.join(value)}"  # type: ignore[arg-type]  # nearly all lists are of words
        except TypeError:
            pass
    return f"{name}={_shown(value)}"


def _shown(value: Value) -> str:
    if isinstance(value, list):
        return ",".join([_shown(item) for item in value[:_ITEMS]])
    if isinstance(value, Message):
        return "{" + " ".join(f"{name}={_shown(item)}" for name, item in value.pairs[:_ITEMS]) + "}"
    return str(value)
