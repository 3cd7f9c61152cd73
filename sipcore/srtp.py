"""SRTP crypto suites and keys: what SDES (RFC 4568, 6188, 7714) and DTLS-SRTP (RFC 5764) negotiate."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType


class Cipher(Enum):
    """How a suite encrypts; all but GCM authenticate with HMAC-SHA1."""

    AES_CM = auto()
    AES_GCM = auto()
    AES_F8 = auto()
    NULL = auto()


@dataclass(frozen=True, slots=True)
class Suite:
    """One row of SUITES. Lengths are bytes; ``rtcp_tag`` is longer than ``tag`` where only RTP is cut short.

    ``dtls``/``dtls_id``: name (as OpenSSL spells it) and number of the DTLS-SRTP profile; None where there is none.
    """

    name: str
    cipher: Cipher
    key: int
    salt: int
    tag: int
    rtcp_tag: int
    dtls: str | None = None
    dtls_id: int | None = None

    @property
    def is_rare(self) -> bool:
        """Whether libsrtp 2 lacks it.

        It has no f8, and derives the session keys of AES-192 in a way of its own (RFC 6188 3 wants AES-192 there too).
        """
        return self.cipher is Cipher.AES_F8 or self.key == 24


# in the order in which rtpengine 26 offers them
_ROWS = (
    Suite("AEAD_AES_256_GCM", Cipher.AES_GCM, 32, 12, 16, 16, "SRTP_AEAD_AES_256_GCM", 8),
    Suite("AEAD_AES_128_GCM", Cipher.AES_GCM, 16, 12, 16, 16, "SRTP_AEAD_AES_128_GCM", 7),
    Suite("AES_256_CM_HMAC_SHA1_80", Cipher.AES_CM, 32, 14, 10, 10),
    Suite("AES_256_CM_HMAC_SHA1_32", Cipher.AES_CM, 32, 14, 4, 10),
    Suite("AES_192_CM_HMAC_SHA1_80", Cipher.AES_CM, 24, 14, 10, 10),
    Suite("AES_192_CM_HMAC_SHA1_32", Cipher.AES_CM, 24, 14, 4, 10),
    Suite("AES_CM_128_HMAC_SHA1_80", Cipher.AES_CM, 16, 14, 10, 10, "SRTP_AES128_CM_SHA1_80", 1),
    Suite("AES_CM_128_HMAC_SHA1_32", Cipher.AES_CM, 16, 14, 4, 10, "SRTP_AES128_CM_SHA1_32", 2),
    Suite("F8_128_HMAC_SHA1_80", Cipher.AES_F8, 16, 14, 10, 10),
    Suite("F8_128_HMAC_SHA1_32", Cipher.AES_F8, 16, 14, 4, 10),
    Suite("NULL_HMAC_SHA1_80", Cipher.NULL, 16, 14, 10, 10),
    Suite("NULL_HMAC_SHA1_32", Cipher.NULL, 16, 14, 4, 10),
)

SUITES: Mapping[str, Suite] = MappingProxyType({suite.name: suite for suite in _ROWS})
DTLS_SUITES: Mapping[str, Suite] = MappingProxyType({suite.dtls: suite for suite in _ROWS if suite.dtls is not None})


def suite_of(name: str) -> Suite | None:
    """The suite of a name, in any case; None for an unknown one."""
    return SUITES.get(name.upper())


@dataclass(frozen=True, slots=True)
class Keys:
    """The master key of one direction, and how it is used. Equal keys are one SRTP context: one rollover counter.

    ``mki``: appended to every packet (RFC 3711 3.1), b"" for none. The flags are session parameters (RFC 4568 6.3).
    """

    suite: Suite
    key: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    mki: bytes = b""
    unencrypted_srtp: bool = False
    unencrypted_srtcp: bool = False
    unauthenticated_srtp: bool = False

    def __post_init__(self) -> None:
        if (len(self.key), len(self.salt)) != (self.suite.key, self.suite.salt):
            raise ValueError(f"{self.suite.name} has keys of {self.suite.key} and salts of {self.suite.salt} bytes")

    @property
    def material(self) -> bytes:
        """Key and salt in one, as SDES carries them and the library wants them."""
        return self.key + self.salt


def joined(suite: Suite, material: bytes) -> Keys:
    """Keys from key and salt in one. Raises ValueError for a wrong length."""
    return Keys(suite, material[: suite.key], material[suite.key :])


def fresh(suite: Suite, entropy: Callable[[int], bytes] = secrets.token_bytes) -> Keys:
    """New random keys."""
    return joined(suite, entropy(suite.key + suite.salt))


def exported_length(suite: Suite) -> int:
    """How many bytes of keying material DTLS has to export (RFC 5764 4.2)."""
    return 2 * (suite.key + suite.salt)


def exported(suite: Suite, material: bytes) -> tuple[Keys, Keys]:
    """The keys with which the DTLS client, and the server, write. Raises ValueError for a wrong length."""
    if len(material) != exported_length(suite):
        raise ValueError(f"{suite.name} exports {exported_length(suite)} bytes of keying material")
    salts = 2 * suite.key
    client = Keys(suite, material[: suite.key], material[salts : salts + suite.salt])
    server = Keys(suite, material[suite.key : salts], material[salts + suite.salt :])
    return client, server
