"""What a peer can do wrong on the wire."""


class ParseError(ValueError):
    """A peer sent bytes or text that break the format; the message says what is wrong and where."""
