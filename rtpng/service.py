"""The daemon as a service: into the background, process id file, word to the supervisor."""

import os
import resource
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from rtpng.config import Config
from rtpng.errors import ConfigError

FATAL_EXIT = 255  # status of the process after any error that keeps the daemon from starting

Ready = Callable[[], None]


@contextmanager
def service(config: Config, environment: Mapping[str, str] = os.environ) -> Iterator[Ready]:
    """The time of the daemon's life. The caller calls the yielded function once, when it serves.

    Without ``foreground`` the calling process ends here, and the body runs in the background: the foreground process
    waits for it, and ends with status 0 when it is ready, or with 255 when it ended before. Raises ConfigError.
    """
    detached = _nothing if config.foreground else detach()

    def ready() -> None:
        notify("READY=1", environment)
        detached()

    with pidfile(config.pidfile):
        try:
            yield ready
        finally:
            notify("STOPPING=1", environment)


def raise_open_files() -> None:
    """As many open files as the system allows: each media port is one, and shells start programs with far fewer."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _nothing() -> None:
    return


def detach() -> Ready:
    """Go into the background; must come before any thread, socket or event loop. Returns in the new process only.

    The new process keeps the standard streams until it is ready, so that what goes wrong at the start is seen.
    """
    waiting, told = os.pipe()
    if os.fork():
        os.close(told)
        os._exit(0 if os.read(waiting, 1) else FATAL_EXIT)
    os.close(waiting)
    os.setsid()

    def ready() -> None:
        _close_standard_streams()
        os.write(told, b"1")
        os.close(told)

    return ready


def _close_standard_streams() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)


@contextmanager
def pidfile(path: str | None) -> Iterator[None]:
    """A file with our process id for as long as the body runs; None is no file. Raises ConfigError."""
    if path is None:
        yield
        return
    own = f"{os.getpid()}\n"
    try:
        Path(path).write_text(own, encoding="ascii")
    except OSError as error:
        raise ConfigError(f"pidfile {path} cannot be written ({error.strerror}): name another one") from error
    try:
        yield
    finally:
        _remove(Path(path), own)


def _remove(path: Path, own: str) -> None:
    with suppress(OSError):  # somebody took it away first, or the folder is gone: nothing is left to clean
        if path.read_text(encoding="ascii") == own:
            path.unlink()


def notify(state: str, environment: Mapping[str, str]) -> bool:
    """Tell systemd (sd_notify(3)); False when nobody listens."""
    target = environment.get("NOTIFY_SOCKET", "")
    if not target.startswith(("/", "@")):
        return False
    address = f"\0{target[1:]}" if target.startswith("@") else target  # the abstract namespace
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        try:
            supervisor.sendto(state.encode(), address)
        except OSError:
            return False
    return True
