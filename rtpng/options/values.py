"""The text of an option's value to the value: numbers within their bounds, words among the choices."""

import re
from collections.abc import Callable

from rtpng.config import Listen
from rtpng.errors import ConfigError
from rtpng.options.option import Kind, Option, Value
from sipcore.address import parse_host, parse_port
from sipcore.errors import ParseError

_INT = re.compile(r"\s*([+-]?)(?:0[xX]([0-9a-fA-F]{1,16})|([0-9]{1,19}))\s*", re.ASCII)
_FLOAT = re.compile(r"\s*[+-]?(?:\d{1,30}\.?\d{0,30}|\.\d{1,30})(?:[eE][+-]?\d{1,3})?\s*", re.ASCII)
_BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def read_value(option: Option, text: str) -> Value:
    """The value of an option that is no list. Raises ConfigError."""
    return _READERS[option.kind](option, text)


def _boolean(option: Option, text: str) -> bool:
    value = _BOOLEANS.get(text.strip().lower())
    if value is None:
        raise ConfigError(f"option {option.name} is a switch: write true or false, not {text!r}")
    return value


def _integer(option: Option, text: str) -> int:
    match = _INT.fullmatch(text)
    if match is None:
        raise ConfigError(f"option {option.name} needs a whole number, not {text!r}")
    sign, hexadecimal, decimal = match.groups()
    number = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return _bounded(option, -number if sign == "-" else number)


def _bounded(option: Option, number: int) -> int:
    low = -(2**63) if option.low is None else option.low
    high = 2**63 - 1 if option.high is None else option.high
    if low <= number <= high:
        return number
    if option.high is None:
        raise ConfigError(f"option {option.name} must be at least {low}, not {number}")
    raise ConfigError(f"option {option.name} must be from {low} to {high}, not {number}")


def _real(option: Option, text: str) -> float:
    if _FLOAT.fullmatch(text) is None:
        raise ConfigError(f"option {option.name} needs a number, not {text!r}")
    return float(text)


def _word(option: Option, text: str) -> str:
    """A choice may be written in any case."""
    word = text.strip()
    if not option.choices:
        return word
    for choice in option.choices:
        if choice.lower() == word.lower():
            return choice
    raise ConfigError(f"option {option.name} must be one of {', '.join(option.choices)}, not {word!r}")


def _one_of_list(option: Option, text: str) -> tuple[str, ...]:
    return (_word(option, text) if option.choices else text.strip(),)


_READERS: dict[Kind, Callable[[Option, str], Value]] = {
    Kind.BOOL: _boolean,
    Kind.INT: _integer,
    Kind.FLOAT: _real,
    Kind.STRING: _word,
    Kind.PATH: _word,
    Kind.LIST: _one_of_list,
}


def read_port(key: str, text: str) -> int:
    """A port number from 1. Raises ConfigError."""
    try:
        port = parse_port(text.strip())
    except ParseError:
        port = 0
    if not port:
        raise ConfigError(f"{key} needs port numbers from 1 to 65535, not {text.strip()!r}")
    return port


def read_listen(name: str, text: str, resolve: Callable[[str], tuple[str, ...]]) -> tuple[Listen, ...]:
    """``[ADDR:]PORT``, an IPv6 address in brackets; a host name listens on all its addresses. Raises ConfigError."""
    host, colon, port = text.strip().rpartition(":")
    try:
        number = parse_port(port)
    except ParseError as error:
        raise ConfigError(f"option {name}: {text!r} has no port: write ADDRESS:PORT or PORT, {error}") from error
    if not colon or host == "*":
        return (Listen(None, number),)
    return tuple(Listen(address, number) for address in _listen_hosts(name, host, resolve))


def _listen_hosts(name: str, host: str, resolve: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    bracketed = host.startswith("[") and host.endswith("]")
    try:
        address = parse_host(host[1:-1] if bracketed else host)
    except ParseError:
        address = ""
    if address and (bracketed == (":" in address)):
        return (address,)
    if address or bracketed or ":" in host or not host:
        raise ConfigError(f"option {name}: {host!r} is no address: write IPv4:PORT, [IPv6]:PORT or PORT")
    return _resolved(name, host, resolve)


def _resolved(name: str, host: str, resolve: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    try:
        return resolve(host)
    except (OSError, UnicodeError):  # getaddrinfo raises UnicodeError for labels that IDNA refuses
        raise ConfigError(f"option {name}: no address found for host {host!r}: give a numeric one") from None
