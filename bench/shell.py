"""Commands, and network namespaces for the calling thread."""

import ctypes
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.errors import BenchError

CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


def run(command: str | list[str], *, check: bool = True) -> str:
    """Runs a command to its end and gives its output; with ``check`` a failure raises BenchError."""
    words = shlex.split(command) if isinstance(command, str) else command
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except FileNotFoundError:
        raise BenchError(f"{words[0]} is not installed") from None
    if check and done.returncode:
        raise BenchError(f"{shlex.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def netns_path(name: str) -> Path:
    return Path("/run/netns", name)


@contextmanager
def inside(namespace: str) -> Iterator[None]:
    """The calling thread is in the namespace until the block ends; sockets opened there stay there."""
    with open("/proc/thread-self/ns/net", "rb") as here, netns_path(namespace).open("rb") as there:
        _enter(there.fileno())
        try:
            yield
        finally:
            _enter(here.fileno())


def _enter(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
