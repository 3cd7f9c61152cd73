"""Who we are towards peers: a certificate and the OpenSSL context that goes with it, renewed in time."""

from dataclasses import dataclass, field

from rtpng.dtls.certificates import Certificate, make_certificate
from rtpng.dtls.openssl import Context, TlsError, make_context
from rtpng.dtls.settings import DtlsSettings
from rtpng.errors import ConfigError
from sipcore.sdp.dtls import Fingerprint


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """A call keeps the identity that it began with: its fingerprint is in the SDP that the peer has.

    ``size``: the largest datagram that handshakes make, in bytes of payload.
    """

    certificate: Certificate
    context: Context = field(repr=False)
    size: int

    def fingerprint(self, algorithm: str) -> Fingerprint:
        """Raises KeyError for an unknown algorithm."""
        return self.certificate.fingerprint(algorithm)


def make_identity(settings: DtlsSettings, wall: float) -> Identity:
    """A fresh one; ``wall`` is the time of day in seconds. Raises ConfigError for what OpenSSL refuses.

    Takes 2 ms, with RSA up to 200: make it in another thread once the daemon has begun to work.
    """
    certificate = make_certificate(settings, wall)
    try:
        context = make_context(certificate, settings.ciphers)
    except TlsError as error:
        raise ConfigError(f"OpenSSL refuses dtls-ciphers or dtls-rsa-key-size: {error}") from None
    return Identity(certificate, context, settings.largest_datagram)
