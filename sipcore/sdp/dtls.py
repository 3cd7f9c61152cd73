"""Typed views of what SDP says about DTLS: setup, fingerprint, tls-id (RFC 4145, 8122, 8842)."""

import re
from dataclasses import dataclass
from enum import Enum
from hashlib import new as new_hash
from hmac import compare_digest

from sipcore.errors import ParseError, quoted
from sipcore.sdp.attributes import inherited
from sipcore.sdp.session import MediaDescription, SessionDescription

# names of RFC 8122 to those of hashlib, the weakest first; MD5 and MD2, which it has too, prove nothing any more
HASHES = {"sha-1": "sha1", "sha-224": "sha224", "sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512"}
_STRENGTH = {name: strength for strength, name in enumerate(HASHES)}
_SIZES = {name: new_hash(python_name).digest_size for name, python_name in HASHES.items()}

_DIGEST = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})*")
_TLS_ID = re.compile(r"[0-9A-Za-z+/_-]{1,255}")


class Role(Enum):
    """Who begins a DTLS handshake; the value is the word of ``a=setup``."""

    ACTIVE = "active"  # the client
    PASSIVE = "passive"  # the server

    @property
    def other(self) -> "Role":
        return Role.PASSIVE if self is Role.ACTIVE else Role.ACTIVE


class Setup(Enum):
    """``a=setup`` (RFC 4145 4); the value is its word."""

    ACTPASS = "actpass"
    ACTIVE = "active"
    PASSIVE = "passive"
    HOLDCONN = "holdconn"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A certificate's digest by one of HASHES (RFC 8122 5)."""

    algorithm: str
    digest: bytes

    @classmethod
    def of(cls, certificate: bytes, algorithm: str) -> "Fingerprint":
        """The fingerprint of a certificate in DER. Raises KeyError for an algorithm that HASHES does not have."""
        return cls(algorithm, new_hash(HASHES[algorithm], certificate).digest())

    def matches(self, certificate: bytes) -> bool:
        """Whether it is this certificate's, in DER."""
        return compare_digest(self.digest, Fingerprint.of(certificate, self.algorithm).digest)

    @property
    def text(self) -> str:
        """What stands behind ``a=fingerprint:``."""
        return f"{self.algorithm} {self.digest.hex(':').upper()}"


def setup_of(session: SessionDescription, media: MediaDescription) -> Setup | None:
    """``a=setup`` of the media, else of the session; None if there is none. Raises ParseError for an unknown word."""
    value = inherited(session, media, "setup")
    if value is None:
        return None
    try:
        return Setup(value.strip().lower())
    except ValueError:
        raise ParseError(f"a=setup needs actpass, active, passive or holdconn: {quoted(value)}") from None


def fingerprints_of(session: SessionDescription, media: MediaDescription) -> tuple[Fingerprint, ...]:
    """Any of these proves the peer's certificate: those of the strongest algorithm in the media, else the session.

    Lines with an algorithm that HASHES does not have count as absent. Raises ParseError for a malformed line.
    """
    values = media.attributes_named("fingerprint") or session.attributes_named("fingerprint")
    found = [fingerprint for fingerprint in map(parse_fingerprint, values) if fingerprint is not None]
    strongest = max((_STRENGTH[fingerprint.algorithm] for fingerprint in found), default=None)
    return tuple(dict.fromkeys(one for one in found if _STRENGTH[one.algorithm] == strongest))


def parse_fingerprint(text: str) -> Fingerprint | None:
    """What stands behind ``a=fingerprint:``; None for an unknown algorithm. Raises ParseError."""
    match text.split():
        case [name, digest] if _DIGEST.fullmatch(digest):
            algorithm = name.lower()
        case _:
            raise ParseError(f"a=fingerprint needs a hash and bytes in hex with colons: {quoted(text)}")
    if algorithm not in HASHES:
        return None
    value = bytes.fromhex(digest.replace(":", ""))
    if len(value) != _SIZES[algorithm]:
        raise ParseError(f"a=fingerprint of {len(value)} bytes, {algorithm} has {_SIZES[algorithm]}: {quoted(text)}")
    return Fingerprint(algorithm, value)


def tls_id_of(session: SessionDescription, media: MediaDescription) -> str | None:
    """``a=tls-id`` (RFC 8842 4) of the media, else of the session; None if there is none. Raises ParseError."""
    value = inherited(session, media, "tls-id")
    if value is None:
        return None
    if not _TLS_ID.fullmatch(value.strip()):
        raise ParseError(f"a=tls-id needs 1 to 255 letters, digits, +, /, - or _: {quoted(value)}")
    return value.strip()
