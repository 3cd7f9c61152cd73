"""The keys that a handshake hands out (RFC 5764 4.2)."""

from sipcore.sdp.dtls import Role
from sipcore.srtp import Keys, Suite


def length(suite: Suite) -> int:
    """Bytes to be exported: key and salt of both sides."""
    return 2 * (suite.key + suite.salt)


def cut(suite: Suite, material: bytes, role: Role) -> tuple[Keys, Keys]:
    """Ours and the peer's, out of client key, server key, client salt, server salt; ``role`` is ours."""
    key, salt = suite.key, suite.salt
    salts = 2 * key
    client = Keys(suite, material[:key], material[salts : salts + salt])
    server = Keys(suite, material[key:salts], material[salts + salt :])
    return (client, server) if role is Role.ACTIVE else (server, client)
