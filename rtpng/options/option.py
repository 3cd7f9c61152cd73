"""What one row of the option table says."""

from dataclasses import dataclass, replace
from enum import Enum, auto

Value = bool | int | float | str | tuple[str, ...] | None


class Kind(Enum):
    """How the text of a value is read."""

    BOOL = auto()
    INT = auto()
    FLOAT = auto()
    STRING = auto()
    PATH = auto()
    LIST = auto()


class Support(Enum):
    """How far an option goes in rtpng; the value is the word of the documentation."""

    SUPPORTED = "supported"
    ACCEPTED = "no effect"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Option:
    """One option, by its long name without dashes.

    ``metavar`` is what the help text shows for the value. ``low`` and ``high`` bound a number, inclusive. ``sets`` is
    the field of ``Config`` that takes the value as it is. ``reason`` says why an option is without effect or refused;
    a refused option is taken, with a warning, when the switch named by ``unless`` is given.
    """

    name: str
    kind: Kind
    default: Value
    help: str
    short: str | None = None
    metavar: str = ""
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    sets: str | None = None
    support: Support = Support.SUPPORTED
    reason: str = ""
    unless: str | None = None

    @property
    def takes_value(self) -> bool:
        return self.kind is not Kind.BOOL

    @property
    def placeholder(self) -> str:
        """The value as the help text shows it."""
        return self.metavar or "|".join(self.choices) or _PLACEHOLDERS[self.kind]


_PLACEHOLDERS = {
    Kind.BOOL: "",
    Kind.INT: "INT",
    Kind.FLOAT: "FLOAT",
    Kind.STRING: "STRING",
    Kind.PATH: "FILE",
    Kind.LIST: "STRING",
}


def without_effect(reason: str, *options: Option) -> tuple[Option, ...]:
    """The rows, accepted for the sake of existing command lines, all for one ``reason``."""
    return tuple(replace(option, support=Support.ACCEPTED, reason=reason) for option in options)


def refused(reason: str, *options: Option) -> tuple[Option, ...]:
    """The rows whose silent acceptance would be dangerous, all for one ``reason``."""
    return tuple(replace(option, support=Support.REFUSED, reason=reason) for option in options)
