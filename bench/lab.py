"""Three hosts: [PREFIX-a: caller] A == RA [PREFIX-r: the relay] RB == B [PREFIX-b: callee].

The relay's devices receive through threaded NAPI: each has a kernel thread of its own, pinned to the relay's CPU. So
what the kernel does for the relay (IP and UDP receive, or nftables and forwarding) is charged to threads that can be
read, and not to the sender of the packet, as veth does otherwise. Handing a packet to caller or callee is on the
relay's account as well: roughly what a network card's transmit path costs.
"""

import os
import time
from collections.abc import Collection
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Self

from bench import priority, processes
from bench.errors import BenchError
from bench.shell import netns_path, run

DEVICE_QUEUE = 4096  # in front of veth's 256 slots: as deep as a network card's ring
NAPI_PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Port:
    """One end of a cable. ``name`` is A, RA, RB or B."""

    name: str
    netns: str
    device: str
    ip: str
    mac: str


class Lab:
    """The hosts, as a context manager; what an earlier run with the same prefix left behind is taken away first."""

    def __init__(self, prefix: str, generator_cpu: int, relay_cpus: Collection[int], nice: int) -> None:
        self.generator_cpu = generator_cpu
        self.relay_cpus = frozenset(relay_cpus)
        self.nice = nice
        self.relay = f"{prefix}-r"
        self.caller = Port("A", f"{prefix}-a", f"{prefix}A", "10.77.1.2", "02:77:01:00:00:02")
        self.to_caller = Port("RA", self.relay, f"{prefix}RA", "10.77.1.1", "02:77:01:00:00:01")
        self.to_callee = Port("RB", self.relay, f"{prefix}RB", "10.77.2.1", "02:77:02:00:00:01")
        self.callee = Port("B", f"{prefix}-b", f"{prefix}B", "10.77.2.2", "02:77:02:00:00:02")
        self.kernel_threads: tuple[int, ...] = ()
        self._owned = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self._take_down)
            self._take_down()
            self._build()
            self._owned = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._owned.close()

    def _build(self) -> None:
        for netns in self._namespaces():
            run(f"ip netns add {netns}")
            run(f"ip -n {netns} link set lo up")
        for outer, inner in ((self.caller, self.to_caller), (self.callee, self.to_callee)):
            _cable(outer, inner)
            _plug_in(outer, inner)
            _plug_in(inner, outer)
            _drop_media(outer)
        self.kernel_threads = (*self._napi_threads(), *self._softirq_threads())

    def _namespaces(self) -> tuple[str, ...]:
        return (self.caller.netns, self.relay, self.callee.netns)

    def _take_down(self) -> None:
        for netns in self._namespaces():
            if netns_path(netns).exists():
                run(f"ip netns del {netns}")

    def _napi_threads(self) -> list[int]:
        """The receiving threads of the relay's devices, moved to the relay's CPUs."""
        threads = []
        for port in (self.to_caller, self.to_callee):
            _in(port, "sh", "-c", f"echo 1 > /sys/class/net/{port.device}/threaded")
            thread = _awaited(f"napi/{port.device}-")
            os.sched_setaffinity(thread, self.relay_cpus)
            with suppress(PermissionError):
                priority.prefer(thread, self.nice)
            threads.append(thread)
        return threads

    def _softirq_threads(self) -> list[int]:
        """Where the kernel puts receive work that takes too long at a time."""
        return [thread for cpu in self.relay_cpus for thread in processes.named(f"ksoftirqd/{cpu}\n")]


def _cable(outer: Port, inner: Port) -> None:
    run(
        f"ip link add {outer.device} netns {outer.netns} address {outer.mac} type veth "
        f"peer name {inner.device} netns {inner.netns} address {inner.mac}"
    )


def _plug_in(port: Port, peer: Port) -> None:
    run(f"ip -n {port.netns} addr add {port.ip}/24 dev {port.device}")
    run(f"ip -n {port.netns} link set {port.device} up")
    run(f"ip -n {port.netns} neigh replace {peer.ip} lladdr {peer.mac} dev {port.device} nud permanent")
    _in(port, "tc", "qdisc", "replace", "dev", port.device, "root", "pfifo", "limit", str(DEVICE_QUEUE))
    # veth uses NAPI with GRO on, and only towards a peer without TSO
    _in(port, "ethtool", "-K", port.device, "gro", "on", "tso", "off")


def _drop_media(port: Port) -> None:
    """Caller and callee are read by the generator's tap, which comes first: no RTP goes up their stacks."""
    _in(port, "nft", "add table netdev bench")
    hook = f"type filter hook ingress device {port.device} priority 0;"
    _in(port, "nft", f"add chain netdev bench in {{ {hook} }}")
    _in(port, "nft", "add rule netdev bench in ip protocol udp @th,64,2 2 drop")


def _in(port: Port, *command: str) -> None:
    run(["ip", "netns", "exec", port.netns, *command])


def _awaited(name: str) -> int:
    until = time.monotonic() + NAPI_PATIENCE
    while time.monotonic() < until:
        for thread in processes.named(name):
            return thread
        time.sleep(0.05)
    raise BenchError(f"kernel thread {name} did not come up: threaded NAPI of veth needs Linux 5.12")
