"""The settings of ``rtpng serve`` for somebody who gives none."""

from collections.abc import Callable, Mapping, Sequence

from rtpng.config import Config
from rtpng.local_addresses import address_of_default_route
from rtpng.options.interface_list import Host
from rtpng.options.reader import parse_command_line, read_text

_LOOPBACK = "127.0.0.1"


def serve_defaults(own_address: str | None) -> Mapping[str, str]:
    """Option texts for a relay that serves one proxy on this host; ``own_address`` None keeps media on loopback."""
    return {
        "config-file": "none",
        "interface": own_address or _LOOPBACK,
        "listen-ng": f"{_LOOPBACK}:2223",
        "table": "0",
        "foreground": "true",
        "log-stderr": "true",
    }


def serve_config(
    arguments: Sequence[str] = (),
    read_file: Callable[[str], str] = read_text,
    host: Host | None = None,
    own_address: Callable[[], str | None] = address_of_default_route,
) -> Config:
    """What the arguments say, and friendly values for all that they do not. Raises ConfigError."""
    return parse_command_line(arguments, read_file, host, serve_defaults(own_address()))
