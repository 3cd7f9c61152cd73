import io
import logging
import syslog
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng import log
from rtpng.config import Config, Notice
from rtpng.interfaces import Interface
from rtpng.log import NOTICE, LineForm, call_logger, escape, severity, subsystem_of, threshold

PLAIN = LineForm(timestamps=False)


def config(log_stderr: bool = True, log_timestamps: bool = False, **settings: Any) -> Config:
    interface = Interface("default", "127.0.0.1", "127.0.0.1")
    return Config((interface,), log_stderr=log_stderr, log_timestamps=log_timestamps, **settings)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    loggers = [logging.getLogger(prefix or None) for prefixes in log.SUBSYSTEMS.values() for prefix in prefixes]
    levels, handlers = [logger.level for logger in loggers], list(logging.getLogger().handlers)
    yield
    logging.getLogger().handlers[:] = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def record(text: str, level: int = logging.INFO, name: str = "rtpng.engine", **extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": name, "levelno": level, "msg": text, **extra})
    made.created = 1795514023.5236789
    return made


def line(form: LineForm, made: logging.LogRecord) -> str:
    (only,) = form.lines(made)
    return only


@pytest.mark.parametrize(
    ("level", "number", "word"),
    [
        (logging.CRITICAL, 2, "CRIT"),
        (logging.ERROR, 3, "ERR"),
        (logging.WARNING, 4, "WARNING"),
        (NOTICE, 5, "NOTICE"),
        (logging.INFO, 6, "INFO"),
        (logging.DEBUG, 7, "DEBUG"),
        (1, 7, "DEBUG"),
    ],
)
def test_levels(level: int, number: int, word: str) -> None:
    assert severity(level) == (number, word)


@pytest.mark.parametrize("number", range(-1, 8))
def test_a_level_passes_exactly_what_is_as_severe(number: int) -> None:
    standard = (logging.CRITICAL, logging.ERROR, logging.WARNING, NOTICE, logging.INFO, logging.DEBUG)
    passed = {level for level in standard if level >= threshold(number)}
    assert passed == {level for level in standard if severity(level)[0] <= number}


@pytest.mark.parametrize(
    ("logger", "subsystem"),
    [
        ("root", "core"),
        ("rtpng.engine", "core"),
        ("rtpng.ng", "control"),
        ("rtpng.ng.server", "control"),
        ("rtpng.ngx", "core"),
    ],
)
def test_subsystems(logger: str, subsystem: str) -> None:
    assert subsystem_of(logger) == subsystem


class TestForm:
    def test_with_time(self) -> None:
        assert line(LineForm(), record("Startup complete")) == "[1795514023.523679] INFO: [core] Startup complete"

    def test_without_time(self) -> None:
        assert line(PLAIN, record("x", logging.WARNING, "rtpng.ng.server")) == "WARNING: [control] x"

    @pytest.mark.parametrize(
        ("extra", "part"),
        [
            ({"call_id": "abc"}, "[abc]"),
            ({"call_id": "abc", "tag": "t"}, "[abc/t]"),
            ({"call_id": "abc", "port": 30000}, "[abc port 30000]"),
            ({"call_id": "a]\nb"}, "[a]\\x0ab]"),
        ],
    )
    def test_call(self, extra: dict[str, Any], part: str) -> None:
        assert line(PLAIN, record("x", NOTICE, **extra)) == f"NOTICE: {part}: [core] x"

    def test_parsable(self) -> None:
        form = LineForm(timestamps=False, parsable=True)
        made = record("x", call_id='a"b', tag="t", port=30000)
        assert line(form, made) == 'INFO: [ID="a\\"b" tag="t" port="30000"]: [core] x'

    def test_marks(self) -> None:
        form = LineForm(timestamps=False, mark_prefix="<", mark_suffix=">")
        assert line(form, record("x", call_id="abc", tag="t")) == "INFO: [<abc>/<t>]: [core] x"

    def test_width(self) -> None:
        form = LineForm(timestamps=False, width=3)
        assert list(form.lines(record("abcdefgh"))) == ["INFO: [core] abc", "INFO: [core] def", "INFO: [core] gh"]
        assert list(form.lines(record(""))) == ["INFO: [core] "]

    def test_a_traceback_has_the_prefix_on_every_line(self) -> None:
        try:
            raise ValueError("first\nINFO: [core] forged")
        except ValueError as error:
            made = record("failed", logging.ERROR, call_id="c", exc_info=(ValueError, error, error.__traceback__))
        lines = list(PLAIN.lines(made))
        assert lines[0] == "ERR: [c]: [core] failed"
        assert len(lines) > 3
        assert all(text.startswith("ERR: [c]: [core] ") for text in lines)

    @given(st.text(alphabet=st.characters()), st.text())
    def test_nothing_forges_a_line(self, text: str, call_id: str) -> None:
        assert len("".join(PLAIN.lines(record(text.replace("%", ""), call_id=call_id))).splitlines()) == 1

    @pytest.mark.parametrize(
        ("text", "shown"),
        [("a\r\nb", "a\\x0d\\x0ab"), ("\x1b[31m", "\\x1b[31m"), ("\udcff", "\\xff"), ("\u2028", "\\u2028"), ("ä", "ä")],
    )
    def test_escape(self, text: str, shown: str) -> None:
        assert escape(text) == shown


class TestConfigured:
    def test_lines_go_to_the_stream_and_nowhere_else(self) -> None:
        first, second = io.StringIO(), io.StringIO()
        log.configure(config(), first)
        log.configure(config(), second)
        call_logger("c1", "t1").log(NOTICE, "Creating new %s", "call")
        assert first.getvalue() == ""
        assert second.getvalue() == "NOTICE: [c1/t1]: [core] Creating new call\n"

    def test_notices_are_logged(self) -> None:
        stream = io.StringIO()
        log.configure(config(notices=(Notice(6, "100% done"), Notice(4, "beware"))), stream)
        assert stream.getvalue() == "INFO: [core] 100% done\nWARNING: [core] beware\n"

    def test_a_subsystem_has_its_own_level(self) -> None:
        stream = io.StringIO()
        log.configure(config(log_level=4, log_levels=(("control", 7),)), stream)
        logging.getLogger("rtpng.engine").info("quiet")
        logging.getLogger("rtpng.ng.server").debug("loud")
        assert stream.getvalue() == "DEBUG: [control] loud\n"

    def test_silence(self) -> None:
        stream = io.StringIO()
        log.configure(config(log_level=-1), stream)
        logging.getLogger("rtpng").critical("x")
        assert stream.getvalue() == ""

    def test_signals_step_the_levels_within_bounds(self) -> None:
        levels = log.configure(config(log_level=6, log_levels=(("control", -1),)), io.StringIO())
        levels.step(+1)
        levels.step(+1)
        assert (levels["core"], levels["control"]) == (7, -1)
        assert logging.getLogger("rtpng.engine").isEnabledFor(logging.DEBUG)
        for _ in range(9):
            levels.step(-1)
        assert levels["core"] == 0
        assert not logging.getLogger("rtpng.engine").isEnabledFor(logging.CRITICAL)

    def test_levels_can_be_set_while_running(self) -> None:
        levels = log.configure(config(log_level=6), io.StringIO())
        levels.set({"control": 7, "http": -1})
        assert {name: levels[name] for name in levels} == {"core": 6, "http": -1, "control": 7}
        assert logging.getLogger("rtpng.ctl.server").isEnabledFor(logging.DEBUG)
        assert not logging.getLogger("rtpng.web.server").isEnabledFor(logging.CRITICAL)
        with pytest.raises(KeyError):
            levels.set({"core": 1, "nonsense": 1})
        assert levels["core"] == 6

    def test_a_call_keeps_its_name_beside_other_extras(self) -> None:
        stream = io.StringIO()
        log.configure(config(), stream)
        call_logger("c1", logger=logging.getLogger("rtpng.ng.commands")).info("x", extra={"tag": "late"})
        assert stream.getvalue() == "INFO: [c1/late]: [control] x\n"

    def test_syslog_gets_number_facility_and_short_lines(self, monkeypatch: pytest.MonkeyPatch) -> None:
        opened: list[tuple[object, ...]] = []
        sent: list[tuple[int, str]] = []
        monkeypatch.setattr(syslog, "openlog", lambda *arguments: opened.append(arguments))
        monkeypatch.setattr(syslog, "syslog", lambda priority, text: sent.append((priority, text)))
        log.configure(config(log_stderr=False, log_timestamps=True, log_facility="local3", log_name="relay"))
        call_logger("c1").warning("x" * 600)
        assert opened == [("relay", syslog.LOG_PID, syslog.LOG_LOCAL3)]
        head = "WARNING: [c1]: [core] "
        priority = syslog.LOG_LOCAL3 | syslog.LOG_WARNING
        assert sent == [(priority, head + "x" * 500), (priority, head + "x" * 100)]

    @pytest.mark.parametrize(("length", "lines"), [(0, 1), (-1, 1), (100, 6)])
    def test_length_of_lines_on_stderr(self, length: int, lines: int) -> None:
        stream = io.StringIO()
        log.configure(config(max_log_line_length=length), stream)
        logging.getLogger("rtpng").info("x" * 600)
        assert len(stream.getvalue().splitlines()) == lines
