"""What the figures were measured on."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError
from bench.shell import run


@dataclass(frozen=True, slots=True)
class Machine:
    processor: str
    cpus: int
    memory_mb: int
    kernel: str
    hypervisor: str  # "none" on bare metal
    python: str
    reference: str  # version of Debian's package
    rtpengine_module: bool  # whether the reference's kernel module is loaded
    load: float  # average of one minute, before the run

    def lines(self) -> list[str]:
        return [
            f"machine: {self.cpus} x {self.processor}, {self.memory_mb} MB, hypervisor: {self.hypervisor}",
            f"kernel {self.kernel}, Python {self.python}, Debian's rtpengine {self.reference}; "
            f"load average before the run: {self.load:.1f}",
        ]


def described() -> Machine:
    return Machine(
        processor=_field("/proc/cpuinfo", "model name"),
        cpus=os.cpu_count() or 0,
        memory_mb=int(_field("/proc/meminfo", "MemTotal").split()[0]) // 1024,
        kernel=platform.release(),
        hypervisor=_asked(["systemd-detect-virt", "--vm"])
        or ("yes" if "hypervisor" in _field("/proc/cpuinfo", "flags") else "none"),
        python=platform.python_version(),
        reference=_asked(["dpkg-query", "-W", "-f=${Version}", "rtpengine-daemon"]) or "not from a package",
        rtpengine_module=Path("/proc/rtpengine").exists(),
        load=os.getloadavg()[0],
    )


def _field(path: str, name: str) -> str:
    rows = (line.partition(":") for line in Path(path).read_text().splitlines())
    return next((value.strip() for key, _, value in rows if key.strip() == name), "unknown")


def _asked(command: list[str]) -> str:
    try:
        return run(command).strip()
    except BenchError:
        return ""
