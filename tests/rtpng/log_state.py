"""Log levels are the process's: a test that sets them puts them back."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rtpng import log


@contextmanager
def logging_as_it_was() -> Iterator[None]:
    loggers = [logging.getLogger(prefix or None) for prefixes in log.SUBSYSTEMS.values() for prefix in prefixes]
    levels, handlers = [logger.level for logger in loggers], list(logging.getLogger().handlers)
    try:
        yield
    finally:
        logging.getLogger().handlers[:] = handlers
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
