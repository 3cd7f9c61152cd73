"""Log lines that each call gets once, however often their reason comes back."""

import logging
from dataclasses import dataclass, field

from rtpng.timeline import Kind, Timelines


@dataclass(slots=True)
class OncePerCall:
    """What was said about which call; it is part of its timeline, too."""

    timelines: Timelines
    _said: dict[str, set[str]] = field(default_factory=dict)

    def warn(self, call_id: str, reason: str, text: str, *values: object) -> None:
        """Logs a warning, unless this call had a line for the same reason before."""
        self._say(logging.WARNING, call_id, reason, text, *values)

    def note(self, call_id: str, reason: str, text: str, *values: object) -> None:
        """As ``warn``, for what is worth knowing only."""
        self._say(logging.INFO, call_id, reason, text, *values)

    def forget(self, call_id: str) -> None:
        """The call is over."""
        self._said.pop(call_id, None)

    def _say(self, level: int, call_id: str, reason: str, text: str, *values: object) -> None:
        said = self._said.setdefault(call_id, set())
        if reason not in said:
            said.add(reason)
            self.timelines.say(call_id, Kind.CAUTION, level, text, *values)

    def __len__(self) -> int:
        return len(self._said)
