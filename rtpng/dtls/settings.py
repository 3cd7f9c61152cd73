"""What the operator says about DTLS: the ``dtls-*`` options."""

from dataclasses import dataclass

EC, RSA = "prime256v1", "RSA"

# rtpengine's own default, so that the same peers are refused
CIPHERS = "DEFAULT:!NULL:!aNULL:!SHA256:!SHA384:!aECDH:!AESGCM+AES256:!aPSK"

# IPv6 and UDP headers, counted by rtpengine as well
_HEADERS = 48


@dataclass(frozen=True, slots=True)
class DtlsSettings:
    """``mtu`` is of the link, headers included; ``key`` is EC or RSA, and ``rsa_bits`` are of the latter."""

    passive: bool = False  # be the server whenever the peer leaves the choice
    key: str = EC
    rsa_bits: int = 2048
    mtu: int = 1200
    ciphers: str = CIPHERS

    @property
    def largest_datagram(self) -> int:
        """Bytes of payload that fit into one packet."""
        return self.mtu - _HEADERS
