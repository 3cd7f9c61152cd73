"""A host with one address of each family, a reader of command lines on it, and a sample text for every option."""

from collections.abc import Callable

from rtpng.config import Config
from rtpng.local_addresses import LocalAddress
from rtpng.options.interface_list import Host
from rtpng.options.option import Kind, Option, Support
from rtpng.options.reader import parse_command_line
from rtpng.options.table import OPTIONS

LISTENING = ("--interface=10.0.0.1", "--listen-ng=127.0.0.1:2223")
LISTENS = {"listen-ng", "listen-tcp-ng", "listen-cli", "listen-http", "listen-https"}
HOST = Host(
    local_addresses=lambda: (
        LocalAddress("lo", "lo", "127.0.0.1", loopback=True),
        LocalAddress("eth0", "eth0", "10.0.0.1"),
        LocalAddress("eth0", "eth0", "2001:db8::1"),
    ),
    resolve=lambda name: {"relay.example": ("10.0.0.1",), "localhost": ("127.0.0.1", "::1")}[name],
)


def no_file(path: str) -> str:
    raise FileNotFoundError(path)


def file_of(text: str) -> Callable[[str], str]:
    return lambda path: text


def parse(*arguments: str, text: str | None = None) -> Config:
    return parse_command_line(arguments, no_file if text is None else file_of(text), HOST)


def sample(option: Option) -> str:
    """A text that the option accepts, other than its default."""
    if option.name == "interface":
        return "10.0.0.9"
    if option.name in (*LISTENS, "dtmf-log-dest", "graphite", "homer"):
        return "127.0.0.1:2224"
    if option.choices:
        return next(choice for choice in option.choices if choice != option.default)
    in_range = max(option.low or 0, 3)
    return {
        Kind.BOOL: "true",
        Kind.INT: str(40000 if option.name == "port-max" else in_range),
        Kind.FLOAT: "1.5",
        Kind.STRING: "text",
        Kind.PATH: "none",
        Kind.LIST: "one",
    }[option.kind]


SPECIAL = {"help", "version", "codecs", "config-file", "config-section", "templates"}
PLAIN = [option for option in OPTIONS if option.name not in SPECIAL and option.support is not Support.REFUSED]
REFUSED = [option for option in OPTIONS if option.support is Support.REFUSED]


def named(option: Option) -> str:
    return option.name


def unresolved(name: str) -> tuple[str, ...]:
    raise OSError(name)
