"""The settings file: JSON, for its owner only, because it holds the agents' passwords."""

import ipaddress
import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bridge.errors import SettingsError

MAX_SIZE = 1 << 20
BROWSERS = (
    *("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/microsoft-edge"),
    *(r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",),
    *(r"C:\Program Files\Google\Chrome\Application\chrome.exe",),
)
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the file says. Times in seconds."""

    gateway: str  # address of the page
    agents: Mapping[str, str] = field(repr=False)  # password by extension
    origins: tuple[str, ...] = ()  # whose pages may drive the bridge
    host: str = "127.0.0.1"
    port: int = 8000
    auto_answer: bool = False
    browser: str = ""
    browser_arguments: tuple[str, ...] = ()
    timeout: float = 20.0

    @property
    def gateway_origin(self) -> str:
        parts = urlsplit(self.gateway)
        return f"{parts.scheme}://{parts.netloc}"

    def password(self, agent: str) -> str | None:
        return self.agents.get(agent)


def read(path: Path) -> Settings:
    """Raises SettingsError."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")[:MAX_SIZE]
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"Write the settings to {path}: {getattr(error, 'strerror', None) or error}.") from error
    if open_to_others(mode):
        raise SettingsError(f"Others can read the passwords in {path}: chmod 600 it.")
    try:
        return understood(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path} is no JSON: {error}.") from error
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error


def open_to_others(mode: int) -> bool:
    """Windows has no such modes: what it shows there is the same for group and others, and says nothing."""
    return Path("/").drive == "" and bool(mode & (stat.S_IRWXG | stat.S_IRWXO))


def understood(given: Any) -> Settings:
    """Raises SettingsError for what is missing, unknown or of the wrong kind."""
    if not isinstance(given, dict):
        raise SettingsError("Give an object: {...}.")
    if unknown := sorted(set(given) - set(_KINDS)):
        raise SettingsError(f"There is no setting {unknown[0]!r}; there are {', '.join(_KINDS)}.")
    if missing := [name for name in ("gateway", "agents") if name not in given]:
        raise SettingsError(f"The setting {missing[0]!r} is missing.")
    values: dict[str, Any] = {}
    for name, value in given.items():
        values |= _KINDS[name](name, value)
    return Settings(**values)


def _page(name: str, value: Any) -> dict[str, Any]:
    text = _text(name, value)[name]
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname:
        raise SettingsError(f"{name} is the page's address, such as https://gw.example.com:8443/.")
    return {name: text}


def _agents(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(password, str) and password for password in value.values()):
        raise SettingsError(f'{name} gives each extension a password: {{"1002": "..."}}.')
    return {name: value}


def _origins(name: str, value: Any) -> dict[str, Any]:
    origins = _texts(name, value)[name]
    if wrong := [origin for origin in origins if not _ORIGIN.fullmatch(origin)]:
        raise SettingsError(f"{wrong[0]!r} is no origin such as https://wwe.example.com (no path, no *).")
    return {name: tuple(origin.lower() for origin in origins)}


def _listen(name: str, value: Any) -> dict[str, Any]:
    host, _, port = _text(name, value)[name].rpartition(":")
    host = host.strip("[]")
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise SettingsError(f"{name} is an address and a port, such as 127.0.0.1:8000.") from None
    if not loopback:
        raise SettingsError(f"{name}: the bridge is for this workstation only; {host} is not a loopback address.")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise SettingsError(f"{name}: {port!r} is no port.")
    return {"host": host, "port": int(port)}


def _text(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, str):
        raise SettingsError(f"{name} is a text.")
    return {name: value}


def _texts(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise SettingsError(f"{name} is a list of texts.")
    return {name: tuple(value)}


def _switch(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, bool):
        raise SettingsError(f"{name} is true or false.")
    return {name: value}


def _seconds(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 120:
        raise SettingsError(f"{name} is in seconds, up to 120.")
    return {name: float(value)}


_KINDS = {
    "gateway": _page,
    "agents": _agents,
    "origins": _origins,
    "listen": _listen,
    "auto_answer": _switch,
    "browser": _text,
    "browser_arguments": _texts,
    "timeout": _seconds,
}
