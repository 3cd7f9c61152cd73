"""ng datagrams: ``cookie SP dictionary``, the dictionary in bencode or JSON."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

import bencodepy

from rtpng.ng import bencode, jsontext
from rtpng.ng.message import MAX_ITEMS, Message, Value, plain
from sipcore.errors import ParseError
from sipcore.record import record

__all__ = [
    "MAX_DATAGRAM",
    "Encoding",
    "Envelope",
    "Message",
    "Value",
    "WireError",
    "decode",
    "encode",
    "encode_request",
    "plain",
]

MAX_DATAGRAM = 65_507  # UDP over IPv4
MAX_STREAM_REPLY = 16 * 1024 * 1024  # where no datagram limits it: a client waits for it, and media meanwhile
MAX_COOKIE = 1024

NO_COOKIE = "no cookie"
NO_PAYLOAD = "Invalid data (no payload)"
NO_FORMAT = "Invalid NG data format"
BAD_BENCODE = "Could not decode bencode dictionary"
BAD_JSON = "Failed to parse JSON document"
NO_COMMAND = 'Dictionary contains no key "command"'


class Encoding(Enum):
    BENCODE = "bencode"
    JSON = "json"


@record
class Envelope:
    """One decoded datagram."""

    cookie: bytes
    encoding: Encoding
    message: Message


class WireError(Exception):
    """A datagram that is no ng message. ``reason`` goes into the reply; without ``cookie`` there is no reply."""

    def __init__(self, reason: str, cookie: bytes | None, encoding: Encoding = Encoding.BENCODE) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cookie = cookie
        self.encoding = encoding


@dataclass(frozen=True, slots=True)
class _Format:
    encoding: Encoding
    read: Callable[[bytes, int], Message]
    refusal: str


_FORMATS = {
    b"d": _Format(Encoding.BENCODE, bencode.read_dictionary, BAD_BENCODE),
    b"{": _Format(Encoding.JSON, jsontext.read_dictionary, BAD_JSON),
}


def split(datagram: bytes) -> tuple[bytes, bytes]:
    """Cookie and payload. Raises WireError without cookie, or with one of more than ``MAX_COOKIE`` bytes."""
    cookie, space, payload = datagram.partition(b" ")
    if not cookie or not space or len(cookie) > MAX_COOKIE:
        raise WireError(NO_COOKIE, None)
    return cookie, payload


def decode(datagram: bytes, max_items: int = MAX_ITEMS) -> Envelope:
    """Reads one datagram. Raises WireError, nothing else (the texts are rtpengine's)."""
    cookie, payload = split(datagram)
    if not payload:
        raise WireError(NO_PAYLOAD, cookie)
    form = _FORMATS.get(payload[:1])
    if form is None:
        raise WireError(NO_FORMAT, cookie)
    try:
        return Envelope(cookie, form.encoding, form.read(payload, max_items))
    except ParseError:
        raise WireError(form.refusal, cookie, form.encoding) from None


def encode(cookie: bytes, dictionary: Mapping[str, object], encoding: Encoding) -> bytes:
    """One datagram, of any size. Values: str, bytes, int, bool (1 or 0), float (as text), lists and dictionaries.

    Raises TypeError for other values.
    """
    write = bencode.write if encoding is Encoding.BENCODE else write_json
    return b"%b %b" % (cookie, write(dictionary))


def encode_request(cookie: bytes, dictionary: Mapping[str, object], encoding: Encoding) -> bytes:
    """As ``encode``, for requests: canonical bencode, keys sorted, which strict readers insist on."""
    if encoding is Encoding.JSON:
        return encode(cookie, dictionary, encoding)
    return b"%b %b" % (cookie, bencodepy.encode(_as_bytes(dictionary)))


def _as_bytes(value: object) -> object:
    if isinstance(value, Mapping):
        return {name.encode("utf-8", "surrogateescape"): _as_bytes(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_bytes(item) for item in value]
    if isinstance(value, int):
        return int(value)
    return (value if isinstance(value, str) else bencode.scalar(value)).encode("utf-8", "surrogateescape")


def write_json(dictionary: Mapping[str, object]) -> bytes:
    """One JSON object, in UTF-8; text keeps the bytes that it came as."""
    text = json.dumps(_as_text(dictionary), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogateescape")


def _as_text(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _as_text(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(item) for item in value]
    if isinstance(value, int):
        return int(value)
    return value if isinstance(value, str) else bencode.scalar(value)
