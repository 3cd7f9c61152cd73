"""The SRTP profiles that a handshake can agree on, and the keys that each takes out of it (RFC 5764 4.1.2, 4.2)."""

from dataclasses import dataclass, field

from sipcore.sdp.dtls import Role


@dataclass(frozen=True, slots=True)
class Profile:
    """``name`` as in ``a=crypto`` (RFC 4568, 7714), ``tls_name`` as OpenSSL says it; lengths in bytes."""

    name: str
    tls_name: str
    key: int
    salt: int

    @property
    def material(self) -> int:
        """Bytes to be exported: key and salt of both sides."""
        return 2 * (self.key + self.salt)


# in the order of preference that decides when we are the server
PROFILES = (
    Profile("AEAD_AES_256_GCM", "SRTP_AEAD_AES_256_GCM", 32, 12),
    Profile("AEAD_AES_128_GCM", "SRTP_AEAD_AES_128_GCM", 16, 12),
    Profile("AES_CM_128_HMAC_SHA1_80", "SRTP_AES128_CM_SHA1_80", 16, 14),
    Profile("AES_CM_128_HMAC_SHA1_32", "SRTP_AES128_CM_SHA1_32", 16, 14),
)

_BY_TLS_NAME = {profile.tls_name: profile for profile in PROFILES}


def profile_named(tls_name: str) -> Profile | None:
    """The profile that OpenSSL calls so."""
    return _BY_TLS_NAME.get(tls_name)


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """Key followed by salt of each direction: ``local`` for what we send, ``remote`` for what the peer sends."""

    local: bytes = field(repr=False)
    remote: bytes = field(repr=False)


def master_keys(profile: Profile, material: bytes, role: Role) -> MasterKeys:
    """Cuts exported material: client key, server key, client salt, server salt; ``role`` is ours."""
    key, salt = profile.key, profile.salt
    salts = 2 * key
    client = material[:key] + material[salts : salts + salt]
    server = material[key:salts] + material[salts + salt :]
    return MasterKeys(client, server) if role is Role.ACTIVE else MasterKeys(server, client)
