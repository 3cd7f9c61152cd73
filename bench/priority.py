"""Priority over the machine's other work, for processes that are measured or measure."""

import ctypes
import os
import platform
import resource
import struct
from collections.abc import Callable, Collection
from contextlib import suppress

SHORTEST_SLICE = 100_000  # ns; the least that the scheduler takes
OPEN_FILES = 1 << 19

_SCHED_SETATTR = 314  # the system call's number on x86-64
_SCHED_ATTR = struct.Struct("IIQiIQQQ")  # size, policy, flags, nice, priority, runtime (slice), deadline, period

_libc = ctypes.CDLL(None, use_errno=True)


def prefer(process: int, nice: int) -> None:
    """Gives a process or thread (0: the caller) a nice value and the shortest time slice; children inherit both.

    With the slice (Linux 6.12) a wakeup preempts other work at once; elsewhere only the nice value takes effect.
    Raises OSError without the permission.
    """
    os.setpriority(os.PRIO_PROCESS, process, nice)
    if platform.machine() == "x86_64":
        attributes = _SCHED_ATTR.pack(_SCHED_ATTR.size, 0, 0, nice, 0, SHORTEST_SLICE, 0, 0)
        _libc.syscall(_SCHED_SETATTR, process, attributes, 0)


def child(nice: int, cpus: Collection[int]) -> Callable[[], None]:
    """What a child does before exec: own session, priority, CPUs, as many open files as it may have."""

    def before_exec() -> None:
        os.setsid()
        prefer(0, nice)
        _raise_autogroup(nice)
        os.sched_setaffinity(0, cpus)
        _raise_open_files()

    return before_exec


def _raise_autogroup(nice: int) -> None:
    """With autogroup scheduling a nice value counts only inside the session, so the session is raised too."""
    with suppress(OSError), open("/proc/self/autogroup", "w") as group:
        group.write(str(nice))


def _raise_open_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    except (ValueError, OSError):  # above the hard limit it takes CAP_SYS_RESOURCE
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
