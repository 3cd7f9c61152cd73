"""Makes what a peer sent fit for a log line: no keys, no forged lines, no novels."""

import re

MASK = "***"

# Keys in the SDP inside a payload. In JSON an SDP's line ends and slashes are escaped, hence the backslashes.
_SECRETS = re.compile(r"(inline:|ice-pwd:|k=(?:clear|base64):)(?:\\(?![rn])|[^\s|\\\"])+", re.IGNORECASE)
_JSON_ESCAPE = re.compile(r"\\u00([0-7][0-9a-fA-F])")


def loggable(data: bytes | str, limit: int = 500) -> str:
    """One printable line of at most ``limit`` characters, with the keys of SDES, ICE and ``k=`` masked."""
    text = data.decode("utf-8", "backslashreplace") if isinstance(data, bytes) else data
    shown = escaped(masked(text))
    return shown if len(shown) <= limit else shown[:limit] + "..."


def masked(text: str) -> str:
    """``text`` without key material; ASCII that hides behind JSON escapes is made plain before the search."""
    return _SECRETS.sub(rf"\1{MASK}", _JSON_ESCAPE.sub(_unescaped, text))


def _unescaped(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16))


def escaped(text: str) -> str:
    """``text`` with everything unprintable as a backslash escape, so that it stays within its log line."""
    if text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")
