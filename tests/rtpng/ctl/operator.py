"""An operator at the console of an in-process relay."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rtpng import assemble, log
from rtpng.config import Config
from rtpng.ctl import tree
from rtpng.ctl.console import Console
from rtpng.ctl.settings import Settings
from rtpng.interfaces import Interface
from rtpng.log import LogLevels
from tests.rtpng.harness import RELAY, RelayUnderTest
from tests.rtpng.log_state import logging_as_it_was

CONFIG = Config((Interface("default", RELAY, RELAY, 30000, 30999),), max_sessions=9, final_timeout=7200)


@dataclass
class Operator:
    """Asks lines; ``adopted`` are the settings that the daemon was told to run by."""

    levels: LogLevels
    relay: RelayUnderTest = field(default_factory=RelayUnderTest)
    adopted: list[Config] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.relay.engine.set_limits(assemble.limits(CONFIG))
        self.console = Console(self.relay.context, self.levels, Settings(CONFIG, self._adopt))

    def _adopt(self, config: Config) -> None:
        self.adopted.append(config)
        self.relay.engine.set_limits(assemble.limits(config))

    def ask(self, line: str) -> str:
        return tree.answer(self.console, line)


@contextmanager
def operator() -> Iterator[Operator]:
    """An operator of a relay of its own."""
    with logging_as_it_was():
        yield Operator(log.configure(CONFIG, io.StringIO()))
