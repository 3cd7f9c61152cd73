"""Log levels are the process's: a test that sets them puts them back."""

import logging
import syslog
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

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


@contextmanager
def syslog_records(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[list[tuple[int, str]]]:
    """What goes to syslog, with its priority; afterwards the logger of these records is as it was made."""
    sent: list[tuple[int, str]] = []
    monkeypatch.setattr(syslog, "openlog", lambda *_: None)
    monkeypatch.setattr(syslog, "syslog", lambda priority, text: sent.append((priority, text)))
    with logging_as_it_was():
        yield sent
    records = logging.getLogger(name)
    records.handlers.clear()
    records.setLevel(logging.NOTSET)
    records.propagate = True
