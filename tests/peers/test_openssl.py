"""Handshakes with OpenSSL's own client and server: both export the same keys, and wrong fingerprints are refused."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rtpng.dtls.events import Failed, Keyed
from rtpng.dtls.identity import Identity, make_identity
from rtpng.dtls.keys import cut
from rtpng.dtls.session import DtlsSession
from rtpng.dtls.settings import DtlsSettings
from sipcore.sdp.dtls import Role
from sipcore.srtp import SUITES
from tests.netns.topology import Host, Network
from tests.peers import openssl_peer

pytestmark = pytest.mark.peers

COMBINATIONS = [  # our role, the kind of both keys, SRTP suite, hash of the fingerprint, MTU
    (Role.ACTIVE, "prime256v1", "AEAD_AES_256_GCM", "sha-256", 1200),
    (Role.ACTIVE, "RSA", "AES_CM_128_HMAC_SHA1_80", "sha-1", 600),
    (Role.ACTIVE, "prime256v1", "AES_CM_128_HMAC_SHA1_32", "sha-512", 1200),
    (Role.PASSIVE, "prime256v1", "AEAD_AES_128_GCM", "sha-224", 600),
    (Role.PASSIVE, "RSA", "AEAD_AES_256_GCM", "sha-384", 1200),
    (Role.PASSIVE, "RSA", "AES_CM_128_HMAC_SHA1_80", "sha-256", 600),
]


@pytest.fixture
def host() -> Iterator[Host]:
    with Network("dtls") as network:
        yield network.host("both")


def identity(kind: str, mtu: int = 1200) -> Identity:
    return make_identity(DtlsSettings(key=kind, mtu=mtu), time.time())


@pytest.mark.parametrize(("role", "kind", "suite", "algorithm", "mtu"), COMBINATIONS)
def test_the_keys_are_equal(
    host: Host, tmp_path: Path, role: Role, kind: str, suite: str, algorithm: str, mtu: int
) -> None:
    ours, theirs = identity(kind, mtu), identity(kind)
    phone = host.udp(openssl_peer.LOOPBACK, openssl_peer.OURS)
    peer = openssl_peer.start(host, role.other, theirs, SUITES[suite], tmp_path, mtu)
    session = DtlsSession(ours, role, [theirs.fingerprint(algorithm)], time.monotonic())
    told = openssl_peer.handshake(phone, session, peer)
    material = peer.material()
    assert material is not None, peer.output.read_text()
    assert told == [Keyed(*cut(SUITES[suite], material, role))]


def test_a_server_may_ask_for_the_hello_twice(host: Host, tmp_path: Path) -> None:
    """HelloVerifyRequest with a cookie (RFC 6347 4.2.1)."""
    ours, theirs, suite = identity("prime256v1"), identity("prime256v1"), SUITES["AEAD_AES_256_GCM"]
    phone = host.udp(openssl_peer.LOOPBACK, openssl_peer.OURS)
    peer = openssl_peer.start(host, Role.PASSIVE, theirs, suite, tmp_path, 1200, "-listen")
    session = DtlsSession(ours, Role.ACTIVE, [theirs.fingerprint("sha-256")], time.monotonic())
    told = openssl_peer.handshake(phone, session, peer)
    material = peer.material()
    assert material is not None, peer.output.read_text()
    assert told == [Keyed(*cut(suite, material, Role.ACTIVE))]


@pytest.mark.parametrize("role", Role)
def test_a_wrong_fingerprint_is_refused(host: Host, tmp_path: Path, role: Role) -> None:
    ours, theirs = identity("prime256v1"), identity("prime256v1")
    phone = host.udp(openssl_peer.LOOPBACK, openssl_peer.OURS)
    peer = openssl_peer.start(host, role.other, theirs, SUITES["AEAD_AES_256_GCM"], tmp_path, 1200)
    session = DtlsSession(ours, role, [ours.fingerprint("sha-256")], time.monotonic())
    told = openssl_peer.handshake(phone, session, peer)
    assert told == [Failed("the peer's certificate does not have the fingerprint of its SDP")]
    assert peer.material() is None
