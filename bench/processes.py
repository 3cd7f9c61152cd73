"""What /proc says about processes: descendants, CPU time, memory."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def named(prefix: str) -> Iterator[int]:
    """Processes, also of the kernel, whose name begins so."""
    for path in PROC.glob("[0-9]*/comm"):
        with suppress(OSError):
            if path.read_text().startswith(prefix):
                yield int(path.parent.name)


def descendants(process: int) -> list[int]:
    """The process and all that it has started, first the process itself."""
    children = _children()
    found = [process]
    for parent in found:  # grows while it is walked
        found += children[parent]
    return found


def cpu_ns(processes: Iterable[int]) -> int:
    """Nanoseconds that all threads of the processes have been running."""
    return sum(_running(task) for process in processes for task in PROC.glob(f"{process}/task/[0-9]*"))


def resident_mb(processes: Iterable[int]) -> float:
    """Resident memory in MB."""
    return sum(_resident_kb(process) for process in processes) / 1024


def kernel_mb() -> float:
    """What the kernel itself holds on the whole machine (slab and per-CPU memory), in MB."""
    rows = (line.split() for line in (PROC / "meminfo").read_text().splitlines())
    return sum(int(row[1]) for row in rows if row[0] in ("Slab:", "Percpu:")) / 1024


def parent(stat: str) -> int:
    """The parent's id in the text of /proc/PID/stat, where the name may hold spaces and parentheses."""
    return int(stat[stat.rindex(")") + 2 :].split()[1])


def _children() -> defaultdict[int, list[int]]:
    children: defaultdict[int, list[int]] = defaultdict(list)
    for path in PROC.glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            children[parent(path.read_text())].append(int(path.parent.name))
    return children


def _running(task: Path) -> int:
    with suppress(OSError):
        return int((task / "schedstat").read_text().split()[0])
    return 0


def _resident_kb(process: int) -> int:
    with suppress(OSError):
        for line in (PROC / str(process) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Rss:"):
                return int(line.split()[1])
    return 0
