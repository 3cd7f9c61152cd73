"""Our certificates, and what is accepted of the peer's."""

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from rtpng.dtls.certificates import DAY, make_certificate
from rtpng.dtls.events import Failed, Keyed
from rtpng.dtls.identity import Identity, make_identity
from rtpng.dtls.openssl import make_context
from rtpng.dtls.settings import CIPHERS, RSA, DtlsSettings
from rtpng.errors import ConfigError
from sipcore.sdp.dtls import Role
from tests.rtpng.dtls.pair import WALL, Pair, fresh

Identities = tuple[Identity, Identity]


def test_a_certificate_is_good_for_a_month_and_renewed_after_half_of_it() -> None:
    certificate = make_certificate(DtlsSettings(), WALL)
    assert certificate.x509.not_valid_before_utc.timestamp() == WALL - DAY
    assert certificate.x509.not_valid_after_utc.timestamp() == WALL + 30 * DAY
    assert certificate.renew_at == WALL + 15 * DAY


def test_it_is_signed_by_itself() -> None:
    certificate = make_certificate(DtlsSettings(), WALL)
    certificate.x509.verify_directly_issued_by(certificate.x509)
    assert isinstance(certificate.x509.signature_hash_algorithm, hashes.SHA256)
    assert isinstance(certificate.key, ec.EllipticCurvePrivateKey)
    assert isinstance(certificate.key.curve, ec.SECP256R1)


def test_an_rsa_key_has_the_bits_that_were_asked_for() -> None:
    certificate = make_certificate(DtlsSettings(key=RSA, rsa_bits=1024), WALL)
    assert isinstance(certificate.key, rsa.RSAPrivateKey)
    assert certificate.key.key_size == 1024


def test_fingerprints_are_those_of_the_library() -> None:
    certificate = make_certificate(DtlsSettings(), WALL)
    assert certificate.fingerprint("sha-384").digest == certificate.x509.fingerprint(hashes.SHA384())
    assert x509.load_der_x509_certificate(certificate.der) == certificate.x509


def test_no_two_are_the_same() -> None:
    assert fresh().fingerprint("sha-256") != fresh().fingerprint("sha-256")


def test_ciphers_that_nobody_knows_are_a_mistake_of_the_operator() -> None:
    with pytest.raises(ConfigError, match="OpenSSL refuses dtls-ciphers or dtls-rsa-key-size: no cipher match"):
        make_identity(DtlsSettings(ciphers="nonsense"), WALL)


def test_the_ciphers_are_obeyed(elliptic: Identities) -> None:
    pair = Pair(make_identity(DtlsSettings(ciphers="ECDHE-RSA-AES128-GCM-SHA256"), WALL), elliptic[1])
    pair.exchange()
    assert pair.server.last_error == "no shared cipher"


def test_a_peer_whose_certificate_has_expired_is_what_its_fingerprint_says(elliptic: Identities) -> None:
    pair = Pair(make_identity(DtlsSettings(), wall=10 * DAY), elliptic[1])
    pair.exchange()
    assert pair.keyed(Role.ACTIVE).local == pair.keyed(Role.PASSIVE).remote


@pytest.mark.parametrize("liar", Role)
def test_the_right_certificate_behind_a_wrong_one_proves_nothing(elliptic: Identities, liar: Role) -> None:
    right, other = elliptic if liar is Role.ACTIVE else reversed(elliptic)
    wrong = fresh()
    context = make_context(wrong.certificate, CIPHERS)
    context.add_extra_chain_cert(right.certificate.x509)
    shown = replace(right, context=context)  # fingerprint of the right one, handshakes with the wrong one
    pair = Pair(shown, other) if liar is Role.ACTIVE else Pair(other, shown)
    pair.exchange()
    assert pair.told[liar.other] == [Failed("the peer's certificate does not have the fingerprint of its SDP")]
    assert not any(isinstance(event, Keyed) for event in pair.told[liar])


def test_a_chain_behind_the_right_certificate_does_no_harm(elliptic: Identities) -> None:
    context = make_context(elliptic[0].certificate, CIPHERS)
    context.add_extra_chain_cert(fresh().certificate.x509)
    pair = Pair(replace(elliptic[0], context=context), elliptic[1])
    pair.exchange()
    assert pair.keyed(Role.ACTIVE).local == pair.keyed(Role.PASSIVE).remote


def test_small_rsa_keys_of_old_peers_are_taken(elliptic: Identities) -> None:
    small = make_identity(DtlsSettings(key=RSA, rsa_bits=1024, ciphers=f"{CIPHERS}:@SECLEVEL=0"), WALL)
    for pair in (Pair(small, elliptic[1]), Pair(elliptic[0], small)):
        pair.exchange()
        assert pair.keyed(Role.ACTIVE).local == pair.keyed(Role.PASSIVE).remote
