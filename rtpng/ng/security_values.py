"""Turns the values of the ng keys about SRTP, DTLS and ICE into those of a Request. All functions raise ValueError."""

from rtpng.calls.request import SdesWishes, Session
from rtpng.ng.dictionaries import PartlyError
from rtpng.ng.message import Value
from rtpng.ng.values import choice, items, text
from sipcore.srtp import suite_of

_OFF = frozenset({"off", "no", "disable", "disabled"})
_SDES_WORDS = {
    **dict.fromkeys(_OFF, SdesWishes(off=True)),
    "nonew": SdesWishes(no_new=True),
    "prefer": SdesWishes(preferred=True),
    "priority": SdesWishes(preferred=True),
    "pad": SdesWishes(pad=True),
    "lifetime": SdesWishes(lifetime=True),
    "static": SdesWishes(),  # keys in use always stay
    **{word.name.lower(): SdesWishes(session=word) for word in Session if word.name},
    **dict.fromkeys(("encrypted_srtp", "encrypted_srtcp", "authenticated_srtp"), SdesWishes()),  # what new keys are
}
_HASHES = ("sha-1", "sha-224", "sha-256", "sha-384", "sha-512")
_LITE = {
    "off": "off",
    "none": "off",
    "no": "off",
    "forward": "forward",
    "offer": "forward",
    "backward": "backward",
    "backwards": "backward",
    "reverse": "backward",
    "both": "both",
}


def sdes(value: Value) -> SdesWishes:
    """The ``SDES`` list. Raises PartlyError when some of its words have no meaning."""
    wishes, unknown = SdesWishes(), []
    for word in items(value):
        found = _SDES_WORDS.get(word.lower().replace("-", "_")) or _suite_word(word)
        if found is None:
            unknown.append(f"{word!r} is no option of SDES")
        else:
            wishes |= found
    if unknown:
        raise PartlyError(wishes, unknown)
    return wishes


def _suite_word(word: str) -> SdesWishes | None:
    """``no-SUITE``, ``only-SUITE``, ``order:SUITE;...``, ``offerer_pref:SUITE;...``."""
    kind, colon, listed = word.partition(":")
    if not colon:
        kind, _, listed = word.partition("-")
    suites = tuple(name.upper() for name in listed.split(";") if suite_of(name) is not None)
    match kind.lower().replace("-", "_"):
        case "no":
            return SdesWishes(without=frozenset(suites)) if suites else None
        case "only":
            return SdesWishes(only=frozenset(suites)) if suites else None
        case "order":
            return SdesWishes(order=suites)
        case "offerer_pref":
            return SdesWishes(preference=suites)
        case _:
            return None


def dtls(value: Value) -> str:
    """passive, active or off."""
    found = str(text(value)).lower()
    return "off" if found in _OFF else choice(value, ("passive", "active"))


def fingerprint_hash(value: Value) -> str:
    return choice(value, _HASHES)


def ice_lite(value: Value) -> str:
    """Towards whom we are lite: forward (the receiver), backward (the sender), both, off."""
    return _LITE[choice(value, tuple(_LITE))]
