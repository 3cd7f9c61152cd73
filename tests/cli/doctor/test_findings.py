import pytest

from cli.doctor.findings import (
    Control,
    Finding,
    Level,
    Ports,
    address,
    control,
    healthy,
    kernel,
    media_ports,
    open_files,
    report,
)
from cli.target import Target


def test_without_the_kernel_everything_still_works() -> None:
    assert kernel(None).level is Level.OK
    found = kernel("no permission: become root")
    assert (found.level, found.advice) == (Level.WARN, "no permission: become root")


@pytest.mark.parametrize(
    ("host", "usable", "level"),
    [
        ("8.8.8.8", True, Level.OK),
        ("8.8.8.8", False, Level.FAIL),
        ("10.0.0.1", True, Level.WARN),
        ("fd00::1", True, Level.WARN),
        ("2a00:1450::1", True, Level.OK),
        (None, False, Level.FAIL),
    ],
)
def test_address(host: str | None, usable: bool, level: Level) -> None:
    found = address(host, usable=usable)
    assert found.level is level
    assert bool(found.advice) == (level is not Level.OK)


@pytest.mark.parametrize(
    ("free", "level"),
    [(100, Level.OK), (90, Level.OK), (89, Level.WARN), (4, Level.WARN), (3, Level.FAIL), (0, Level.FAIL)],
)
def test_media_ports(free: int, level: Level) -> None:
    assert media_ports(Ports(30000, 30099, free)).level is level


@pytest.mark.parametrize(
    ("found", "level"),
    [
        (Control.ANSWERS, Level.OK),
        (Control.FREE, Level.OK),
        (Control.TAKEN, Level.FAIL),
        (Control.FOREIGN, Level.FAIL),
    ],
)
def test_control(found: Control, level: Level) -> None:
    finding = control(Target(), found)
    assert finding.level is level
    assert "127.0.0.1:2223" in finding.text


@pytest.mark.parametrize(
    ("limit", "level"),
    [(1 << 30, Level.OK), (10_064, Level.OK), (10_063, Level.WARN), (68, Level.WARN), (67, Level.FAIL)],
)
def test_open_files(limit: int, level: Level) -> None:
    assert open_files(limit, 10_000).level is level


def test_the_report_puts_advice_below() -> None:
    findings = [Finding("a", Level.OK, "fine"), Finding("media ports", Level.FAIL, "bad", "do this")]
    assert report(findings).splitlines() == [
        "ok    a             fine",
        "fail  media ports   bad",
        "                    do this",
    ]


def test_warnings_do_not_make_a_host_unfit() -> None:
    assert healthy([Finding("a", Level.OK, ""), Finding("b", Level.WARN, "")])
    assert not healthy([Finding("a", Level.OK, ""), Finding("b", Level.FAIL, "")])
