"""The command line's syntax, as GLib reads it: ``--key=value``, ``--key value``, ``-kvalue``, ``-k value``, ``-fE``."""

from collections.abc import Iterator, Sequence

from rtpng.errors import ConfigError
from rtpng.options.option import Option
from rtpng.options.table import BY_SHORT, named


def split(arguments: Sequence[str]) -> list[tuple[Option, str]]:
    """The options in the order given, each with the text of its value ("true" for a switch). Raises ConfigError."""
    return list(_options(iter(arguments)))


def _options(rest: Iterator[str]) -> Iterator[tuple[Option, str]]:
    for argument in rest:
        if argument == "--":
            break
        if argument.startswith("--"):
            yield _long(argument[2:], rest)
        elif argument.startswith("-") and argument != "-":
            yield from _bundle(argument[1:], rest)
        else:
            raise _stray(argument)
    for argument in rest:
        raise _stray(argument)


def _long(text: str, rest: Iterator[str]) -> tuple[Option, str]:
    name, equals, value = text.partition("=")
    option = named(name, f"unknown option --{name}", dashes="--")
    if not option.takes_value:
        if equals:
            raise ConfigError(f"option --{name} takes no value: write --{name} alone")
        return option, "true"
    return option, value if equals else _following(option, f"--{name}", rest)


def _bundle(letters: str, rest: Iterator[str]) -> Iterator[tuple[Option, str]]:
    """Short switches in one word; the first option with a value takes what is left of the word, or the next word."""
    for position, letter in enumerate(letters, 1):
        option = BY_SHORT.get(letter)
        if option is None:
            raise ConfigError(f"unknown option -{letter} in -{letters}: see --help")
        if option.takes_value:
            yield option, letters[position:] or _following(option, f"-{letter}", rest)
            return
        yield option, "true"


def _following(option: Option, written: str, rest: Iterator[str]) -> str:
    value = next(rest, None)
    if value is None:
        raise ConfigError(f"option {written} needs a value ({option.placeholder})")
    return value


def _stray(argument: str) -> ConfigError:
    return ConfigError(f"unexpected argument {argument!r}: options start with a dash, see --help")
