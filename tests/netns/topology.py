"""Hosts in network namespaces, joined by veth cables, for tests with real packets.

    with Network() as network:
        relay, caller = network.host("relay"), network.host("caller")
        cable = network.cable(relay, caller)              # addresses for both families, both ends up
        phone = caller.udp(cable.far.ip4, 5000)           # a socket that lives in the caller's namespace
        with relay.inside():                              # this thread acts as the relay
            table = NftTable(0, 100)
        relay.start("rtpengine", "--foreground", ...)     # ended with the network
        relay.run("nft", "list", "ruleset")               # -> its output

Everything that was made is taken back when the context ends: processes, sockets, namespaces. Needs root.
"""

import ctypes
import itertools
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from sipcore.address import Address

CLONE_NEWNET = 0x40000000
PATIENCE = 1.0  # seconds that a packet may take on a busy machine
SILENCE = 0.15  # seconds without a packet that count as "nothing comes"

_libc = ctypes.CDLL(None, use_errno=True)
_serial = itertools.count()


def allowed() -> bool:
    """Whether this process may make network namespaces; tests marked ``netns`` are skipped otherwise."""
    return os.geteuid() == 0 and subprocess.run(("unshare", "--net", "true"), capture_output=True).returncode == 0


@dataclass(frozen=True, slots=True)
class End:
    """One end of a cable: the device and its two addresses (text, without prefix length)."""

    host: "Host"
    device: str
    ip4: str
    ip6: str


@dataclass(frozen=True, slots=True)
class Cable:
    """Two ends, in the order in which the hosts were named."""

    near: End
    far: End


@dataclass(slots=True)
class Host:
    """One network namespace. ``name`` is what ``ip netns`` calls it."""

    name: str
    _owned: ExitStack = field(repr=False)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The calling thread is on this host until the block ends; what it opens stays here. Not across an await."""
        with open("/proc/thread-self/ns/net", "rb") as here, open(f"/run/netns/{self.name}", "rb") as there:
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(here.fileno())

    def udp(self, host: str, port: int = 0) -> socket.socket:
        """A bound UDP socket of this host; receiving gives up after PATIENCE. Closed with the network."""
        return self.bound(socket.SOCK_DGRAM, host, port)

    def bound(self, kind: int, host: str, port: int = 0) -> socket.socket:
        """A bound IPv4 or IPv6 socket of this host, of any kind (SOCK_STREAM, ...). Closed with the network."""
        with self.inside():
            opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
        self._owned.callback(opened.close)
        opened.settimeout(PATIENCE)
        opened.bind((host, port))
        return opened

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a command on this host to its end; with ``check`` a failure raises with what it said."""
        done = subprocess.run(("ip", "netns", "exec", self.name, *command), capture_output=True, text=True, timeout=60)
        if check and done.returncode:
            raise RuntimeError(f"{command}: exit {done.returncode}: {done.stderr or done.stdout}")
        return done

    def start(self, *command: str, **options: Any) -> "subprocess.Popen[bytes]":
        """Starts a command on this host (options as for Popen); terminated, then killed, with the network."""
        process = subprocess.Popen(("ip", "netns", "exec", self.name, *command), **options)
        self._owned.callback(end, process)
        return process

    def ip(self, *arguments: str) -> str:
        """``ip -n HOST ...``, for addresses, links, routes and neighbours."""
        return _ip("-n", self.name, *arguments)

    def sysctl(self, **values: int) -> None:
        """Sets kernel parameters of this host; ``__`` stands for a dot: ``net__ipv4__ip_forward=1``."""
        with self.inside():
            for key, value in values.items():
                Path("/proc/sys", *key.split("__")).write_text(str(value))


class Network:
    """A set of hosts and cables; a context manager that always cleans up. Names are unique per process and network."""

    def __init__(self, prefix: str = "rtpng") -> None:
        self._prefix = f"{prefix}{os.getpid()}-{next(_serial)}"
        self._owned = ExitStack()
        self._subnets = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._owned.close()

    def host(self, label: str) -> Host:
        """A new host with its loopback device up."""
        name = f"{self._prefix}-{label}"
        _ip("netns", "add", name)
        self._owned.callback(_delete, name)
        made = Host(name, self._owned)
        # Without duplicate address detection, because nothing can be sent from an address until it is over.
        made.sysctl(net__ipv6__conf__all__accept_dad=0, net__ipv6__conf__default__accept_dad=0)
        made.ip("link", "set", "lo", "up")
        return made

    def cable(
        self,
        near: Host,
        far: Host,
        *,
        devices: tuple[str, str] | None = None,
        ip4: tuple[str, str] | None = None,
        ip6: tuple[str, str] | None = None,
    ) -> Cable:
        """Joins two hosts. The N-th cable has 10.78.N.1/24 (near), .2 (far), fd78:N::1/64, ::2 and devices ``ethN``,
        unless named; addresses are given with their prefix length."""
        number = next(self._subnets)
        near_device, far_device = devices or (f"eth{number}", f"eth{number}")
        ip4 = ip4 or (f"10.78.{number}.1/24", f"10.78.{number}.2/24")
        ip6 = ip6 or (f"fd78:{number}::1/64", f"fd78:{number}::2/64")
        plug = ("type", "veth", "peer", "name", far_device, "netns", far.name)
        near.ip("link", "add", near_device, *plug)
        ends = tuple(
            _plug_in(host, device, *addresses)
            for host, device, *addresses in ((near, near_device, ip4[0], ip6[0]), (far, far_device, ip4[1], ip6[1]))
        )
        return Cable(*ends)


@dataclass(frozen=True, slots=True)
class ThreeHosts:
    """A caller and a callee on either side of a relay that does not route; all can name each other."""

    network: Network
    relay: Host
    caller: Host
    callee: Host
    inner: Cable  # relay (near) to caller (far)
    outer: Cable  # relay (near) to callee (far)


def three_hosts(network: Network) -> ThreeHosts:
    """The usual picture: default routes of caller and callee lead to the relay, whose ip_forward is 0."""
    relay, caller, callee = network.host("relay"), network.host("caller"), network.host("callee")
    inner, outer = network.cable(relay, caller), network.cable(relay, callee)
    relay.sysctl(net__ipv4__ip_forward=0, net__ipv4__conf__all__rp_filter=1)
    for cable in (inner, outer):
        cable.far.host.ip("route", "add", "default", "via", cable.near.ip4)
        cable.far.host.ip("-6", "route", "add", "default", "via", cable.near.ip6)
    return ThreeHosts(network, relay, caller, callee, inner, outer)


def arrived(receiver: socket.socket) -> tuple[bytes, Address] | None:
    """The next datagram and its sender, or None after PATIENCE."""
    try:
        data, sender = receiver.recvfrom(65535)
    except TimeoutError:
        return None
    return data, Address(sender[0], sender[1])


def silent(*receivers: socket.socket) -> bool:
    """Whether none of the sockets gets anything within SILENCE. Ask the one that must get something first."""
    for receiver in receivers:
        patience = receiver.gettimeout()
        receiver.settimeout(SILENCE)
        try:
            receiver.recvfrom(65535)
        except TimeoutError:
            continue
        finally:
            receiver.settimeout(patience)
        return False
    return True


def end(process: "subprocess.Popen[bytes]") -> None:
    """Terminates one process, kills it if it does not obey, and closes its pipes."""
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


def _plug_in(host: Host, device: str, ip4: str, ip6: str) -> End:
    host.ip("addr", "add", ip4, "dev", device)
    host.ip("-6", "addr", "add", ip6, "dev", device, "nodad")
    host.ip("link", "set", device, "up")
    return End(host, device, ip4.partition("/")[0], ip6.partition("/")[0])


def _enter(namespace: int) -> None:
    if _libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _ip(*arguments: str) -> str:
    done = subprocess.run(("ip", *arguments), capture_output=True, text=True, timeout=20)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def _delete(name: str) -> None:
    subprocess.run(("ip", "netns", "delete", name), capture_output=True)
