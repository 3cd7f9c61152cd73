"""Turns the values of ng keys into those of a Request. Every function raises ValueError with a reason."""

import re

from rtpng.calls.recording import Wish
from rtpng.errors import NgError
from rtpng.ng.message import Value
from rtpng.ng.tally import canonical
from sipcore.address import Address, Family, parse_host, parse_port
from sipcore.errors import ParseError

MAX_IDENTIFIER = 4096  # bytes; both ends keep and print identifiers

_NUMBER = re.compile(r"\s*([+-]?)(?:0[xX]([0-9a-fA-F]{1,16})|0([0-7]{0,20})|([1-9][0-9]{0,19}))\s*", re.ASCII)

TRANSPORTS = frozenset(
    {
        "RTP/AVP",
        "RTP/AVPF",
        "RTP/SAVP",
        "RTP/SAVPF",
        "UDP/TLS/RTP/SAVP",
        "UDP/TLS/RTP/SAVPF",
        "UDPTL",
        "ACCEPT",
    }
)
_FAMILIES = {
    "ip4": Family.IP4,
    "ipv4": Family.IP4,
    "inet": Family.IP4,
    "inet4": Family.IP4,
    "ip6": Family.IP6,
    "ipv6": Family.IP6,
    "inet6": Family.IP6,
}
_MESSAGE_TYPES = {"request": "request", "sip-request": "request", "reply": "reply", "sip-reply": "reply"}
ICE_POLICIES = ("remove", "force", "default", "optional", "force-relay")
_ICE_OPTIONS = ("lite-forward", "lite-backward", "lite-both", "no-lite", "trickle", "ice2")
_WHOM = ("none", "all", "offer-answer", "except-offer-answer", "flows")
_ECHOES = ("blackhole", "forward", "backwards", "both")
_DIGITS = "0123456789*#ABCD"
_LEARNING = ("delayed", "immediate", "off", "heuristic")


def text(value: Value) -> str | None:
    """Text, or a number as its digits; None for empty text, which counts as not sent."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int):
        return str(value)
    raise ValueError("not a string")


def command(value: Value) -> str | None:
    found = text(value)
    return found and canonical(found)


def identifier(value: Value) -> str | None:
    """A call-id, tag, branch or label. Raises NgError when it is too long to keep."""
    found = text(value)
    if found is not None and 4 * len(found) > MAX_IDENTIFIER < len(found.encode("utf-8", "surrogateescape")):
        raise NgError(f"Identifier too long (at most {MAX_IDENTIFIER} bytes)")
    return found


def identifiers(value: Value) -> tuple[str, ...]:
    """Several of them, in their order. Raises NgError when one is too long to keep."""
    return tuple(filter(None, map(identifier, items(value))))


def number(value: Value) -> int:
    """An integer, or text in base 10, 16 (``0x10``) or 8 (``010``)."""
    if isinstance(value, int):
        return value
    match = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("not a number")
    sign, hexadecimal, octal, decimal = match.groups()
    magnitude = int(hexadecimal, 16) if hexadecimal else int(decimal) if decimal else int(octal or "0", 8)
    return -magnitude if sign == "-" else magnitude


def tos(value: Value) -> int | None:
    """0 to 255; -1 leaves the packets' own; None (more than a byte) is the daemon's default."""
    found = number(value)
    return None if found > 255 else max(found, -1)


def milliseconds(value: Value) -> int | None:
    """A packet length that SDP can carry; None (nothing positive) counts as not sent."""
    found = number(value)
    return found if 0 < found < 100_000 else None


def delay(value: Value) -> int | None:
    """Seconds; None (negative) is the daemon's default."""
    found = number(value)
    return None if found < 0 else min(found, 2**31)


def items(value: Value) -> tuple[str, ...]:
    """A list of words, or text with commas."""
    if isinstance(value, str):
        return tuple(item for item in map(str.strip, value.split(",")) if item)
    if not isinstance(value, list):
        raise ValueError("not a list")
    return tuple(str(item) for item in value if isinstance(item, (str, int)) and item != "")


def words(value: Value) -> frozenset[str]:
    """A list of words in lower case with hyphens, for sets whose members are known words."""
    return frozenset(item.lower().replace(" ", "-").replace("_", "-") for item in items(value))


def pair(value: Value) -> tuple[str, ...]:
    """The first two of a list of names, whose case counts."""
    return items(value)[:2]


def exact_words(value: Value) -> frozenset[str]:
    return frozenset(items(value))


def choice(value: Value, choices: tuple[str, ...]) -> str:
    found = str(text(value)).lower().replace("_", "-").replace(" ", "-")
    if found not in choices:
        raise ValueError(f"{found!r} is not one of {', '.join(choices)}")
    return found


def endpoint_learning(value: Value) -> str:
    return choice(value, _LEARNING)


def whom(value: Value) -> str:
    return choice(value, _WHOM)


def media_echo(value: Value) -> str:
    return choice(value, _ECHOES)


_RECORDING = {
    **dict.fromkeys(("yes", "on", "true", "start"), Wish.START),
    **dict.fromkeys(("no", "off", "false", "stop"), Wish.STOP),
    "discard": Wish.DISCARD,
}


def record_call(value: Value) -> Wish:
    return _RECORDING[choice(value, tuple(_RECORDING))]


def start_or_stop(value: Value) -> bool:
    return choice(value, ("start", "stop")) == "start"


def sip_message_type(value: Value) -> str:
    return _MESSAGE_TYPES[choice(value, tuple(_MESSAGE_TYPES))]


def ice(value: Value) -> str | None:
    """The last policy of a word or list; None if it holds only options such as ``trickle``."""
    policy = None
    for item in items(value):
        word = choice(item, ICE_POLICIES + _ICE_OPTIONS)
        policy = word if word in ICE_POLICIES else policy
    return policy


def transport(value: Value) -> str:
    found = str(text(value)).upper()
    if found not in TRANSPORTS:
        raise ValueError(f"{found!r} is not a transport protocol")
    return found


def family(value: Value) -> Family:
    found = _FAMILIES.get(str(text(value)).lower())
    if found is None:
        raise ValueError(f"{value!r} is not an address family")
    return found


def host(value: Value) -> str:
    """A numeric address. Names are not resolved."""
    return _host(str(text(value)))


def endpoint(value: Value) -> Address:
    """``host:port``, numeric, an IPv6 host in brackets."""
    host, _, port = str(text(value)).rpartition(":")
    try:
        return Address(parse_host(host.removeprefix("[").removesuffix("]")), parse_port(port))
    except ParseError as error:
        raise ValueError(str(error)) from None


def digit(value: Value) -> int:
    """The number of an event: 0 to 15, or one of ``0-9*#A-D``."""
    found = str(text(value))
    event = _DIGITS.index(found) if len(found) == 1 and found in _DIGITS else number(value)
    if not 0 <= event <= 15:
        raise ValueError(f"{event} is not an event (0 to 15)")
    return event


def digit_time(value: Value) -> int:
    """Milliseconds of a digit or of the pause after it, 100 to 5000; what is beyond is set to the bound."""
    return min(max(number(value), 100), 5000)


def pause(value: Value) -> int:
    """The pause after a digit, or 0 for a word by which stop recording means a pause."""
    return 0 if isinstance(value, str) and value.lower() in ("yes", "on", "true") else digit_time(value)


def volume(value: Value) -> int:
    """Of an event, in dBm0, mostly negative; events carry it without its sign, up to 63."""
    return min(abs(number(value)), 63)


def received_from(value: Value) -> str:
    """The address of ``[family, address]``, of a list of the address alone, or of such text."""
    found = items(value.replace(" ", ",") if isinstance(value, str) else value)
    if not 1 <= len(found) <= 2:
        raise ValueError("not an address family and an address")
    return _host(found[-1])


def _host(found: str) -> str:
    try:
        return parse_host(found)
    except ParseError as error:
        raise ValueError(str(error)) from None
