"""A daemon for the time of the demo, as a child process on loopback."""

import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import click

from cli.ask import Daemon
from cli.format import shown
from cli.target import Target

HOST = "127.0.0.1"
START_ATTEMPTS, START_PATIENCE = 25, 0.4  # seconds each
STOP_SECONDS = 5.0
_PROGRAM = "import sys; from rtpng.daemon import main; sys.exit(main(sys.argv[1:]))"


def options(control_port: int, table: int) -> tuple[str, ...]:
    """The daemon's command line: it logs warnings only, and forwards in the kernel if it may."""
    return (
        "--config-file=none",
        f"--interface={HOST}",
        f"--listen-ng={HOST}:{control_port}",
        f"--table={table}",
        "--foreground",
        "--log-stderr",
        "--log-level=4",
    )


@contextmanager
def temporary_daemon(timeout: float) -> Iterator[Daemon]:
    """A daemon that answers, and is gone afterwards. Raises ClickException if it does not start."""
    daemon = Daemon(Target(HOST, _free_port()), timeout)
    table = 1_000_000 + secrets.randbelow(1_000_000)  # apart from the tables of running daemons
    with tempfile.TemporaryFile() as log:
        child = _start(options(daemon.target.port, table), log)
        try:
            _wait(daemon, child, log)
            yield daemon
        finally:
            _stop(child)


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _start(arguments: tuple[str, ...], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """In a session of its own: Ctrl-C ends the demo, which then ends the call and the daemon in order."""
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def _wait(daemon: Daemon, child: "subprocess.Popen[bytes]", log: IO[bytes]) -> None:
    for _ in range(START_ATTEMPTS):
        if Daemon(daemon.target, START_PATIENCE).answers():
            return
        if child.poll() is not None:
            break
    log.seek(0)
    said = log.read().decode("utf-8", "replace").strip().splitlines()
    why = shown(said[-1]) if said else "it said nothing"
    raise click.ClickException(f"The temporary daemon does not start ({why}): `rtpng doctor` may know why.")


def _stop(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
