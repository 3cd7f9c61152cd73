"""What the operator may change while the daemon runs: the configuration is one value, and a change replaces it."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from rtpng.config import Config
from rtpng.interfaces import Interface

_DIGIT = re.compile(r"[0-9]", re.ASCII)
_DAYS = 365 * 86400  # no timeout needs to be longer
_UNPRINTED = {"interfaces", "aliases", "notices", "log_level", "log_levels"}


@dataclass(frozen=True, slots=True)
class Knob:
    """One setting of ``list`` and ``set``.

    ``field`` is Config's; ``listed`` what list says, with a place for the number; ``title`` is its name in set's
    answer; ``low`` and ``high`` bound it, inclusive, and ``kind`` is int or float.
    """

    field: str
    listed: str
    title: str
    low: float = 0
    high: float = math.inf
    kind: Callable[[str], int | float] = int
    off: int | None = None  # the number that switches it off
    optional: bool = False  # 0 stands for Config's None

    def show(self, config: Config) -> str:
        """What list says."""
        return self.listed.format(getattr(config, self.field) or 0)

    def text(self, number: float) -> str:
        """A number as list would say it."""
        return self.listed[self.listed.index("{") :].format(number)

    @property
    def about(self) -> str:
        """Which option of the daemon this is, for people."""
        return f"setting --{self.field.replace('_', '-')}"

    def change(self, number: float) -> dict[str, int | float | None]:
        """Config's field and its new value."""
        return {self.field: None if self.optional and not number else number}

    def read(self, text: str) -> int | float:
        """The number in ``text``. Raises ValueError; its text says why it is none of ours."""
        try:
            number = self.kind(text)
        except ValueError:
            raise ValueError("not a number" if _DIGIT.search(text) else "no digits found") from None
        if not self.low <= number <= self.high:
            raise ValueError(f"must be from {self.low} to {self.high}" if self.high < math.inf else _too_low(self))
        return number


def _too_low(knob: Knob) -> str:
    return "either positive or -1 values allowed" if knob.low == -1 else f"must be at least {knob.low}"


def _seconds(name: str, listed: str) -> Knob:
    return Knob(name, f"{listed}={{:.15g}}", "timeout", high=_DAYS)


def _load(name: str, listed: str, title: str, kind: Callable[[str], int | float]) -> Knob:
    return Knob(name, listed, title, kind=kind, optional=True)


KNOBS: Mapping[str, Knob] = {
    "maxsessions": Knob("max_sessions", "Maximum sessions configured on rtpengine: {}", "maxsessions", low=-1, off=-1),
    "maxcpu": _load("max_cpu", "Maximum CPU usage configured on rtpengine: {:.1f}", "maxcpu", float),
    "maxload": _load("max_load", "Maximum load average configured on rtpengine: {:.2f}", "maxload", float),
    "maxbw": _load("max_bandwidth", "Maximum bandwidth configured on rtpengine: {}", "maxbw", int),
    "timeout": _seconds("timeout", "TIMEOUT"),
    "silenttimeout": _seconds("silent_timeout", "SILENT_TIMEOUT"),
    "offertimeout": _seconds("offer_timeout", "OFFER_TIMEOUT"),
    "finaltimeout": _seconds("final_timeout", "FINAL_TIMEOUT"),
    "controltos": Knob("control_tos", "{}", "control-tos", high=255),
    "deletedelay": Knob("delete_delay", "{:.15g}", "delete-delay", high=_DAYS),
}


@dataclass(slots=True)
class Settings:
    """The configuration at the start and now; ``adopt`` makes the daemon run by another one."""

    start: Config
    adopt: Callable[[Config], None]
    current: Config = field(init=False)

    def __post_init__(self) -> None:
        self.current = self.start

    def change(self, **values: Any) -> None:
        """Fields of Config and their new values."""
        self.current = replace(self.current, **values)
        self.adopt(self.current)

    def revert(self) -> None:
        """Everything as at the start."""
        self.current = self.start
        self.adopt(self.current)


def printed(config: Config) -> dict[str, str]:
    """The settings by the names of their options."""
    values = {f.name: getattr(config, f.name) for f in fields(config) if f.name not in _UNPRINTED}
    interfaces = {f"interface[{place}]": _interface(each) for place, each in enumerate(config.interfaces)}
    return {name.replace("_", "-"): _text(value) for name, value in values.items()} | interfaces


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ";".join(map(str, value))
    return f"{value:.15g}" if isinstance(value, bool | float) else str(value)


def _interface(interface: Interface) -> str:
    shown = "" if interface.advertised == interface.address else f"!{interface.advertised}"
    return f"{interface.name}/{interface.address}{shown}"
