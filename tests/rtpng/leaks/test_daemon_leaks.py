"""A session played to the daemon itself, over UDP: in the end it has no more open files than in the beginning."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rtpng.ng.client import NgClient
from tests.rtpng.leaks.session import Datagram, session
from tests.rtpng.test_daemon import Running, daemon

SEED, COMMANDS = 9, 1_000
OPTIONS = ("--port-min=41000", "--port-max=41399", "--delete-delay=0")


def files(running: Running) -> int:
    return len(os.listdir(f"/proc/{running.process.pid}/fd"))


@contextmanager
def proxy(running: Running) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", running.port))
        sender.settimeout(10)
        yield sender


def said_and_done(sender: socket.socket, payload: bytes, number: int) -> None:
    """Sends a datagram, and waits until the daemon has gone on to the next one."""
    cookie = f"done-{number}".encode()
    sender.send(payload)
    sender.send(cookie + b" d7:command4:pinge")
    while not sender.recv(1 << 16).startswith(cookie):
        pass


def all_written(folder: Path, sender: socket.socket) -> bool:
    """Waits until the notes of every recording have been moved to their place; whether that came true."""
    for number in range(1000):
        if not any((folder / "tmp").iterdir()):
            return True
        said_and_done(sender, b"0 d7:command4:liste", -number)
    return False


def test_the_daemon_has_as_many_open_files_after_a_session_as_before(tmp_path: Path) -> None:
    steps = (step for step in session(SEED, COMMANDS) if isinstance(step, Datagram))
    options = (*OPTIONS, f"--recording-dir={tmp_path}")
    with daemon(*options) as running, proxy(running) as sender, NgClient("127.0.0.1", running.port) as client:
        client.request("cli", body="set loglevel 3")  # the log is a pipe that nobody reads meanwhile
        said_and_done(sender, b"0 d7:command4:liste", 0)  # so that what happens once has happened
        before = files(running)
        for number, step in enumerate(steps, 1):
            said_and_done(sender, step.payload, number)
        assert files(running) > before
        client.request("cli", body="terminate all")
        assert client.request("list")["calls"] == []
        assert all_written(tmp_path, sender)
        assert files(running) <= before
        assert any((tmp_path / "pcaps").iterdir())
        running.process.terminate()
        assert "Internal error" not in running.stderr.read()
