"""STUN binding messages (RFC 8489) as ICE uses them: what is read passes a strict gate.

aioice is not used. Its parser takes the last of two attributes of one type, raises struct.error for wrong sizes, and
looks at neither the cookie nor at attributes that must be understood; and with its mDNS it is a fifth of a start.
"""

import hmac
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple
from zlib import crc32

from sipcore.address import Address, Family

_HEADER: Final = struct.Struct("!HHI12s")
_ATTRIBUTE: Final = struct.Struct("!HH")
_TRAILER: Final = struct.Struct("!HHI")  # FINGERPRINT, always the last attribute
_BINDING, _CLASS_BITS = 0x0001, 0x0110
_COOKIE: Final = 0x2112A442
_FINGERPRINT_MASK: Final = 0x5354554E
_LONGEST: Final = 1500  # bytes; browsers pack whole DTLS records into checks

_USERNAME, _INTEGRITY, _ERROR_CODE, _UNKNOWN = 0x0006, 0x0008, 0x0009, 0x000A
_PRIORITY, _USE_CANDIDATE, _FINGERPRINT = 0x0024, 0x0025, 0x8028
_CONTROLLED, _CONTROLLING = 0x8029, 0x802A
_MAPPED_ADDRESS, _SOFTWARE = 0x0020, 0x8022
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
        return hmac.compare_digest(_integrity(self.signed, password), self.values[_INTEGRITY])

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
    if length + _HEADER.size != len(data) or length % 4 or cookie != _COOKIE:
        raise StunError("header")
    if kind & ~_CLASS_BITS != _BINDING:
        raise StunError("not a binding message")
    end = len(data) - _TRAILER.size
    attribute, size, fingerprint = _TRAILER.unpack_from(data, end)
    if (attribute, size) != (_FINGERPRINT, 4) or fingerprint != _fingerprint(data[:end]):
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
    attributes = [
        *_named(software),
        (_USERNAME, username.encode()),
        (_CONTROLLING if controlling else _CONTROLLED, tie_breaker.to_bytes(8)),
        (_PRIORITY, priority.to_bytes(4)),
        *([(_USE_CANDIDATE, b"")] if nominates else []),
    ]
    return _message(Class.REQUEST, transaction, attributes, password)


def success_response(transaction: bytes, source: Address, password: bytes, software: str | None = None) -> bytes:
    """The answer to a check that came from ``source``."""
    mapped = (_MAPPED_ADDRESS, _masked_address(source, transaction))
    return _message(Class.SUCCESS, transaction, [*_named(software), mapped], password)


def error_response(
    transaction: bytes, code: int, password: bytes | None = None, unknown: tuple[int, ...] = ()
) -> bytes:
    """A refusal; signed if the request was (RFC 8489 9.1.3), so that nothing is signed for strangers."""
    attributes = [(_ERROR_CODE, struct.pack("!HBB", 0, code // 100, code % 100) + _PHRASES[code].encode())]
    if unknown:
        attributes.append((_UNKNOWN, struct.pack(f"!{len(unknown)}H", *unknown)))
    return _message(Class.ERROR, transaction, attributes, password)


def _named(software: str | None) -> list[tuple[int, bytes]]:
    return [(_SOFTWARE, software.encode())] if software else []


def _message(kind: Class, transaction: bytes, attributes: Iterable[tuple[int, bytes]], password: bytes | None) -> bytes:
    """The message with MESSAGE-INTEGRITY, if there is a password, and FINGERPRINT."""
    body = b"".join(
        _ATTRIBUTE.pack(number, len(value)) + value + bytes(-len(value) % 4) for number, value in attributes
    )
    data = _HEADER.pack(_BINDING | kind.value, 0, _COOKIE, transaction) + body
    if password is not None:
        data += _ATTRIBUTE.pack(_INTEGRITY, 20) + _integrity(data, password)
    data += _TRAILER.pack(_FINGERPRINT, 4, _fingerprint(data))
    return _with_length(data, len(data))


def _with_length(data: bytes, end: int) -> bytes:
    """The beginning of a message, with the length in its header that it has if it ends at ``end``."""
    return data[:2] + (end - _HEADER.size).to_bytes(2) + data[4:]


def _integrity(before: bytes, password: bytes) -> bytes:
    """What MESSAGE-INTEGRITY says of everything before it (RFC 8489 14.5)."""
    return hmac.digest(password, _with_length(before, len(before) + _ATTRIBUTE.size + 20), "sha1")


def _fingerprint(before: bytes) -> int:
    """What FINGERPRINT says of everything before it (RFC 8489 14.7)."""
    return crc32(_with_length(before, len(before) + _TRAILER.size)) ^ _FINGERPRINT_MASK


def _masked_address(address: Address, transaction: bytes) -> bytes:
    """The value of XOR-MAPPED-ADDRESS (RFC 8489 14.2)."""
    version6 = address.family is Family.IP6
    mask = _COOKIE.to_bytes(4) + transaction
    host = socket.inet_pton(socket.AF_INET6 if version6 else socket.AF_INET, address.host)
    masked = bytes(one ^ other for one, other in zip(host, mask, strict=False))
    return struct.pack("!BBH", 0, 2 if version6 else 1, address.port ^ _COOKIE >> 16) + masked
