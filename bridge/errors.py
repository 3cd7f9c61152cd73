"""What a client or the operator is told: one sentence that says what to do."""


class SettingsError(Exception):
    """The bridge cannot start like this."""


class BridgeError(Exception):
    """A request is refused. ``status`` is HTTP's."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
