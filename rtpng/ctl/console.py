"""What the operator's commands read and change."""

from dataclasses import dataclass

from rtpng.calls.model import Call
from rtpng.ctl.settings import Settings
from rtpng.engine import Engine
from rtpng.log import LogLevels
from rtpng.ng.commands.context import Context


class CtlError(Exception):
    """A command that cannot be carried out; its text is the answer."""


@dataclass(frozen=True, slots=True)
class Console:
    """The daemon as its operator sees it."""

    context: Context
    levels: LogLevels
    settings: Settings

    @property
    def engine(self) -> Engine:
        return self.context.engine

    def call(self, call_id: str, missing: str) -> Call:
        """Raises CtlError with the text ``missing``."""
        found = self.engine.calls.get(call_id)
        if found is None:
            raise CtlError(missing)
        return found
