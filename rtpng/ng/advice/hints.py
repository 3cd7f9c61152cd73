"""What may be meant by a word that no table knows."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from rtpng.ng.advice.script import SHORT_WORDS
from rtpng.ng.flag_table import FLAGS, PREFIXES, SHORTHANDS
from rtpng.ng.flags import flag_row, key_row
from rtpng.ng.keys import KEYS
from rtpng.ng.rows import Flag, Kind, normal

_NEAR = 0.75  # of 1.0: how alike two words must be

# Words of proxies that never reach a relay as they are, or that mean another relay.
FOREIGN: Mapping[str, str] = MappingProxyType(
    {
        "in-iface": "OpenSIPS refuses in-iface without out-iface: write both.",
        "out-iface": "OpenSIPS refuses out-iface without in-iface: write both.",
        "auto-bridge": "A word for rtpproxy: write address-family=IP4 or address-family=IP6.",
    }
)
_RTPPROXY = frozenset("acefilorswx12")
_RTPPROXY_HINT = (
    "These look like the letters of rtpproxy, which rtpengine and rtpng have words for: o is replace-origin, "
    "r trust-address, a asymmetric, i internal, e external; c, w, f and l are not needed."
)

_FLAG_NAMES = tuple(name for row in FLAGS for name in (row.name, *row.synonyms))
_KEY_NAMES = tuple(name for row in KEYS for name in (row.name, *row.synonyms))
_EXAMPLES = tuple(example for row in PREFIXES for example in row.examples)


def hint(word: str) -> str:
    """A sentence or two about an unknown word, as a script writes it."""
    return next(text for idea in _IDEAS if (text := idea(word)))


def _variable(word: str) -> str:
    return "A variable of the script: explain what it stands for." if word.startswith("$") else ""


def _foreign(word: str) -> str:
    return FOREIGN.get(normal(word.partition("=")[0]), "")


def _hyphen_for_equals(word: str) -> str:
    """``ICE-force``: a key that was written like a flag."""
    parts = word.split("-")
    for count in range(len(parts) - 1, 0, -1):
        key = key_row("-".join(parts[:count]))
        if key is not None and key.kind is not Kind.DICTIONARY:
            return f"Unknown word: write {key.name}={'-'.join(parts[count:])}."
    return ""


def _lacks_value(word: str) -> str:
    key = None if "=" in word else key_row(word)
    return f"It needs a value: write {key.name}=..." if key is not None else ""


def _surplus_value(word: str) -> str:
    flag = flag_row(word.partition("=")[0])
    return f"It has no value: write {flag.name}." if isinstance(flag, Flag) else ""


def _nearest(word: str) -> str:
    name, equals, value = word.partition("=")
    near = _nearest_of(name, _KEY_NAMES if equals else (*_FLAG_NAMES, *_EXAMPLES, *SHORTHANDS, *SHORT_WORDS))
    return f"Unknown word: did you mean {near}{equals}{value}?" if near else ""


def _nearest_of(word: str, names: Iterable[str]) -> str:
    known = {normal(name): name for name in names}
    return next((known[found] for found in difflib.get_close_matches(normal(word), known, n=1, cutoff=_NEAR)), "")


def _letters(word: str) -> str:
    return _RTPPROXY_HINT if word and set(word) <= _RTPPROXY else ""


def _unknown(_: str) -> str:
    return "Unknown word, without effect."


_IDEAS: tuple[Callable[[str], str], ...] = (
    _variable,
    _foreign,
    _surplus_value,
    _lacks_value,
    _nearest,
    _hyphen_for_equals,
    _letters,
    _unknown,
)
