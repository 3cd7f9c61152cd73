"""The values of ``--interface``, and the file's interface sections: text to ``Interface``."""

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from rtpng.errors import ConfigError
from rtpng.interfaces import Interface
from rtpng.local_addresses import LocalAddress, local_addresses, resolve
from rtpng.options.values import read_port
from sipcore.address import family_of

DEFAULT_NAME = "default"


@dataclass(frozen=True, slots=True)
class Host:
    """What the machine is asked: its own addresses, and those of a host name; both may raise OSError."""

    local_addresses: Callable[[], tuple[LocalAddress, ...]] = local_addresses
    resolve: Callable[[str], tuple[str, ...]] = resolve


@dataclass(frozen=True, slots=True)
class PortRange:
    """The media ports of an interface, inclusive."""

    low: int = 30000
    high: int = 39999
    exclude: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class InterfaceList:
    """What a list of interface values describes."""

    interfaces: tuple[Interface, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()

    def __add__(self, other: "InterfaceList") -> "InterfaceList":
        interfaces = tuple(dict.fromkeys(self.interfaces + other.interfaces))
        return InterfaceList(interfaces, self.aliases + other.aliases)


def read_interfaces(texts: Iterable[str], ports: PortRange, host: Host) -> InterfaceList:
    """Values of ``--interface``; each may hold several, separated by white space or semicolons. Raises ConfigError."""
    found = InterfaceList()
    for text in texts:
        for single in text.replace(";", " ").split():
            found += _read_interface(single, ports, host)
    return found


def _read_interface(text: str, ports: PortRange, host: Host) -> InterfaceList:
    alias, equals, target = text.partition("=")
    if equals:
        return InterfaceList(aliases=(_read_alias(text, alias, target),))
    name, slash, rest = text.rpartition("/")
    address, mark, advertised = rest.partition("!")
    if (slash and not name) or not address or (mark and not advertised):
        raise _malformed(text)
    return InterfaceList(_expand(name or DEFAULT_NAME, address, advertised or None, ports, host))


def _read_alias(text: str, alias: str, target: str) -> tuple[str, str]:
    if not alias or not target or set("/!=") & set(alias + target):
        raise _malformed(text)
    return alias, target


def _malformed(text: str) -> ConfigError:
    return ConfigError(f"interface {text!r} is not understood: write [NAME/]ADDRESS[!ADVERTISED] or NAME=OTHER")


def _expand(name: str, address: str, advertised: str | None, ports: PortRange, host: Host) -> tuple[Interface, ...]:
    """One interface for each address that the text stands for."""
    shown = None if advertised is None else _addresses(advertised, host, local=False)
    made = tuple(
        Interface(name, own, _advertised(own, shown), ports.low, ports.high, ports.exclude)
        for own in _addresses(address, host, local=True)
    )
    if shown and not any(family_of(text) is interface.family for text in shown for interface in made):
        raise ConfigError(f"interface {address}!{advertised}: the address after ! must be of the same family")
    return made


def _advertised(own: str, shown: tuple[str, ...] | None) -> str:
    return next((text for text in shown or () if family_of(text) is family_of(own)), own)


def _addresses(text: str, host: Host, *, local: bool) -> tuple[str, ...]:
    """The numeric addresses that a numeric address, a device, ``any`` or a host name stands for."""
    numeric = _numeric(text)
    if numeric is not None:
        return (_usable(numeric, text),)
    found = (_local(text, host) if local else ()) or _resolved(text, host)
    if not found:
        raise ConfigError(f"interface {text!r} has no usable address: give the address of a device that is up")
    return found


def _numeric(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _usable(address: str, text: str) -> str:
    parsed = ipaddress.ip_address(address)
    if parsed.is_unspecified:
        raise ConfigError(f"interface {text!r} cannot stand in SDP: give a real address, or the word any")
    if parsed.is_multicast or parsed.is_link_local:
        raise ConfigError(f"interface {text!r} is no address that peers can reach: give a unicast address with a route")
    return address


def _local(text: str, host: Host) -> tuple[str, ...]:
    """The usable addresses of a device by its name or alias, or of all devices for ``any``."""
    try:
        found = host.local_addresses()
    except OSError as error:
        raise ConfigError(f"interface {text!r}: cannot list local addresses ({error}): give a numeric one") from error
    if text == "any":
        return _routable(local for local in found if not local.loopback)
    return _routable(local for local in found if text in (local.device, local.label))


def _routable(found: Iterable[LocalAddress]) -> tuple[str, ...]:
    return tuple(local.address for local in found if local.up and not ipaddress.ip_address(local.address).is_link_local)


def _resolved(text: str, host: Host) -> tuple[str, ...]:
    if text == "any":
        return ()
    try:
        return tuple(_usable(address, text) for address in host.resolve(text))
    except (OSError, UnicodeError):  # getaddrinfo raises UnicodeError for labels that IDNA refuses
        raise ConfigError(
            f"interface {text!r} is neither an address, nor a device of this host, nor a host name"
        ) from None


_ADVERTISED_KEYS = ("advertised", "advertised address", "advertised-address", "advertised_address")
_SECTION_KEYS = frozenset({"address", "name", "alias", "port-min", "port-max", "exclude-ports", *_ADVERTISED_KEYS})


def read_section(name: str, section: Mapping[str, str], ports: PortRange, host: Host) -> InterfaceList:
    """One ``[PREFIX-NAME]`` section of the configuration file. Raises ConfigError."""
    unknown = sorted(section.keys() - _SECTION_KEYS)
    if unknown:
        raise ConfigError(f"interface section {name!r}: unknown key {unknown[0]!r}, known are {_known_keys()}")
    name = section.get("name", name)
    if "alias" in section:
        return InterfaceList(aliases=(_read_alias(f"{name}={section['alias']}", name, section["alias"]),))
    if not section.get("address"):
        raise ConfigError(f"interface section {name!r} has no address: add a line address = ...")
    advertised = next((section[key] for key in _ADVERTISED_KEYS if section.get(key)), None)
    return InterfaceList(_expand(name, section["address"], advertised, _section_ports(section, ports), host))


def _known_keys() -> str:
    return ", ".join(sorted(_SECTION_KEYS))


def _section_ports(section: Mapping[str, str], ports: PortRange) -> PortRange:
    return checked(
        PortRange(
            read_port("port-min", section["port-min"]) if "port-min" in section else ports.low,
            read_port("port-max", section["port-max"]) if "port-max" in section else ports.high,
            ports.exclude | frozenset(_port_list(section.get("exclude-ports", ""))),
        )
    )


def _port_list(text: str) -> Iterator[int]:
    for part in text.replace(";", " ").replace(",", " ").split():
        first, dash, last = part.partition("-")
        low = read_port("exclude-ports", first)
        yield from range(low, (read_port("exclude-ports", last) if dash else low) + 1)


def checked(ports: PortRange) -> PortRange:
    """``ports`` itself. Raises ConfigError when it holds no pair of an even port and the next one."""
    if ports.low > ports.high:
        raise ConfigError(f"port-min {ports.low} is above port-max {ports.high}: exchange them")
    first_even = ports.low + ports.low % 2
    if first_even + 1 > ports.high:
        raise ConfigError(
            f"ports {ports.low} to {ports.high} hold no even port with its odd neighbour: widen the range"
        )
    return ports


def without_ports(interface: Interface, taken: Iterable[int]) -> Interface:
    """``interface`` without ports that others of our sockets use."""
    inside = (port for port in taken if interface.port_min <= port <= interface.port_max)
    return replace(interface, exclude_ports=interface.exclude_ports | frozenset(inside))
