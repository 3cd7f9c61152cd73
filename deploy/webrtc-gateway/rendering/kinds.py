"""Kinds of values in the settings file: each makes a value of a text, or says what is wrong with it."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}$)({_LABEL}\.)*{_LABEL}", re.IGNORECASE)
_AGENT = re.compile(r"[A-Za-z0-9._-]{1,32}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{12,128}")
_ORIGIN = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?")
_RUN_FOLDER = re.compile(r"/run/[A-Za-z0-9-]+")
_PATH = re.compile(r"/[\w./+@-]*")


class KindError(ValueError):
    """What a value should be; fits behind "NAME must be"."""


@dataclass(frozen=True, slots=True)
class Ports:
    """A range of ports, both ends included."""

    first: int
    last: int

    @classmethod
    def read(cls, text: str) -> Self:
        first, _, last = text.partition("-")
        try:
            ports = cls(port(first), port(last))
        except KindError:
            raise KindError("two ports with a hyphen between them, such as 10000-19999") from None
        if ports.first >= ports.last:
            raise KindError("a range whose first port is less than its last")
        return ports

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class HostPort:
    """An IPv4 address and a port."""

    host: str
    port: int

    @classmethod
    def read(cls, text: str) -> Self:
        host, _, number = text.rpartition(":")
        try:
            return cls(address(host), port(number))
        except KindError:
            raise KindError("an IPv4 address and a port, such as 192.0.2.10:5060") from None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def address(text: str) -> str:
    try:
        if (found := ip_address(text)).version == 4 and not found.is_unspecified:
            return str(found)
    except ValueError:
        pass
    raise KindError("an IPv4 address of one host, such as 192.168.1.10")


def addresses(text: str) -> tuple[str, ...]:
    return tuple(address(word) for word in text.split())


def port(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536:
        return int(text)
    raise KindError("a port, 1 to 65535")


def seconds(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 6:
        return int(text)
    raise KindError("a number of seconds")


def switch(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise KindError("yes or no")
    return text == "yes"


def domain(text: str) -> str:
    return _matching(_DOMAIN, text, "a host name, such as gw.example.com").lower()


def path(text: str) -> str:
    return _matching(_PATH, text, "an absolute path without spaces")


def run_folder(text: str) -> str:
    return _matching(_RUN_FOLDER, text, "a folder directly below /run")


def secret(text: str) -> str:
    return _matching(_SECRET, text, "empty, to have one made, or 12 to 128 letters, digits, - and _")


def origins(text: str) -> tuple[str, ...]:
    return tuple(_matching(_ORIGIN, word, "origins such as https://example.com:443") for word in text.split())


def agents(text: str) -> tuple[str, ...]:
    names = tuple(_matching(_AGENT, word, "extensions with spaces between them") for word in text.split())
    if len(set(names)) < len(names):
        raise KindError("extensions that differ from each other")
    return names


def passwords(text: str) -> dict[str, str]:
    """``1001:secret 1002:secret``."""
    pairs = (word.partition(":")[::2] for word in text.split())
    try:
        return {_matching(_AGENT, agent, ""): secret(password) for agent, password in pairs}
    except KindError:
        raise KindError(
            "empty, or words such as 1001:PASSWORD with passwords of at least 12 letters and digits"
        ) from None


def side(text: str) -> str:
    return _one_of(text, "outside", "inside")


def media(text: str) -> str:
    return _one_of(text, "rtp", "webrtc")


def _one_of(text: str, *words: str) -> str:
    if text not in words:
        raise KindError(" or ".join(words))
    return text


def _matching(pattern: re.Pattern[str], text: str, wanted: str) -> str:
    if not pattern.fullmatch(text):
        raise KindError(wanted)
    return text
