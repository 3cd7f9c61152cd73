"""What the figures were measured on."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import sid
from bench.errors import BenchError
from bench.shell import run


@dataclass(frozen=True, slots=True)
class Machine:
    date: str
    processor: str
    cpus: int
    memory_mb: int
    kernel: str
    hypervisor: str  # "none" on bare metal
    python: str
    debian: str  # version of Debian's rtpengine
    sid: str  # of that of Debian's sid suite
    rtpengine_module: bool  # whether their kernel module is loaded
    load: float  # average of one minute, before the run

    def lines(self) -> list[str]:
        return [
            f"machine: {self.cpus} x {self.processor}, {self.memory_mb} MB, hypervisor: {self.hypervisor}",
            f"kernel {self.kernel}, Python {self.python}, load average before the run: {self.load:.1f}",
            f"rtpengine: {self.debian} of Debian, {self.sid} of Debian sid",
        ]


def described() -> Machine:
    return Machine(
        date=datetime.now(UTC).date().isoformat(),
        processor=_field("/proc/cpuinfo", "model name"),
        cpus=os.cpu_count() or 0,
        memory_mb=int(_field("/proc/meminfo", "MemTotal").split()[0]) // 1024,
        kernel=platform.release(),
        hypervisor=_asked(["systemd-detect-virt", "--vm"])
        or ("yes" if "hypervisor" in _field("/proc/cpuinfo", "flags") else "none"),
        python=platform.python_version(),
        debian=_asked(["dpkg-query", "-W", "-f=${Version}", "rtpengine-daemon"]) or "not from a package",
        sid=sid.version(sid.rtpengine()) if sid.FOLDERS["rtpengine-daemon"].exists() else "none",
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
