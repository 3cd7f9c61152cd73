"""Log lines as rtpengine's operators know them: ``[sec.usec] LEVEL: [call-id]: [subsystem] text``.

Levels are syslog's, 0 (EMERG) to 7 (DEBUG). The standard library's loggers do the work; this module gives them
the form, the two destinations (stderr, syslog), a level for each subsystem, and the call-id on every line of a call.
"""

import logging
import re
import sys
import syslog
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from logging.handlers import SysLogHandler
from typing import Any, TextIO

from rtpng.config import Config

NOTICE = 25
_OFF = logging.CRITICAL + 1

# Which loggers belong to a subsystem, by the prefix of their names; the root's belong to core.
DTMF_RECORDS = "rtpng.dtmf.records"
CALL_RECORDS = "rtpng.calls.records"
_SILENT = logging.CRITICAL + 1
SUBSYSTEMS = {"core": ("",), "http": ("rtpng.web",), "control": ("rtpng.ng", "rtpng.ctl", "rtpng.listening")}

# Level of the standard library, syslog's number, rtpengine's word; most severe first.
_LEVELS = (
    (logging.CRITICAL, syslog.LOG_CRIT, "CRIT"),
    (logging.ERROR, syslog.LOG_ERR, "ERR"),
    (logging.WARNING, syslog.LOG_WARNING, "WARNING"),
    (NOTICE, syslog.LOG_NOTICE, "NOTICE"),
    (logging.INFO, syslog.LOG_INFO, "INFO"),
    (logging.DEBUG, syslog.LOG_DEBUG, "DEBUG"),
)
_SYSLOG_WIDTH = 500
_CALLS = logging.getLogger("rtpng.calls")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def severity(level: int) -> tuple[int, str]:
    """Syslog's number and the word for a level of the standard library."""
    found = ((number, word) for least, number, word in _LEVELS if level >= least)
    return next(found, (syslog.LOG_DEBUG, "DEBUG"))


def threshold(number: int) -> int:
    """The least level of the standard library that passes at log-level ``number`` (-1 to 7)."""
    return next((level for level, severe, _ in reversed(_LEVELS) if severe <= number), _OFF)


def subsystem_of(logger: str) -> str:
    """The subsystem that the lines of a logger belong to."""
    owned = ((name, prefix) for name, prefixes in SUBSYSTEMS.items() for prefix in prefixes if prefix)
    return next((name for name, prefix in owned if f"{logger}.".startswith(f"{prefix}.")), "core")


def escape(text: str) -> str:
    """``text`` on one line: control characters and bytes beside UTF-8 become ``\\x0a``, so no line can be forged."""
    return _UNPRINTABLE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    byte = code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else code  # a surrogate escape is the byte that it stands for
    return f"\\x{byte:02x}" if byte < 0x100 else f"\\u{byte:04x}"


@dataclass(frozen=True, slots=True)
class LineForm:
    """How a record becomes lines. ``width`` breaks longer texts, in characters without the prefix; 0 is no limit."""

    timestamps: bool = True
    parsable: bool = False
    mark_prefix: str = ""
    mark_suffix: str = ""
    width: int = 0

    def lines(self, record: logging.LogRecord) -> Iterator[str]:
        """The record's lines, without line ends; each carries the whole prefix."""
        prefix = self._prefix(record)
        for text in _texts(record):
            for piece in _pieces(text, self.width):
                yield prefix + piece

    def _prefix(self, record: logging.LogRecord) -> str:
        seconds, fraction = divmod(round(record.created * 1_000_000), 1_000_000)
        stamp = f"[{seconds}.{fraction:06}] " if self.timestamps else ""
        return f"{stamp}{severity(record.levelno)[1]}: {self._call(record)}[{subsystem_of(record.name)}] "

    def _call(self, record: logging.LogRecord) -> str:
        call_id: str | None = getattr(record, "call_id", None)
        if call_id is None:
            return ""
        tag: str | None = getattr(record, "tag", None)
        port: int | None = getattr(record, "port", None)
        if self.parsable:
            return f"[{' '.join(self._fields(call_id, tag, port))}]: "
        marked = "/".join(self._marked(part) for part in (call_id, tag) if part is not None)
        return f"[{marked}{'' if port is None else f' port {port}'}]: "

    def _fields(self, call_id: str, tag: str | None, port: int | None) -> Iterator[str]:
        for name, value in (("ID", call_id), ("tag", tag)):
            if value is not None:
                yield f'{name}="{self._marked(value.replace(chr(34), chr(92) + chr(34)))}"'
        if port is not None:
            yield f'port="{port}"'

    def _marked(self, text: str) -> str:
        return f"{self.mark_prefix}{escape(text)}{self.mark_suffix}"


def _texts(record: logging.LogRecord) -> Iterator[str]:
    yield escape(record.getMessage())
    if record.exc_info and record.exc_info[0] is not None:
        yield from map(escape, logging.Formatter().formatException(record.exc_info).split("\n"))


def _pieces(text: str, width: int) -> Iterator[str]:
    step = width if width > 0 else max(len(text), 1)
    for start in range(0, max(len(text), 1), step):
        yield text[start : start + step]


class StreamLines(logging.StreamHandler[TextIO]):
    """Writes lines to a stream."""

    def __init__(self, stream: TextIO, form: LineForm) -> None:
        super().__init__(stream)
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(self._form.lines(record))


class SyslogLines(logging.Handler):
    """Writes lines to the local syslog; silent where none is running."""

    def __init__(self, form: LineForm, facility: str, name: str) -> None:
        super().__init__()
        self._form = form
        self._facility = SysLogHandler.facility_names[facility] << 3
        syslog.openlog(name, syslog.LOG_PID, self._facility)

    def emit(self, record: logging.LogRecord) -> None:
        priority = severity(record.levelno)[0] | self._facility
        for line in self._form.lines(record):
            syslog.syslog(priority, line)


class SyslogRecords(logging.Handler):
    """Writes messages as they are to a facility of the local syslog."""

    def __init__(self, facility: str, name: str) -> None:
        super().__init__()
        self._priority = syslog.LOG_INFO | SysLogHandler.facility_names[facility] << 3
        syslog.openlog(name, syslog.LOG_PID)

    def emit(self, record: logging.LogRecord) -> None:
        syslog.syslog(self._priority, record.getMessage())


class LogLevels:
    """The level of each subsystem, 0 to 7, or -1 for silence; applied to the standard library's loggers."""

    def __init__(self, config: Config) -> None:
        self._numbers = dict.fromkeys(SUBSYSTEMS, config.log_level) | dict(config.log_levels)
        self._apply()

    def __getitem__(self, subsystem: str) -> int:
        return self._numbers[subsystem]

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def set(self, numbers: Mapping[str, int]) -> None:
        """The levels of these subsystems from now on, -1 to 7. Raises KeyError for an unknown one."""
        for subsystem in numbers:
            self._numbers[subsystem]
        self._numbers.update(numbers)
        self._apply()

    def step(self, by: int) -> None:
        """More lines with +1 (SIGUSR2), fewer with -1 (SIGUSR1), within 0 and 7; a silent subsystem stays silent."""
        for subsystem, number in self._numbers.items():
            if number >= 0:
                self._numbers[subsystem] = min(max(number + by, 0), 7)
        self._apply()

    def _apply(self) -> None:
        for subsystem, number in self._numbers.items():
            for prefix in SUBSYSTEMS[subsystem]:
                logging.getLogger(prefix or None).setLevel(threshold(number))


def configure(config: Config, stream: TextIO | None = None) -> LogLevels:
    """Send all logging where ``config`` says (``stream`` instead of stderr), and nowhere else; log its notices."""
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, StreamLines | SyslogLines)]:
        root.removeHandler(old)
    root.addHandler(_handler(config, stream or sys.stderr))
    levels = LogLevels(config)
    _keep_records(config)
    for notice in config.notices:
        logging.getLogger(__name__).log(threshold(notice.level), "%s", notice.text)
    return levels


def _keep_records(config: Config) -> None:
    """Records go to their own facility, if there is one, and nowhere else: digits may be secrets."""
    for name, facility in ((DTMF_RECORDS, config.log_facility_dtmf), (CALL_RECORDS, config.log_facility_cdr)):
        records = logging.getLogger(name)
        records.propagate = False
        records.setLevel(logging.INFO if facility is not None else _SILENT)
        records.handlers[:] = [SyslogRecords(facility, config.log_name)] if facility is not None else []


def _handler(config: Config, stream: TextIO) -> logging.Handler:
    if config.log_stderr:
        return StreamLines(stream, _form(config, timestamps=config.log_timestamps, width=0))
    return SyslogLines(_form(config, timestamps=False, width=_SYSLOG_WIDTH), config.log_facility, config.log_name)


def _form(config: Config, *, timestamps: bool, width: int) -> LineForm:
    return LineForm(
        timestamps=timestamps,
        parsable=config.log_format == "parsable",
        mark_prefix=config.log_mark_prefix,
        mark_suffix=config.log_mark_suffix,
        width=config.max_log_line_length or width,
    )


class CallLogger(logging.LoggerAdapter[logging.Logger]):
    """Puts call-id, tag and port on every line."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, {**kwargs, "extra": {**(self.extra or {}), **kwargs.get("extra", {})}}


def call_logger(
    call_id: str, tag: str | None = None, port: int | None = None, *, logger: logging.Logger | None = None
) -> CallLogger:
    """The logger of one call, party or local port; ``logger`` (default ``rtpng.calls``) decides the subsystem."""
    return CallLogger(logger or _CALLS, {"call_id": call_id, "tag": tag, "port": port})
