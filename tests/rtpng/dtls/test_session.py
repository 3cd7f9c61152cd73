"""Handshakes between two of our own sessions."""

import pytest

from rtpng.dtls.events import Closed, Failed, Keyed
from rtpng.dtls.identity import Identity
from rtpng.dtls.session import DtlsSession, State
from sipcore.sdp.dtls import HASHES, Role
from sipcore.srtp import SUITES
from tests.rtpng.dtls.pair import Pair, expected, fresh

Identities = tuple[Identity, Identity]


@pytest.mark.parametrize("algorithm", HASHES)
def test_both_sides_get_the_same_keys(elliptic: Identities, algorithm: str) -> None:
    pair = Pair(*elliptic, algorithm)
    pair.exchange()
    client, server = pair.keyed(Role.ACTIVE), pair.keyed(Role.PASSIVE)
    assert (client.local, client.remote) == (server.remote, server.local)
    assert client.local.suite is SUITES["AEAD_AES_256_GCM"]
    assert (len(client.local.key), len(client.local.salt)) == (32, 12)
    assert client.local != client.remote
    assert pair.client.state is pair.server.state is State.CONNECTED


def test_no_keys_for_a_certificate_with_another_fingerprint(elliptic: Identities) -> None:
    pair = Pair(*elliptic)
    pair.server = DtlsSession(elliptic[1], Role.PASSIVE, expected(fresh()), pair.now)
    pair.exchange()
    assert not any(isinstance(event, Keyed) for events in pair.told.values() for event in events)
    (event,) = pair.told[Role.PASSIVE]
    assert event == Failed("the peer's certificate does not have the fingerprint of its SDP")
    assert pair.server.state is State.FAILED


def test_a_close_reaches_the_peer(elliptic: Identities) -> None:
    pair = Pair(*elliptic)
    pair.exchange()
    pair.client.close()
    pair.exchange()
    assert pair.told[Role.PASSIVE][-1] == Closed("close_notify of the peer")
    assert pair.client.state is pair.server.state is State.CLOSED


def test_keys_are_not_shown(elliptic: Identities) -> None:
    pair = Pair(*elliptic)
    pair.exchange()
    keyed = pair.keyed(Role.ACTIVE)
    for secret in (keyed.local.key, keyed.local.salt, keyed.remote.key):
        assert repr(secret)[2:-1] not in repr(keyed)
        assert secret.hex() not in repr(keyed)
