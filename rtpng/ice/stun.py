"""STUN binding messages (RFC 8489) as ICE uses them: what is read passes a strict gate, what is sent is aioice's.

The only module that knows aioice. Its parser is not used: it takes the last of two attributes of one type, raises
struct.error for wrong sizes, and looks at neither the cookie nor at attributes that must be understood.
"""

import hmac
import struct
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, NamedTuple

from aioice import stun

from sipcore.address import Address

_HEADER: Final = struct.Struct("!HHI12s")
_ATTRIBUTE: Final = struct.Struct("!HH")
_TRAILER: Final = struct.Struct("!HHI")  # FINGERPRINT, always the last attribute
_CLASS_BITS: Final = 0x0110
_LONGEST: Final = 1500  # bytes; browsers pack whole DTLS records into checks

_USERNAME, _INTEGRITY, _ERROR_CODE, _UNKNOWN = 0x0006, 0x0008, 0x0009, 0x000A
_PRIORITY, _USE_CANDIDATE, _FINGERPRINT = 0x0024, 0x0025, 0x8028
_CONTROLLED, _CONTROLLING = 0x8029, 0x802A
_INTEGRITY_SHA256: Final = 0x001C  # RFC 8489 14.6: behind MESSAGE-INTEGRITY, which does for us

_SIZES: Final = {_INTEGRITY: 20, _PRIORITY: 4, _USE_CANDIDATE: 0, _CONTROLLED: 8, _CONTROLLING: 8}
_OPTIONAL: Final = 0x8000  # attributes from here on may be ignored
# RFC 8489 14; what means nothing in a check (REALM, NONCE, addresses) is understood all the same
_UNDERSTOOD: Final = frozenset(
    {0x0001, _USERNAME, _INTEGRITY, _ERROR_CODE, _UNKNOWN, 0x0014, 0x0015, 0x0020, _PRIORITY, _USE_CANDIDATE}
)

BAD_REQUEST: Final = 400
UNAUTHORIZED: Final = 401
UNKNOWN_ATTRIBUTE: Final = 420
ROLE_CONFLICT: Final = 487
_PHRASES: Final = {
    BAD_REQUEST: "Bad Request",
    UNAUTHORIZED: "Unauthorized",
    UNKNOWN_ATTRIBUTE: "Unknown Attribute",
    ROLE_CONFLICT: "Role Conflict",
}


UNSIGNED_REFUSAL: Final = 48  # bytes of an error response 400 or 401 without signature


class Class(Enum):
    """The class of a message (RFC 8489 5)."""

    REQUEST = 0x0000
    INDICATION = 0x0010
    SUCCESS = 0x0100
    ERROR = 0x0110


class StunError(Exception):
    """Not a message of the peer. ``code`` is that of the error response that is due; None: nobody is told."""

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason)
        self.code = code


class RefusedCheckError(Exception):
    """A check of the peer itself that cannot be taken; ``code``: why, for the error response."""

    def __init__(self, code: int) -> None:
        super().__init__(_PHRASES[code])
        self.code = code


class Check(NamedTuple):
    """A binding request whose MESSAGE-INTEGRITY was right, with the tie breaker of the role that the peer takes."""

    priority: int
    nominates: bool
    controlling: int | None
    controlled: int | None


@dataclass(slots=True)
class UntrustedMessage:
    """A binding message in correct form, which anybody may have sent.

    ``values``: the value of each attribute; ``unknown``: those that we should know but do not; ``signed``: the bytes
    that MESSAGE-INTEGRITY covers, None without one.
    """

    kind: Class
    transaction: bytes
    values: dict[int, bytes]
    unknown: tuple[int, ...]
    signed: bytes | None

    @property
    def ufrags_untrusted(self) -> tuple[str, str] | None:
        """The two halves of USERNAME, the receiver's first; None without one."""
        name = self.values.get(_USERNAME)
        if name is None:
            return None
        receiver, _, sender = name.decode(errors="replace").partition(":")
        return receiver, sender

    @property
    def error_code_untrusted(self) -> int | None:
        """What an error response complains about."""
        value = self.values.get(_ERROR_CODE, b"")
        return (value[2] & 7) * 100 + value[3] if len(value) >= 4 else None

    def is_signed_with(self, password: bytes) -> bool:
        """Whether MESSAGE-INTEGRITY is there and was made with the password."""
        if self.signed is None:
            return False
        return hmac.compare_digest(stun.message_integrity(self.signed, password), self.values[_INTEGRITY])

    def check(self, password: bytes) -> Check:
        """The request. Raises StunError if it is not proven to come from the peer, else RefusedCheckError."""
        if not self.is_signed_with(password):
            raise StunError("MESSAGE-INTEGRITY is wrong", UNAUTHORIZED)
        if self.unknown:
            raise RefusedCheckError(UNKNOWN_ATTRIBUTE)
        priority = self._number(_PRIORITY)
        if priority is None:
            raise RefusedCheckError(BAD_REQUEST)
        return Check(priority, _USE_CANDIDATE in self.values, self._number(_CONTROLLING), self._number(_CONTROLLED))

    def _number(self, attribute: int) -> int | None:
        value = self.values.get(attribute)
        return None if value is None else int.from_bytes(value)


def read_untrusted(data: bytes) -> UntrustedMessage:
    """The gate. Raises StunError for anything but one well-formed binding message with a correct FINGERPRINT."""
    if not _HEADER.size + _TRAILER.size <= len(data) <= _LONGEST:
        raise StunError("size of a datagram")
    kind, length, cookie, transaction = _HEADER.unpack_from(data)
    if length + _HEADER.size != len(data) or length % 4 or cookie != stun.COOKIE:
        raise StunError("header")
    if kind & ~_CLASS_BITS != stun.Method.BINDING:
        raise StunError("not a binding message")
    end = len(data) - _TRAILER.size
    attribute, size, fingerprint = _TRAILER.unpack_from(data, end)
    if (attribute, size) != (_FINGERPRINT, 4) or fingerprint != stun.message_fingerprint(data[:end]):
        raise StunError("FINGERPRINT missing or wrong")
    values, signed = _attributes(data, end)
    unknown = tuple(found for found in values if found < _OPTIONAL and found not in _UNDERSTOOD)
    return UntrustedMessage(Class(kind & _CLASS_BITS), transaction, values, unknown, signed)


def _attributes(data: bytes, end: int) -> tuple[dict[int, bytes], bytes | None]:
    """The attributes before ``end``, and the bytes before MESSAGE-INTEGRITY. Raises StunError."""
    values: dict[int, bytes] = {}
    signed: bytes | None = None
    place = _HEADER.size
    while place < end:
        attribute, size = _ATTRIBUTE.unpack_from(data, place)
        start, following = place + _ATTRIBUTE.size, place + _ATTRIBUTE.size + (size + 3 & ~3)
        if following > end or _SIZES.get(attribute, size) != size:
            raise StunError("size of an attribute")
        if signed is not None and attribute != _INTEGRITY_SHA256:
            raise StunError("attribute behind MESSAGE-INTEGRITY")
        if attribute == _INTEGRITY:
            signed = data[:place]
        if attribute != _INTEGRITY_SHA256:
            values.setdefault(attribute, data[start : start + size])  # RFC 8489 14: of two of a type the first counts
        place = following
    return values, signed


def check_request(
    transaction: bytes,
    username: str,
    password: bytes,
    *,
    role: tuple[bool, int],
    priority: int,
    nominates: bool = False,
    software: str | None = None,
) -> bytes:
    """A connectivity check (RFC 8445 7.1); ``role``: whether we are controlling, and our tie breaker."""
    controlling, tie_breaker = role
    attributes: dict[str, Any] = {"SOFTWARE": software} if software else {}
    attributes["USERNAME"] = username
    attributes["ICE-CONTROLLING" if controlling else "ICE-CONTROLLED"] = tie_breaker
    attributes["PRIORITY"] = priority
    if nominates:
        attributes["USE-CANDIDATE"] = None
    return _sealed(_message(stun.Class.REQUEST, transaction, attributes), password)


def success_response(transaction: bytes, source: Address, password: bytes, software: str | None = None) -> bytes:
    """The answer to a check that came from ``source``."""
    attributes: dict[str, Any] = {"SOFTWARE": software} if software else {}
    attributes["XOR-MAPPED-ADDRESS"] = source
    return _sealed(_message(stun.Class.RESPONSE, transaction, attributes), password)


def error_response(
    transaction: bytes, code: int, password: bytes | None = None, unknown: tuple[int, ...] = ()
) -> bytes:
    """A refusal; signed if the request was (RFC 8489 9.1.3), so that nothing is signed for strangers."""
    message = _message(stun.Class.ERROR, transaction, {"ERROR-CODE": (code, _PHRASES[code])})
    listed = struct.pack(f"!{len(unknown)}H", *unknown)
    more = _ATTRIBUTE.pack(_UNKNOWN, len(listed)) + listed + bytes(-len(listed) % 4) if unknown else b""
    return _sealed(message, password, more)


def _message(kind: stun.Class, transaction: bytes, attributes: dict[str, Any]) -> stun.Message:
    return stun.Message(stun.Method.BINDING, kind, transaction, attributes)


def _sealed(message: stun.Message, password: bytes | None, more: bytes = b"") -> bytes:
    """The message, ``more`` (attributes that aioice does not know), MESSAGE-INTEGRITY and FINGERPRINT."""
    data = bytes(message) + more
    if password is not None:
        data += _ATTRIBUTE.pack(_INTEGRITY, 20) + stun.message_integrity(data, password)
    data += _TRAILER.pack(_FINGERPRINT, 4, stun.message_fingerprint(data))
    return stun.set_body_length(data, len(data) - _HEADER.size)
