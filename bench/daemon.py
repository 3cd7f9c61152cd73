"""The relay under test, as a process in its namespace."""

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench import priority, processes
from bench.errors import BenchError
from bench.lab import Lab
from bench.ng import NgSocket
from bench.options import COMMON, Side

NG = ("127.0.0.1", 2223)
PORTS = (10000, 59999)
PATIENCE = 8.0  # seconds for an orderly end
SETTLING = 0.2


@dataclass(frozen=True, slots=True)
class Daemon:
    """A relay that answers. ``startup`` is in seconds, from exec to the first pong."""

    process: "subprocess.Popen[bytes]"
    ng: NgSocket
    startup: float

    def processes(self) -> list[int]:
        return processes.descendants(self.process.pid)

    def resident_mb(self) -> float:
        return processes.resident_mb(self.processes())


@contextmanager
def running(lab: Lab, side: Side, log: Path) -> Iterator[Daemon]:
    """Starts the relay, waits for its first pong, and ends it. Raises BenchError when it dies meanwhile."""
    with log.open("ab") as output:
        began = time.monotonic()
        process = _start(lab, side, output.fileno())
        try:
            with NgSocket(lab.relay, NG) as ng:
                startup = _first_pong(process, ng, began, log)
                time.sleep(SETTLING)
                yield Daemon(process, ng, startup)
            if process.poll() is not None:
                raise BenchError(f"it ended (exit {process.returncode}): {_last_line(log)}")
        finally:
            _stop(process)


def command_line(side: Side, lab: Lab) -> list[str]:
    """The command with its placeholders filled."""
    values = {
        "{common}": COMMON,
        "{A}": lab.to_caller.ip,
        "{B}": lab.to_callee.ip,
        "{ng}": f"{NG[0]}:{NG[1]}",
        "{min}": str(PORTS[0]),
        "{max}": str(PORTS[1]),
    }
    command = side.command
    for name, value in values.items():
        command = command.replace(name, value)
    return shlex.split(command)


def _start(lab: Lab, side: Side, output: int) -> "subprocess.Popen[bytes]":
    command = ["ip", "netns", "exec", lab.relay, *command_line(side, lab)]
    before_exec = priority.child(lab.nice, lab.relay_cpus)
    return subprocess.Popen(command, preexec_fn=before_exec, stdin=subprocess.DEVNULL, stdout=output, stderr=output)


def _first_pong(process: "subprocess.Popen[bytes]", ng: NgSocket, began: float, log: Path) -> float:
    try:
        return ng.wait_for_pong(began, lambda: process.poll() is None)
    except BenchError as error:
        raise BenchError(f"it did not start: {error}; {_last_line(log)}") from None


def _stop(process: "subprocess.Popen[bytes]") -> None:
    children = processes.descendants(process.pid)[1:]
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "its log is empty")
