"""The demo end to end: real sockets, a real relay, packets in both directions."""

import re
import signal
import socket
import subprocess
import sys

import pytest

from kernel.probe import probe
from tests.cli.conftest import Run
from tests.cli.running import Relay, scripted_relay

STATISTICS = {"statistics": {"interfaces": [{"address": "127.0.0.1"}]}, "result": "ok"}
PONG = {"result": "pong"}


def assert_heard(output: str) -> None:
    ways = re.findall(r"-> (\w+) +(\d+) sent, (\d+) arrived", output)
    assert [name for name, _, _ in ways] == ["callee", "caller"]
    assert all(int(sent) == 50 and int(arrived) >= 45 for _, sent, arrived in ways), output


def test_through_a_running_daemon(relay: Relay, run: Run) -> None:
    result = run("demo", "--seconds", "1", "--ng", relay.ng)
    assert result.exit_code == 0
    assert f"through the daemon at {relay.ng}" in result.stdout
    assert "forwarded by: userspace." in result.stdout
    assert_heard(result.stdout)
    assert relay.calls == []


def test_through_a_temporary_daemon(run: Run) -> None:
    result = run("demo", "--seconds", "1", "--temporary")
    assert result.exit_code == 0
    found = re.search(r"temporary daemon at 127\.0\.0\.1:(\d+)", result.stdout)
    assert found is not None
    assert_heard(result.stdout)
    assert f"forwarded by: {'kernel' if probe() is None else 'userspace'}." in result.stdout
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", int(found[1])))  # the daemon is gone


def test_ctrl_c_ends_the_call(relay: Relay) -> None:
    command = [sys.executable, "-m", "cli", "demo", "--seconds", "60", "--ng", relay.ng]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        while "to callee" not in child.stdout.readline():
            assert child.poll() is None
        assert len(relay.calls) == 1
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=60)
    assert child.returncode == 1
    assert errors.strip() == "Aborted!"
    assert relay.calls == []


def test_phones_on_an_address_that_is_not_ours(relay: Relay, run: Run) -> None:
    result = run("demo", "--address", "203.0.113.77", "--ng", relay.ng)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: Phones cannot use 203.0.113.77 (")


@pytest.mark.parametrize(
    ("replies", "sentence"),
    [
        ({"statistics": {"result": "error", "error-reason": "Unrecognized command"}}, "does not know this command"),
        ({"offer": {"result": "error", "error-reason": "Ran out of ports"}}, "The daemon refused (Ran out of ports)"),
        ({"offer": {"result": "ok"}}, "The daemon gave no usable SDP"),
        ({"offer": {"result": "ok", "sdp": "nonsense"}}, "The daemon gave no usable SDP"),
        ({}, "No daemon answers"),
    ],
)
def test_a_daemon_that_cannot_place_the_call(run: Run, replies: dict[str, dict[str, object]], sentence: str) -> None:
    with scripted_relay({"ping": PONG, "statistics": STATISTICS, "delete": {"result": "ok"}, **replies}) as ng:
        result = run("demo", "--ng", ng, "--timeout", "0.2")
    assert result.exit_code == 1
    assert sentence in result.stderr
