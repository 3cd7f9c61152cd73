"""Where the daemon is asked: the value of ``--ng``."""

from dataclasses import dataclass
from typing import Any

import click

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
            raise ParseError("write an IPv6 address as [ADDRESS]:PORT")
        return _target(host, rest[1:], colon=bool(rest))
    host, first_colon, port = text.partition(":")
    if ":" in port:
        raise ParseError("put the IPv6 address into brackets, as in [::1]:2223")
    return _target(host, port, colon=bool(first_colon))


def _target(host: str, port: str, *, colon: bool) -> Target:
    if not host or not host.isprintable() or " " in host:
        raise ParseError("write HOST:PORT, as in 127.0.0.1:2223")
    if not colon:
        return Target(host)
    number = parse_port(port)
    if not number:
        raise ParseError("port 0 cannot be asked")
    return Target(host, number)


class TargetType(click.ParamType):
    """``parse_target`` for click."""

    name = "HOST:PORT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Target:
        if isinstance(value, Target):
            return value
        try:
            return parse_target(str(value))
        except ParseError as error:
            self.fail(f"{value!r} is no control port: {error}.", param, ctx)
