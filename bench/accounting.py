"""Who used how much CPU between two moments."""

import os
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import processes
from bench.lab import Lab

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cpu:
    """Seconds of one CPU since boot, from the tick-sampled counters."""

    busy: float
    stolen: float  # taken by the hypervisor


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at everything that is charged. CPU times in seconds."""

    at: float
    daemon: float
    kernel: float
    generator: float
    cpus: Mapping[int, Cpu]
    datagrams: int  # given to a socket of the relay


@dataclass(frozen=True, slots=True)
class Usage:
    """The difference of two readings. CPU times in seconds."""

    wall: float
    daemon: float
    kernel: float
    generator: float
    other: float  # busy for others than these three; sampled, so a few percent off
    stolen: float
    datagrams: int

    @property
    def relay(self) -> float:
        return self.daemon + self.kernel


def read(lab: Lab, daemon: Collection[int], generator: Collection[int]) -> Reading:
    """Reads everything; ``daemon`` are processes, the first of them one in the relay's namespace."""
    return Reading(
        at=time.monotonic(),
        daemon=processes.cpu_ns(daemon) / 1e9,
        kernel=processes.cpu_ns(lab.kernel_threads) / 1e9,
        generator=processes.cpu_ns(generator) / 1e9,
        cpus=cpus(Path("/proc/stat").read_text()),
        datagrams=udp_datagrams(Path(f"/proc/{next(iter(daemon))}/net/snmp").read_text()),
    )


def between(before: Reading, after: Reading) -> Usage:
    daemon, kernel = after.daemon - before.daemon, after.kernel - before.kernel
    generator = after.generator - before.generator
    busy = sum(cpu.busy - before.cpus[number].busy for number, cpu in after.cpus.items())
    return Usage(
        wall=after.at - before.at,
        daemon=daemon,
        kernel=kernel,
        generator=generator,
        other=max(0.0, busy - daemon - kernel - generator),
        stolen=sum(cpu.stolen - before.cpus[number].stolen for number, cpu in after.cpus.items()),
        datagrams=after.datagrams - before.datagrams,
    )


def cpus(stat: str) -> dict[int, Cpu]:
    """The lines ``cpuN user nice system idle iowait irq softirq steal ...`` of /proc/stat."""
    rows = (line.split() for line in stat.splitlines())
    return {int(row[0][3:]): _cpu(row[1:9]) for row in rows if row and row[0][:3] == "cpu" and row[0] != "cpu"}


def udp_datagrams(snmp: str) -> int:
    """``InDatagrams`` of the two lines ``Udp:`` of /proc/PID/net/snmp, names and values."""
    names, values = (line.split() for line in snmp.splitlines() if line.startswith("Udp:"))
    return int(values[names.index("InDatagrams")])


def _cpu(ticks: list[str]) -> Cpu:
    user, nice, system, _idle, _iowait, irq, softirq, stolen = (int(text) / TICKS for text in ticks)
    return Cpu(user + nice + system + irq + softirq, stolen)
