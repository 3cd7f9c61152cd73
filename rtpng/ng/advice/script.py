"""Reads a flag string of a proxy's script into the ng message that the proxy's module would make of it.

Understood: the strings of Kamailio's and OpenSIPS's rtpengine modules, and the raw string of ``rtpp-flags``, which is
nearly the same language. Letter case counts where it counts for the modules: in the words for a transport protocol.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from rtpng.ng import rtpp, values
from rtpng.ng.flag_table import INTERFACE_WORDS, PREFIXES
from rtpng.ng.message import Message, Value
from rtpng.ng.rows import normal
from sipcore.sdp.profile import PROFILES

Pair = tuple[str, Value]

SECURE, FEEDBACK, DTLS = "secure", "feedback", "dtls"

# Short words for a transport protocol: what each puts in and takes out. They add up: "SRTP AVPF" is RTP/SAVPF.
SHORT_WORDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = MappingProxyType(
    {
        "RTP": (frozenset(), frozenset({SECURE})),
        "AVP": (frozenset(), frozenset({FEEDBACK})),
        "SRTP": (frozenset({SECURE}), frozenset()),
        "AVPF": (frozenset({FEEDBACK}), frozenset()),
        "DTLS": (frozenset({SECURE, DTLS}), frozenset()),
    }
)
_FEATURES = {
    profile.name: frozenset(word for word in (SECURE, FEEDBACK, DTLS) if getattr(profile, word))
    for profile in PROFILES.values()
}
_NAMES = {features: name for name, features in _FEATURES.items()}

# OpenSIPS's and older spellings of keys.
RENAMED: Mapping[str, str] = MappingProxyType({"callid": "call-id", "via-branch-param": "via-branch"})

_IN, _OUT = "in-iface", "out-iface"
_SPLIT = frozenset(normal(row.prefix[:-1]) for row in PREFIXES if row.key in ("codec", "sdp-attr"))


def message(text: str) -> Message:
    """The ng message of a flag string: what the module adds of its own (tags, SDP, ...) is not in it."""
    items = rtpp.items(text)
    pairs = [pair for name, value in items for pair in (_word(value) if name is None else _key(name, value))]
    return Message((*_interfaces(pairs), *_transports(items)))


def _word(value: Value) -> list[Pair]:
    if not isinstance(value, str):
        return [("flags", value)] if isinstance(value, list) else []
    if value in SHORT_WORDS or value in _FEATURES:
        return []
    return [("direction", value)] if value in INTERFACE_WORDS else [("flags", [value])]


def _key(name: str, value: Value) -> list[Pair]:
    """``codec-strip=PCMA`` is ``codec-strip-PCMA``; a list means each of its items."""
    if normal(name) in _SPLIT and isinstance(value, str | list):
        return [("flags", [f"{name}-{item}"]) for item in values.items(value)]
    return [(RENAMED.get(name, name), value)]


def _interfaces(pairs: list[Pair]) -> list[Pair]:
    """One ``direction`` of all its words. OpenSIPS makes it of in-iface and out-iface, if both are there."""
    found = dict(pairs)
    both = _IN in found and _OUT in found
    names = [value for name, value in pairs if name == "direction"] + ([found[_IN], found[_OUT]] if both else [])
    parts: frozenset[str] = frozenset({"direction", _IN, _OUT} if both else {"direction"})
    rest = [pair for pair in pairs if pair[0] not in parts]
    return [*rest, ("direction", _flat(names))] if names else rest


def _flat(names: list[Value]) -> list[Value]:
    return [item for name in names for item in (name if isinstance(name, list) else [name])]


def _transports(items: Iterable[rtpp.Item]) -> list[Pair]:
    """A long word names a protocol; short ones add up, and change the long one before them."""
    found: list[frozenset[str]] = []
    for name, word in items:
        if name is not None or not isinstance(word, str):
            continue
        if word in _FEATURES:
            found.append(_FEATURES[word])
        elif word in SHORT_WORDS:
            found[-1:] = [_changed(found[-1] if found else frozenset(), *SHORT_WORDS[word])]
    return [("transport-protocol", _NAMES[features]) for features in found]


def _changed(features: frozenset[str], added: frozenset[str], taken: frozenset[str]) -> frozenset[str]:
    """DTLS cannot do without encryption: "RTP" takes neither away."""
    return (features | added) - (taken if DTLS not in features else taken - {SECURE})
