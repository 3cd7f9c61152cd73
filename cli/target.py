"""Where the daemon is asked: the value of ``--ng``."""

from dataclasses import dataclass

from rtpng.ng.client import DEFAULT_PORT
from sipcore.address import Address, parse_port
from sipcore.errors import ParseError

DEFAULT_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Target:
    """A control port; ``host`` is a name or a numeric address without brackets."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT

    def __str__(self) -> str:
        return str(Address(self.host, self.port))


def parse_target(text: str) -> Target:
    """``HOST``, ``HOST:PORT``, ``[IPv6]`` or ``[IPv6]:PORT``. Raises ParseError."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or rest[:1] not in ("", ":"):
            raise ParseError(f"{text!r} is no control port, write an IPv6 address as [ADDRESS]:PORT")
        return _target(host, rest[1:], colon=bool(rest))
    host, first_colon, port = text.partition(":")
    if ":" in port:
        raise ParseError(f"{text!r} is no control port, put the IPv6 address into brackets: [::1]:2223")
    return _target(host, port, colon=bool(first_colon))


def _target(host: str, port: str, *, colon: bool) -> Target:
    if not host or not host.isprintable() or " " in host:
        raise ParseError("a control port is written as HOST:PORT, for example 127.0.0.1:2223")
    if not colon:
        return Target(host)
    number = parse_port(port)
    if not number:
        raise ParseError("port 0 cannot be asked, give the port of --listen-ng")
    return Target(host, number)
