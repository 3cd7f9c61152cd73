"""What can go wrong in a benchmark."""


class BenchError(Exception):
    """A work could not be measured; the text says why."""


class RefusedError(BenchError):
    """The relay answered a command with an error: this side does not do this work."""
