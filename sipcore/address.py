"""Transport addresses as they appear in SDP and in socket calls."""

import ipaddress
import socket
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from sipcore.errors import ParseError, quoted


class Family(Enum):
    """Address family; the value is SDP's addrtype (RFC 8866 5.7)."""

    IP4 = "IP4"
    IP6 = "IP6"


class Address(NamedTuple):
    """A host (numeric text, no brackets) and a port; goes into ``sendto()`` as it is."""

    host: str
    port: int

    @property
    def family(self) -> Family:
        return family_of(self.host)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def family_of(host: str) -> Family:
    """The family of a numeric host; does not validate it."""
    return Family.IP6 if ":" in host else Family.IP4


@lru_cache(maxsize=1024)
def packed(host: str) -> bytes:
    """The 4 or 16 bytes of a numeric host, without its zone. Raises OSError for names and nonsense."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.inet_pton(family, host.partition("%")[0])


# A call asks a dozen times about the same four hosts; to read one takes 7 microseconds, to tell its kind up to 10.
_remembered = lru_cache(maxsize=4096)


@_remembered
def ip_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """A numeric host as a number, to ask what kind it is. Raises ValueError for names and nonsense."""
    return ipaddress.ip_address(host)


@_remembered
def is_global(host: str) -> bool:
    """Whether the internet routes a numeric host."""
    return ip_of(host).is_global


@_remembered
def is_loopback(host: str) -> bool:
    """Whether a numeric host is this one, by an address that only its own programs can use."""
    return ip_of(host).is_loopback


@_remembered
def is_unicast(host: str) -> bool:
    """Whether anything may be sent to a numeric host: not to multicast, broadcast or the unspecified address."""
    address = ip_of(host)
    return not (address.is_multicast or address.is_unspecified or host == "255.255.255.255")


@_remembered
def parse_host(text: str) -> str:
    """Canonical text of a numeric IPv4 or IPv6 address without zone. Raises ParseError for names and nonsense."""
    try:
        address = ip_of(text)
    except ValueError:
        raise ParseError(f"not a numeric IP address: {quoted(text)}") from None
    if "%" in text:  # a zone means something on one host only, and would choose our outgoing link
        raise ParseError(f"IP address with a zone: {quoted(text)}")
    return str(address)


def parse_port(text: str) -> int:
    """A UDP port from decimal digits, 0 to 65535. Raises ParseError."""
    if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535:
        return int(text)
    raise ParseError(f"not a port number (0 to 65535): {quoted(text)}")
