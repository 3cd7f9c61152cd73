"""The bridge's own certificate, made at the first start and again before it runs out."""

import datetime
import ipaddress
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

DAYS = 397  # browsers believe no longer ones
RENEWED = 30  # days before the end
_NAMES = (
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    x509.IPAddress(ipaddress.ip_address("::1")),
)


def present(folder: Path, now: datetime.datetime) -> tuple[Path, Path]:
    """Certificate and key in ``folder``, made if they are missing or nearly out of date. Raises OSError."""
    chain, key = folder / "bridge.pem", folder / "bridge.key"
    if not (key.exists() and _is_good(chain, now)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made_key, made_chain = make(now)
        _write(key, made_key, 0o600)
        _write(chain, made_chain, 0o644)
    return chain, key


def make(now: datetime.datetime) -> tuple[bytes, bytes]:
    """A key and its self-signed certificate, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "rtpng workstation bridge")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=DAYS - 1))
    builder = builder.add_extension(x509.SubjectAlternativeName(_NAMES), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    certificate = builder.add_extension(purposes, critical=False).sign(key, hashes.SHA256())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, certificate.public_bytes(Encoding.PEM)


def _is_good(chain: Path, now: datetime.datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(chain.read_bytes())
    except (OSError, ValueError):
        return False
    return certificate.not_valid_after_utc > now + datetime.timedelta(days=RENEWED)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Nobody else sees the key, not even for a moment."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    draft.replace(path)
