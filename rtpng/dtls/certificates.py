"""Our own certificates: self-signed, known to the peer by their fingerprint in SDP (RFC 5763 5)."""

import datetime
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from rtpng.dtls.settings import RSA, DtlsSettings
from sipcore.sdp.dtls import Fingerprint

DAY = 24 * 3600.0
LIFETIME = 30 * DAY
PREDATED = DAY
_NAME = "rtpng"

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
X509 = x509.Certificate


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """A key, its certificate, and the same in DER. Times are wall times in seconds."""

    key: PrivateKey = field(repr=False)
    x509: X509 = field(repr=False)
    der: bytes = field(repr=False)
    made: float

    @property
    def renew_at(self) -> float:
        """Half of its life: a call that begins then still has the other half."""
        return self.made + LIFETIME / 2

    def fingerprint(self, algorithm: str) -> Fingerprint:
        """Raises KeyError for an unknown algorithm."""
        return Fingerprint.of(self.der, algorithm)


def make_certificate(settings: DtlsSettings, wall: float) -> Certificate:
    """A fresh one. Takes 1 ms, but 50 to 200 ms for an RSA key of 2048 bits: not for the event loop."""
    key = _make_key(settings)
    begin = datetime.datetime.fromtimestamp(wall - PREDATED, datetime.UTC)  # clocks of peers may be behind
    end = datetime.datetime.fromtimestamp(wall + LIFETIME, datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, _NAME)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)
    certificate = builder.sign(key, hashes.SHA256())
    return Certificate(key, certificate, certificate.public_bytes(Encoding.DER), wall)


def _make_key(settings: DtlsSettings) -> PrivateKey:
    if settings.key == RSA:
        return rsa.generate_private_key(65537, settings.rsa_bits)
    return ec.generate_private_key(ec.SECP256R1())
