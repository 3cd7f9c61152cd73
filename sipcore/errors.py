"""What a peer can do wrong on the wire."""

from sipcore.secrets import masked

_LONGEST_QUOTE = 60


class ParseError(ValueError):
    """A peer sent bytes or text that break the format; the message says what is wrong and where."""


def quoted(text: str) -> str:
    """A peer's text for the message of an error: in quotes, on one line, not too long, without keys."""
    shown = masked(text[: 4 * _LONGEST_QUOTE])
    return repr(shown if len(shown) <= _LONGEST_QUOTE else shown[: _LONGEST_QUOTE - 3] + "...")
