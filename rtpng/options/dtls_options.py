"""The options about DTLS, and the settings that they make."""

from collections.abc import Mapping
from typing import cast

from rtpng.config import Notice
from rtpng.dtls.settings import CIPHERS, EC, RSA, DtlsSettings
from rtpng.options.option import Kind, Option, Value

SHA256, SHA1 = "SHA-256", "SHA-1"
_WARNING = 4

DTLS = (
    Option("dtls-passive", Kind.BOOL, False, "Be the server of DTLS whenever the peer leaves the choice."),
    Option("dtls-cert-cipher", Kind.STRING, EC, "Kind of the key of the DTLS certificate.", choices=(EC, RSA)),
    Option("dtls-rsa-key-size", Kind.INT, 2048, "Bits of that key if it is RSA.", None, "BITS", low=2048, high=16384),
    Option("dtls-mtu", Kind.INT, 1200, "Largest packet of DTLS, with its headers.", None, "BYTES", low=576, high=65535),
    Option("dtls-ciphers", Kind.STRING, CIPHERS, "Ciphers of DTLS, as OpenSSL writes them.", None, "LIST"),
    Option(
        "dtls-signature",
        Kind.STRING,
        SHA256,
        "Signature of the DTLS certificate; it is SHA-256 whatever is said here.",
        choices=(SHA256, SHA1),
    ),
)


def dtls_settings(values: Mapping[str, Value]) -> DtlsSettings:
    """From the values of all options."""
    return DtlsSettings(
        passive=cast("bool", values["dtls-passive"]),
        key=cast("str", values["dtls-cert-cipher"]),
        rsa_bits=cast("int", values["dtls-rsa-key-size"]),
        mtu=cast("int", values["dtls-mtu"]),
        ciphers=cast("str", values["dtls-ciphers"]),
    )


def dtls_notices(values: Mapping[str, Value]) -> list[Notice]:
    """What of it is not done as it was asked for."""
    if values["dtls-signature"] != SHA1:
        return []
    return [Notice(_WARNING, "option dtls-signature: OpenSSL signs nothing with SHA-1 any more, SHA-256 is taken")]
