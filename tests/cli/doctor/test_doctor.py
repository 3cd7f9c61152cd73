"""The measurements on this host, and the whole report."""

import socket

from cli.ask import Daemon
from cli.doctor import facts
from cli.doctor.findings import Control, Ports
from cli.target import Target
from tests.cli.conftest import Run
from tests.cli.running import Relay

HOST = "127.0.0.1"
RANGE = ("--port-min", "21000", "--port-max", "21099", "--address", HOST)


def test_an_address_of_another_host_is_not_usable() -> None:
    assert facts.usable(HOST)
    assert not facts.usable("203.0.113.77")


def test_ports_of_others_are_not_free() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
        assert facts.media_ports(HOST, port, port) == Ports(port, port, 0)
    assert facts.media_ports(HOST, port, port) == Ports(port, port, 1)


def test_control_ports() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((HOST, 0))
        target = Target(HOST, silent.getsockname()[1])
        assert facts.control(Daemon(target, 0.05)) is Control.TAKEN
    assert facts.control(Daemon(target, 0.05)) is Control.FREE


def test_a_control_port_elsewhere(run: Run) -> None:
    result = run("doctor", *RANGE, "--ng", "203.0.113.77", "--timeout", "0.05")
    assert result.exit_code == 1
    assert "fail  control port  nothing answers at 203.0.113.77:2223" in result.stdout


def test_a_control_port_without_address(run: Run) -> None:
    result = run("doctor", *RANGE, "--ng", "no-such-host.invalid")
    assert result.exit_code == 1
    assert "the host name cannot be resolved" in result.stderr


def test_a_host_with_a_daemon(relay: Relay, run: Run) -> None:
    result = run("doctor", *RANGE, "--ng", relay.ng)
    assert result.exit_code == 0
    assert f"ok    control port  a daemon answers at {relay.ng}" in result.stdout
    subjects = [line[6:20].strip() for line in result.stdout.splitlines() if line[:4].strip()]
    assert subjects == ["kernel", "address", "media ports", "control port", "open files"]


def test_an_address_that_is_not_ours(run: Run) -> None:
    result = run("doctor", "--address", "203.0.113.77", "--ng", f"{HOST}:9", "--timeout", "0.05")
    assert result.exit_code == 1
    assert "fail  address       203.0.113.77 is no address of this host" in result.stdout
    assert "media ports" not in result.stdout
