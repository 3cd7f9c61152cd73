"""Logical interfaces: named groups of local addresses (``--interface=[NAME/]ADDR[!ADVERTISED]``)."""

import logging
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from secrets import token_hex

from rtpng.errors import ConfigError
from sipcore.address import Family, family_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Interface:
    """One local address of one logical interface.

    ``address`` is bound, ``advertised`` is printed in SDP; media ports are ``port_min`` to ``port_max``, inclusive,
    without ``exclude_ports``.
    """

    name: str
    address: str
    advertised: str
    port_min: int = 30000
    port_max: int = 39999
    exclude_ports: frozenset[int] = frozenset()
    foundation: str = field(default_factory=lambda: token_hex(8), compare=False)  # of ICE candidates

    @property
    def family(self) -> Family:
        return family_of(self.address)


class Interfaces:
    """The logical interfaces of one daemon, and whose turn it is in each group (``BASE:SUFFIX``).

    Raises ConfigError when there is no interface, or when an alias leads nowhere.
    """

    def __init__(self, interfaces: Iterable[Interface], aliases: Iterable[tuple[str, str]] = ()) -> None:
        self._members: dict[str, list[Interface]] = {}
        for interface in interfaces:
            self._members.setdefault(interface.name, []).append(interface)
        if not self._members:
            raise ConfigError("Cannot start without any configured interfaces")
        self._groups = _groups(self._members)
        self._turns = dict.fromkeys(self._groups, 0)
        self._aliases = dict(aliases)
        for alias in self._aliases:
            if self._logical(alias) is None:
                raise ConfigError(f"interface alias {alias}={self._aliases[alias]} leads to no interface: define one")

    @property
    def default(self) -> Interface:
        """The first interface that was configured."""
        return next(iter(self._members.values()))[0]

    @property
    def all(self) -> tuple[Interface, ...]:
        return tuple(interface for members in self._members.values() for interface in members)

    def choose(self, name: str | None, family: Family | None) -> Interface:
        """The address to use for a party: the first of the wanted family, else the first of the logical interface.

        Asking for a group takes the turn of its next member.
        """
        logical = self.default.name if name is None else self._logical(name)
        if logical is None:
            _log.warning("Interface '%s' not found, using default", name)
            logical = self.default.name
        members = self._members.get(logical) or self._next_of(logical, family)
        return _of_family(members, family) or members[0]

    def beside(self, interface: Interface) -> tuple[Interface, ...]:
        """The other addresses of its logical interface."""
        return tuple(member for member in self._members.get(interface.name, ()) if member is not interface)

    def includes(self, name: str, interface: Interface) -> bool:
        """Whether ``choose`` may answer a name with this interface, the group's turn and families aside."""
        logical = self._logical(name) or self.default.name
        return interface.name in self._groups.get(logical, (logical,))

    def _logical(self, name: str) -> str | None:
        """The logical interface or group that a name stands for."""
        for _ in range(len(self._aliases) + 1):
            if name in self._members or name in self._groups:
                return name
            if name not in self._aliases:
                return None
            name = self._aliases[name]
        return None  # the aliases run in a circle

    def _next_of(self, group: str, family: Family | None) -> list[Interface]:
        names = self._groups[group]
        turn = self._turns[group]
        order = [names[(turn + step) % len(names)] for step in range(len(names))]
        chosen = next((name for name in order if _of_family(self._members[name], family)), order[0])
        self._turns[group] = (names.index(chosen) + 1) % len(names)
        return self._members[chosen]


def _groups(names: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name in names:
        base, colon, _ = name.partition(":")
        if colon:
            groups.setdefault(base, []).append(name)
    return groups


def _of_family(members: list[Interface], family: Family | None) -> Interface | None:
    return next((member for member in members if family in (None, member.family)), None)


def check_bindable(interface: Interface) -> None:
    """Raises ConfigError when media sockets cannot be bound to the interface's address."""
    family = socket.AF_INET6 if interface.family is Family.IP6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((interface.address, 0))
    except OSError as error:
        raise ConfigError(
            f"interface {interface.name}/{interface.address} cannot be used ({error.strerror}): "
            "give an address of this host, and after ! the one to show in SDP"
        ) from error
