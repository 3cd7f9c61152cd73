"""Looks at this host: addresses, ports, limits. Changes nothing."""

import errno
import resource
import socket

from cli.ask import Daemon
from cli.doctor.findings import Control, Ports
from sipcore.address import Address, Family


def usable(host: str) -> bool:
    """Whether media sockets can be bound to the numeric address."""
    return _binding(Address(host, 0)) is None


def media_ports(host: str, low: int, high: int) -> Ports:
    """Tries each port once."""
    free = sum(_binding(Address(host, port)) is None for port in range(low, high + 1))
    return Ports(low, high, free)


def control(daemon: Daemon) -> Control:
    """Asks first: a port that answers needs no further look. Raises ClickException for a name without address."""
    if daemon.answers():
        return Control.ANSWERS
    with daemon.clear_errors():
        found = socket.getaddrinfo(daemon.target.host, daemon.target.port, type=socket.SOCK_DGRAM)
    problem = _binding(Address(str(found[0][4][0]), daemon.target.port))
    if problem is None:
        return Control.FREE
    return Control.TAKEN if problem == errno.EADDRINUSE else Control.FOREIGN


def file_limit() -> int:
    """How many files the daemon may open, like ``ulimit -Hn``: it raises its own limit as far as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return hard if hard != resource.RLIM_INFINITY else 1 << 30


def _binding(address: Address) -> int | None:
    """Why a UDP socket cannot be bound, as errno; None if it can."""
    family = socket.AF_INET6 if address.family is Family.IP6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind(address)
    except OSError as error:
        return error.errno or errno.EINVAL
    return None
