"""Key material in SDP: SDES keys (RFC 4568), ICE passwords (RFC 8839), MIKEY (RFC 4567) and ``k=`` (RFC 4566 5.12)."""

import re

MASK = "***"

# How the key begins, and what it consists of when ``ordinary`` is any character of a line. Whoever writes such a line
# with a wrong blank or case has still written a key. Behind the key of SDES stand its lifetime and index, which are
# public. Before ``k`` may stand the escape of a line end.
_PATTERN = (
    r"(inline[ \t:=]+)(?:(?![ \t|]){ordinary})+"
    r"|((?:ice-pwd|key-mgmt)[ \t:=]*)(?:{ordinary})+"
    r"|((?:(?<![0-9a-z-])|(?<=\\[nrt]))k[ \t]*(?:[=:]|(?=(?:clear|base64|uri):)))(?:{ordinary})+"
)


def pattern(ordinary: str) -> re.Pattern[str]:
    """Finds the keys in a text in which ``ordinary`` matches one character of a line, but no line end."""
    return re.compile(_PATTERN.format(ordinary=ordinary), re.IGNORECASE)


_IN_SDP = pattern(r"[^\r\n]")


def masked(text: str, keys: re.Pattern[str] = _IN_SDP) -> str:
    """``text`` (SDP, or a piece of it) with a mask in place of every key."""
    return keys.sub(_beginning, text)


def _beginning(match: re.Match[str]) -> str:
    return f"{match[match.lastindex or 0]}{MASK}"
