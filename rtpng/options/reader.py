"""Command line and configuration file to ``Config``."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from rtpng.config import Config, Listen, Notice
from rtpng.errors import ConfigError
from rtpng.interfaces import Interface, Interfaces
from rtpng.log import SUBSYSTEMS
from rtpng.options import command_line, key_file
from rtpng.options.dtls_options import dtls_notices, dtls_settings
from rtpng.options.interface_list import (
    Host,
    InterfaceList,
    PortRange,
    checked,
    read_interfaces,
    read_section,
    without_ports,
)
from rtpng.options.option import Kind, Option, Support, Value
from rtpng.options.table import BY_NAME, OPTIONS, named
from rtpng.options.values import read_listen, read_value
from sipcore.address import Address

DEFAULT_FILE = "/etc/rtpengine/rtpengine.conf"
DEFAULT_SECTION = "rtpengine"
_NO_DEFAULTS: Mapping[str, str] = MappingProxyType({})
_WARNING, _INFO = 4, 6

Values = Mapping[str, Value]


def read_text(path: str) -> str:
    """The real file reader. Raises OSError."""
    return Path(path).read_text(encoding="utf-8", errors="surrogateescape")


def parse_command_line(
    arguments: Sequence[str],
    read_file: Callable[[str], str] = read_text,
    host: Host | None = None,
    defaults: Mapping[str, str] = _NO_DEFAULTS,
) -> Config:
    """The daemon's settings from its arguments (without the program's name) and from the configuration file.

    The command line overrides the file, and the file overrides ``defaults`` (texts by option name); a list is
    replaced as a whole. Raises ConfigError with one sentence that says what to do.
    """
    preset = {name: _value(BY_NAME[name], text) for name, text in defaults.items()}
    typed = _collected(command_line.split(arguments))
    sections, source = _read_sections({**preset, **typed}, read_file)
    filed = _of_section(sections, {**preset, **typed}, source, explicit="config-section" in typed)
    given = {**filed, **typed}
    _refuse(given)
    return _configure({**preset, **given}, sections, host or Host(), tuple(map(_without_effect, _idle(given))))


def _value(option: Option, text: str) -> Value:
    return key_file.split(text) if option.kind is Kind.LIST else read_value(option, text)


def _collected(given: Sequence[tuple[Option, str]]) -> dict[str, Value]:
    """Values by name: of a list all that were given, else the last."""
    values: dict[str, Value] = {}
    for option, text in given:
        value = read_value(option, text)
        if option.kind is Kind.LIST:
            value = (*cast("tuple[str, ...]", values.get(option.name, ())), *cast("tuple[str, ...]", value))
        values[option.name] = value
    return values


def _read_sections(values: Values, read_file: Callable[[str], str]) -> tuple[key_file.Sections, str]:
    named_file = cast("str | None", values.get("config-file"))
    path = named_file or DEFAULT_FILE
    if path == "none":
        return {}, path
    try:
        return key_file.parse(read_file(path), path), path
    except FileNotFoundError:
        if named_file is None:
            return {}, path
        raise ConfigError(f"configuration file {path} does not exist: create it, or say --config-file=none") from None
    except OSError as error:
        raise ConfigError(f"configuration file {path} cannot be read: {error.strerror}") from error


def _of_section(sections: key_file.Sections, values: Values, source: str, *, explicit: bool) -> dict[str, Value]:
    name = cast("str", values.get("config-section", DEFAULT_SECTION))
    if explicit and name not in sections:
        raise ConfigError(f"configuration file {source} has no section [{name}]: see --config-section")
    try:
        return {
            key: _value(named(key, f"unknown option {key!r}"), text if _is_list(key) else key_file.unescape(text))
            for key, text in sections.get(name, {}).items()
        }
    except ConfigError as error:
        raise ConfigError(f"{source}, section [{name}]: {error}") from None


def _is_list(key: str) -> bool:
    return key in BY_NAME and BY_NAME[key].kind is Kind.LIST


def _refuse(given: Values) -> None:
    """Raises ConfigError for the first option that cannot be taken."""
    for name in _used(given, Support.REFUSED):
        option = BY_NAME[name]
        if option.unless is None or not given.get(option.unless):
            raise ConfigError(f"option {name} is refused: {option.reason}")


def _used(given: Values, support: Support) -> list[str]:
    """The given options of that kind; a switch that is off asks for nothing."""
    return [name for name, value in given.items() if BY_NAME[name].support is support and value is not False]


def _idle(given: Values) -> list[str]:
    return _used(given, Support.REFUSED) + _used(given, Support.ACCEPTED)


def _without_effect(name: str) -> Notice:
    option = BY_NAME[name]
    level = _INFO if option.support is Support.ACCEPTED else _WARNING
    return Notice(level, f"option {name} has no effect in rtpng: {option.reason}")


def _configure(values: Values, sections: key_file.Sections, host: Host, notices: tuple[Notice, ...]) -> Config:
    get = _Typed({option.name: option.default for option in OPTIONS} | dict(values))
    found = _interfaces(get, sections, host)
    listens = {name: _listens(get, name, host) for name in (*_PROXIES, "listen-cli")}
    everywhere = tuple(chain.from_iterable(listens.values()))
    _check_listening(get, listens)
    return Config(
        interfaces=tuple(_beside_control_ports(interface, everywhere) for interface in found.interfaces),
        aliases=found.aliases,
        listen_ng=listens["listen-ng"],
        listen_tcp_ng=listens["listen-tcp-ng"],
        listen_cli=listens["listen-cli"],
        listen_http=listens["listen-http"],
        listen_https=listens["listen-https"],
        timeout=_seconds(get, "timeout"),
        silent_timeout=_seconds(get, "silent-timeout"),
        final_timeout=_seconds(get, "final-timeout"),
        offer_timeout=_seconds(get, "offer-timeout"),
        delete_delay=float(get.integer("delete-delay")),
        log_timestamps=not get.flag("no-log-timestamps"),
        log_levels=tuple(_own_levels(values)),
        templates=_templates(get, sections),
        dtls=dtls_settings(get.values),
        dtmf_log_dest=_destination(get, "dtmf-log-dest", host),
        graphite=_destination(get, "graphite", host),
        homer=_destination(get, "homer", host),
        mos=get.items("mos"),
        notices=(*notices, *_dangers(get, everywhere), *dtls_notices(get.values)),
        **_as_given(get),
    )


def _as_given(get: "_Typed") -> dict[str, Any]:
    """The fields of ``Config`` that take a value as it is."""
    return {option.sets: get[option.name] for option in OPTIONS if option.sets}


class _Typed:
    """The values of all options, by the kinds of their rows."""

    def __init__(self, values: Values) -> None:
        self.values = values

    def __getitem__(self, name: str) -> Value:
        return self.values[name]

    def integer(self, name: str) -> int:
        return cast("int", self.values[name])

    def flag(self, name: str) -> bool:
        return cast("bool", self.values[name])

    def items(self, name: str) -> tuple[str, ...]:
        return cast("tuple[str, ...]", self.values[name])

    def text(self, name: str) -> str | None:
        return cast("str | None", self.values[name])


def _destination(get: _Typed, name: str, host: Host) -> Address | None:
    """An address of somebody else. Raises ConfigError."""
    text = get.text(name)
    if not text:
        return None
    listen = read_listen(name, text, host.resolve)[0]
    if listen.host is None or not listen.port:
        raise ConfigError(f"option {name} needs the host and port of a receiver, not {text!r}: write HOST:PORT")
    return Address(listen.host, listen.port)


def _seconds(get: _Typed, name: str) -> float:
    """A timeout; what is not positive means the default (rtpengine's observed behaviour)."""
    seconds = get.integer(name)
    return float(seconds if seconds > 0 else cast("int", BY_NAME[name].default))


def _interfaces(get: _Typed, sections: key_file.Sections, host: Host) -> InterfaceList:
    ports = checked(PortRange(get.integer("port-min"), get.integer("port-max")))
    found = read_interfaces(get.items("interface"), ports, host)
    prefix = get.text("interfaces-config")
    for name, section in sections.items():
        if prefix and name.startswith(f"{prefix}-"):
            found += read_section(name.removeprefix(f"{prefix}-"), section, ports, host)
    Interfaces(found.interfaces, found.aliases)  # raises for what no daemon could start with
    return found


_PROXIES = ("listen-ng", "listen-tcp-ng", "listen-http", "listen-https")  # where proxies place calls
_LISTENING = ("listen-tcp", "listen-udp", *_PROXIES)


def _listens(get: _Typed, name: str, host: Host) -> tuple[Listen, ...]:
    return tuple(dict.fromkeys(listen for text in get.items(name) for listen in read_listen(name, text, host.resolve)))


def _check_listening(get: _Typed, listens: Mapping[str, tuple[Listen, ...]]) -> None:
    """Raises ConfigError when no proxy could reach the daemon."""
    if any(listens[name] for name in _PROXIES):
        return
    idle = [f"--{name}" for name in _LISTENING if get.items(name)]
    if idle:
        raise ConfigError(f"Missing option --listen-ng: rtpng speaks the ng protocol only, {idle[0]} has no effect")
    *most, last = (f"--{name}" for name in _LISTENING)
    raise ConfigError(f"Missing option {', '.join(most)}, or {last}")


def _beside_control_ports(interface: Interface, listens: Sequence[Listen]) -> Interface:
    return without_ports(interface, (listen.port for listen in listens if listen.host in (None, interface.address)))


def _templates(get: _Typed, sections: key_file.Sections) -> tuple[tuple[str, str], ...]:
    """The named sets of flags. Raises ConfigError when their section is missing."""
    name = get.text("templates")
    if name is None:
        return ()
    if name not in sections:
        raise ConfigError(f"the configuration file has no section [{name}]: see --templates")
    return tuple((key, key_file.unescape(text)) for key, text in sections[name].items())


def _own_levels(values: Values) -> list[tuple[str, int]]:
    given = ((subsystem, values.get(f"log-level-{subsystem}")) for subsystem in SUBSYSTEMS)
    return [(subsystem, level) for subsystem, level in given if isinstance(level, int)]


def _dangers(get: _Typed, listens: Sequence[Listen]) -> list[Notice]:
    found = [Notice(_WARNING, _open_control(listen)) for listen in listens if not _is_loopback(listen)]
    if get.text("http-allow-origin") == "*":
        found.append(Notice(_WARNING, "every web page that somebody near the HTTP port opens can control all calls"))
    if get.flag("insecure-accept-any-source"):
        found.append(Notice(_WARNING, "packets of any source are forwarded: anybody can hear and speak in calls"))
    if get.text("recording-method") != "pcap":
        found.append(Notice(_WARNING, "recordings are pcap files: other methods need rtpengine's kernel module"))
    return found


def _open_control(listen: Listen) -> str:
    where = f"port {listen.port} of all addresses" if listen.host is None else str(Address(listen.host, listen.port))
    return f"whoever reaches {where} controls all calls, because control has no authentication: firewall it"


def _is_loopback(listen: Listen) -> bool:
    return listen.host is not None and ipaddress.ip_address(listen.host).is_loopback
