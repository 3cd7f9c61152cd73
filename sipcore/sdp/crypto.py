"""``a=crypto``: SDES keys in SDP (RFC 4568)."""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from sipcore.errors import ParseError
from sipcore.sdp.session import MediaDescription
from sipcore.srtp import Cipher, Keys, joined, suite_of

_FLAGS: Final = ("UNENCRYPTED_SRTP", "UNENCRYPTED_SRTCP", "UNAUTHENTICATED_SRTP")
_HARMLESS: Final = ("KDR=0", "WSH=", "-")  # how parameters begin that ask for nothing, or may be ignored (6.3.7)
_LONGEST_MKI: Final = 128  # bytes (6.1)
_LONGEST_LIFE: Final = 48  # a key is good for 2^48 packets (RFC 3711 9.2)


@dataclass(frozen=True, slots=True)
class Crypto:
    """One usable ``a=crypto``; ``lifetime`` in packets, as it was written (``2^31``)."""

    tag: int
    keys: Keys
    lifetime: str | None = None


def cryptos_of(media: MediaDescription) -> tuple[Crypto, ...]:
    """The usable ones in the peer's order of preference; of two with one tag the first.

    rtpengine's observed behaviour: an unusable line is no reason to refuse the others.
    """
    found: dict[int, Crypto] = {}
    for crypto in _usable(media.attributes_named("crypto")):
        found.setdefault(crypto.tag, crypto)
    return tuple(found.values())


def parse_crypto(value: str) -> Crypto:
    """What stands behind ``a=crypto:``. Raises ParseError, with no key in it, for what cannot be used."""
    match value.split():
        case [tag, name, parameters, *session]:
            keys, lifetime = _parse_key(name, parameters)
            return Crypto(_parse_tag(tag), _with_session(keys, session), lifetime)
        case _:
            raise ParseError("a=crypto needs a tag, a suite and a key")


def printed(crypto: Crypto, *, pad: bool = False) -> str:
    """What stands behind ``a=crypto:``; ``pad`` keeps the padding of base64, which rtpengine 26 leaves out."""
    keys = crypto.keys
    text = base64.b64encode(keys.material).decode()
    parts = [text if pad else text.rstrip("=")]
    if crypto.lifetime is not None:
        parts.append(crypto.lifetime)
    if keys.mki:
        parts.append(f"{int.from_bytes(keys.mki)}:{len(keys.mki)}")
    flags = [flag for flag in _FLAGS if getattr(keys, flag.lower())]
    return " ".join([str(crypto.tag), keys.suite.name, f"inline:{'|'.join(parts)}", *flags])


def _usable(values: Iterable[str]) -> Iterator[Crypto]:
    for value in values:
        try:
            yield parse_crypto(value)
        except ParseError:
            continue


def _parse_tag(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ParseError("a=crypto whose tag is not one to nine digits")
    return int(text)


def _parse_key(name: str, parameters: str) -> tuple[Keys, str | None]:
    """Keys and lifetime. Of several keys (told apart by their MKI) the first is the one to send with (6.1)."""
    suite = suite_of(name)
    if suite is None:
        raise ParseError("a=crypto of an unknown suite")
    method, _, text = parameters.split(";")[0].partition(":")
    if method.lower() != "inline":
        raise ParseError("a=crypto without an inline key")
    material, *rest = text.split("|")
    lifetime, mki = _parse_rest(rest)
    try:
        return replace(joined(suite, _decoded(material)), mki=mki), lifetime
    except ValueError:
        raise ParseError(f"a=crypto with a key that is none of {suite.name}") from None


def _decoded(text: str) -> bytes:
    """Base64 with or without padding. Raises ValueError."""
    bare = text.rstrip("=")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)


def _parse_rest(parts: list[str]) -> tuple[str | None, bytes]:
    """Lifetime and MKI, each of which may be missing."""
    match parts:
        case []:
            return None, b""
        case [mki] if ":" in mki:
            return None, _parse_mki(mki)
        case [lifetime]:
            return _checked_lifetime(lifetime), b""
        case [lifetime, mki]:
            return _checked_lifetime(lifetime), _parse_mki(mki)
        case _:
            raise ParseError("a=crypto with more than a key, its lifetime and its MKI")


def _checked_lifetime(text: str) -> str:
    power = _number(text.removeprefix("2^"), _LONGEST_LIFE) if text.startswith("2^") else None
    if power is None and not _number(text, 2**_LONGEST_LIFE):
        raise ParseError("a=crypto with a lifetime that is no number of packets")
    return text


def _parse_mki(text: str) -> bytes:
    value, _, length = text.partition(":")
    size = _number(length, _LONGEST_MKI) or 0
    number = _number(value, 256**size - 1)
    if not size or number is None:
        raise ParseError("a=crypto whose MKI is no number of 1 to 128 bytes")
    return number.to_bytes(size)


def _with_session(keys: Keys, parameters: list[str]) -> Keys:
    """Keys with the session parameters. Raises ParseError for one that we do not carry out (FEC, KDR; 6.3)."""
    given = {parameter.upper() for parameter in parameters}
    if any(not parameter.startswith(_HARMLESS) for parameter in given.difference(_FLAGS)):
        raise ParseError("a=crypto with a session parameter that is not carried out")
    if given.intersection(_FLAGS) and keys.suite.cipher is Cipher.AES_GCM:  # AEAD is all or nothing (RFC 7714 14.1)
        raise ParseError("a=crypto of an AEAD suite without encryption or authentication")
    return replace(
        keys,
        unencrypted_srtp="UNENCRYPTED_SRTP" in given,
        unencrypted_srtcp="UNENCRYPTED_SRTCP" in given,
        unauthenticated_srtp="UNAUTHENTICATED_SRTP" in given,
    )


def _number(text: str, most: int) -> int | None:
    """A decimal number up to ``most``; None for anything else. Reading a long one would take quadratic time."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        return None
    number = int(text)
    return number if number <= most else None
