"""Makes what a peer sent fit for a log line: no keys, no forged lines, no novels."""

import re

from sipcore import secrets

# In JSON a backslash escapes the next character, an escaped CR or LF ends a line of SDP, and a quote ends the text.
_KEYS_IN_JSON = secrets.pattern(r'(?:\\[^rn]|[^\\"\r\n])')
_JSON = re.compile(r"(?:\S* )?\{")
_JSON_ESCAPE = re.compile(r"\\(u00[0-7][0-9a-f]|.)", re.IGNORECASE | re.DOTALL)
_READ_FOR_ONE_SHOWN = 8  # keys and escapes are longer than what is shown of them

_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def loggable(data: bytes | str, limit: int = 500) -> str:
    """One printable line of at most ``limit`` characters (and dots), with a mask in place of every key.

    Costs no more for a novel than for a line: only its beginning is read.
    """
    start = data[: limit * _READ_FOR_ONE_SHOWN]
    text = start.decode("utf-8", "surrogateescape") if isinstance(start, bytes) else start
    shown = escaped(masked(text)[: limit + 1])
    return shown if len(shown) <= limit and len(start) == len(data) else shown[:limit] + "..."


def masked(text: str) -> str:
    """``text``, an ng message or a part of one, without key material."""
    plain = _JSON_ESCAPE.sub(_unescaped, text)
    return secrets.masked(plain, _KEYS_IN_JSON) if _JSON.match(plain) else secrets.masked(plain)


def _unescaped(escape: re.Match[str]) -> str:
    """ASCII that hides behind a JSON escape, made plain as far as it means the same."""
    if len(escape[1]) == 1:
        return escape[0]
    character = chr(int(escape[1][1:], 16))
    return f"\\{character}" if character in '"\\' else character


def escaped(text: str) -> str:
    """``text`` with everything unprintable as a backslash escape, so that it stays within its log line."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escape(character) for character in text)


def _escape(character: str) -> str:
    """By hand, because Python opens a file at the first use of its own codec: a daemon out of descriptors cannot."""
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a surrogate escape stands for a byte
        code -= 0xDC00
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return _SHORT_ESCAPES.get(character) or (f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}")
