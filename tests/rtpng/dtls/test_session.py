"""Handshakes between two of our own sessions, whose datagrams all arrive."""

from dataclasses import replace

import pytest

from rtpng.dtls.events import Closed, Failed, Keyed, State
from rtpng.dtls.identity import Identity
from rtpng.dtls.openssl import make_context
from rtpng.dtls.records import Drop, records_of
from rtpng.dtls.session import PATIENCE, RETRIES, DtlsSession
from rtpng.dtls.settings import CIPHERS, DtlsSettings
from sipcore.sdp.dtls import HASHES, Fingerprint, Role
from sipcore.srtp import DTLS_SUITES, SUITES
from tests.rtpng.dtls import hello
from tests.rtpng.dtls.pair import Pair, expected, fresh

Identities = tuple[Identity, Identity]
WRONG = Failed("the peer's certificate does not have the fingerprint of its SDP")


def only(identity: Identity, profile: str) -> Identity:
    """The same, with one SRTP profile."""
    return replace(identity, context=make_context(identity.certificate, CIPHERS, [profile]))


@pytest.mark.parametrize("limited", Role)
@pytest.mark.parametrize("kind", ["elliptic", "rsa", "mixed"])
@pytest.mark.parametrize("profile", DTLS_SUITES)
def test_every_profile_with_every_key(
    elliptic: Identities, rsa: Identities, profile: str, kind: str, limited: Role
) -> None:
    client, server = {"elliptic": elliptic, "rsa": rsa, "mixed": (elliptic[0], rsa[1])}[kind]
    pair = Pair(only(client, profile), server) if limited is Role.ACTIVE else Pair(client, only(server, profile))
    pair.exchange()
    client_keys, server_keys = pair.keyed(Role.ACTIVE), pair.keyed(Role.PASSIVE)
    suite = DTLS_SUITES[profile]
    assert client_keys.local == server_keys.remote
    assert client_keys.remote == server_keys.local
    assert client_keys.local.suite is client_keys.remote.suite is suite
    assert (len(client_keys.local.key), len(client_keys.local.salt)) == (suite.key, suite.salt)
    assert client_keys.local != client_keys.remote


@pytest.mark.parametrize("algorithm", HASHES)
def test_every_hash_of_a_fingerprint(elliptic: Identities, algorithm: str) -> None:
    pair = Pair(*elliptic, algorithm)
    pair.exchange()
    assert pair.keyed(Role.ACTIVE).local == pair.keyed(Role.PASSIVE).remote
    assert pair.client.state is pair.server.state is State.CONNECTED


def test_the_server_prefers_the_strongest_profile(elliptic: Identities) -> None:
    pair = Pair(*elliptic)
    pair.exchange()
    assert pair.keyed(Role.ACTIVE).local.suite is SUITES["AEAD_AES_256_GCM"]


@pytest.mark.parametrize("algorithm", HASHES)
@pytest.mark.parametrize("misled", Role)
def test_no_keys_for_a_certificate_with_another_fingerprint(elliptic: Identities, misled: Role, algorithm: str) -> None:
    pair = Pair(*elliptic)
    identity = elliptic[0] if misled is Role.ACTIVE else elliptic[1]
    session = DtlsSession(identity, misled, expected(fresh(), algorithm), pair.now)
    if misled is Role.ACTIVE:
        pair.client = session
    else:
        pair.server = session
    pair.exchange()
    assert pair.told[misled] == [WRONG]
    assert session.last_error == WRONG.reason
    pair.pass_time(300.0)
    assert set(pair.told[misled]) == {WRONG}
    assert not any(isinstance(event, Keyed) for event in pair.told[misled.other])
    assert (session.state, session.timer()) == (State.FAILED, None)


def test_a_forged_certificate_does_not_end_the_hope(elliptic: Identities) -> None:
    pair = Pair(*elliptic)
    pair.server = DtlsSession(fresh(), Role.PASSIVE, expected(elliptic[0]), pair.now)
    pair.exchange()
    assert pair.told[Role.ACTIVE] == [WRONG]
    pair.server = DtlsSession(elliptic[1], Role.PASSIVE, expected(elliptic[0]), pair.now)
    pair.pass_time(1.0)
    assert pair.keyed(Role.ACTIVE).local == pair.keyed(Role.PASSIVE).remote


def test_any_of_several_fingerprints_will_do(elliptic: Identities) -> None:
    pair = Pair(*elliptic)
    right = elliptic[0].fingerprint("sha-256")
    wanted = [Fingerprint.of(b"another", "sha-256"), right]
    pair.server = DtlsSession(elliptic[1], Role.PASSIVE, wanted, pair.now)
    pair.exchange()
    assert pair.server.proof == right


def test_without_a_common_profile_there_are_no_keys(elliptic: Identities) -> None:
    one, other = list(DTLS_SUITES)[:2]
    pair = Pair(only(elliptic[0], one), only(elliptic[1], other))
    pair.exchange()
    assert pair.told[Role.PASSIVE] == [Failed("no SRTP profile in common")]
    assert not any(isinstance(event, Keyed) for event in pair.told[Role.ACTIVE])


def test_without_a_common_cipher_the_client_tries_some_times(elliptic: Identities) -> None:
    server = replace(elliptic[1], context=make_context(elliptic[1].certificate, "ECDHE-RSA-AES128-GCM-SHA256"))
    pair = Pair(elliptic[0], server)
    pair.exchange()
    assert pair.server.last_error == "no shared cipher"
    pair.pass_time((RETRIES + 1) * PATIENCE)
    assert pair.told[Role.ACTIVE] == [Failed("no end of the handshake in 30 seconds")]
    assert pair.client.retries == RETRIES


def test_a_server_that_nobody_talks_to_gives_up(elliptic: Identities) -> None:
    server = DtlsSession(elliptic[0], Role.PASSIVE, expected(elliptic[1]), 0.0)
    assert server.timer() == PATIENCE
    server.on_time(PATIENCE)
    assert server.events() == [Failed("no end of the handshake in 30 seconds")]
    assert server.timer() is None


@pytest.mark.parametrize("closing", Role)
def test_a_close_reaches_the_peer(elliptic: Identities, closing: Role) -> None:
    pair = Pair(*elliptic)
    pair.exchange()
    (pair.client if closing is Role.ACTIVE else pair.server).close()
    pair.exchange()
    assert pair.told[closing.other][-1] == Closed("close_notify of the peer")
    assert len(pair.told[closing]) == 1
    assert pair.client.state is pair.server.state is State.CLOSED
    assert pair.client.timer() is pair.server.timer() is None


@pytest.mark.parametrize("closing", Role)
def test_a_close_long_after_the_handshake_reaches_the_peer(elliptic: Identities, closing: Role) -> None:
    pair = Pair(*elliptic)
    pair.exchange()
    session = pair.client if closing is Role.ACTIVE else pair.server
    due = session.timer()
    assert due is not None
    session.on_time(due)
    assert (session.timer(), session.outgoing(), session.state) == (None, [], State.CONNECTED)
    session.close()
    pair.exchange()
    assert pair.told[closing.other][-1] == Closed("close_notify of the peer")


def test_a_close_before_the_end_of_the_handshake_is_silent(elliptic: Identities) -> None:
    pair = Pair(*elliptic)
    pair.client.outgoing()
    pair.client.close()
    assert (pair.client.outgoing(), pair.client.events(), pair.client.state) == ([], [], State.CLOSED)


def test_after_the_end_everything_is_dropped(elliptic: Identities) -> None:
    pair = Pair(*elliptic)
    (first, *_) = pair.client.outgoing()
    pair.server.close()
    pair.server.receive(first, pair.now)
    assert pair.server.outgoing() == []
    assert pair.server.drops == {Drop.OVER: 1}


def test_a_lost_last_flight_is_repeated_when_the_client_asks(elliptic: Identities) -> None:
    pair = Pair(*elliptic)
    for datagram in pair.client.outgoing():
        pair.server.receive(datagram, pair.now)
    for datagram in pair.server.outgoing():
        pair.client.receive(datagram, pair.now)
    finish = pair.client.outgoing()
    for datagram in finish:
        pair.server.receive(datagram, pair.now)
    assert pair.server.state is State.CONNECTED
    lost = pair.server.outgoing()
    for datagram in finish:
        pair.server.receive(datagram, pair.now + 0.01)
    assert pair.server.outgoing() == [], "at most every 50 ms"
    for datagram in finish:
        pair.server.receive(datagram, pair.now + 0.1)
    assert pair.server.outgoing() == lost
    for datagram in lost:
        pair.client.receive(datagram, pair.now + 0.1)
    assert pair.client.state is State.CONNECTED


def test_a_connected_client_never_answers_a_repeated_last_flight(elliptic: Identities) -> None:
    pair = Pair(*elliptic)
    heard: list[bytes] = []
    for _ in range(4):
        for datagram in pair.client.outgoing():
            pair.server.receive(datagram, pair.now)
        heard = pair.server.outgoing() or heard
        for datagram in heard:
            pair.client.receive(datagram, pair.now)
    assert pair.client.state is State.CONNECTED
    for datagram in heard:
        pair.client.receive(datagram, pair.now + 1.0)
    assert pair.client.outgoing() == []


def test_the_first_repeats_come_soon(elliptic: Identities) -> None:
    client = DtlsSession(elliptic[0], Role.ACTIVE, expected(elliptic[1]), 0.0)
    sent = client.outgoing()
    for due in (0.1, 0.3, 0.7):
        assert client.timer() == pytest.approx(due)
        client.on_time(client.timer() or 0.0)
        assert client.outgoing() == sent


def test_datagrams_obey_the_mtu() -> None:
    settings = DtlsSettings(key="RSA", mtu=600)
    pair = Pair(fresh(settings), fresh(settings))
    sizes = []
    for _ in range(5):
        there, back = pair.client.outgoing(), pair.server.outgoing()
        sizes += [len(datagram) for datagram in (*there, *back)]
        for datagram in there:
            pair.server.receive(datagram, pair.now)
        for datagram in back:
            pair.client.receive(datagram, pair.now)
    assert pair.client.state is State.CONNECTED
    assert max(sizes) <= 600 - 48
    assert len(sizes) > 6


def test_another_hello_counts_only_once_the_handshake_stands_still(elliptic: Identities) -> None:
    server = DtlsSession(elliptic[0], Role.PASSIVE, expected(elliptic[1]), 0.0)
    (mine,) = DtlsSession(elliptic[1], Role.ACTIVE, expected(elliptic[0]), 0.0).outgoing()
    server.receive(mine, 0.0)
    assert server.outgoing()
    for piece in hello.fragments():
        server.receive(piece, 0.5)
    assert server.drops[Drop.OTHER_HELLO] == 1
    assert server.outgoing() == []
    for piece in hello.fragments():
        server.receive(piece, 2.0)
    assert server.hello == hello.RANDOM
    assert server.outgoing()


def test_a_forged_hello_again_and_again_keeps_no_client_out(elliptic: Identities) -> None:
    pair = Pair(*elliptic)
    for tenth in range(10):
        for piece in hello.fragments():
            pair.server.receive(piece, pair.now + tenth / 10)
    pair.server.outgoing()
    pair.now += 1.1
    pair.exchange()
    assert pair.keyed(Role.ACTIVE).local == pair.keyed(Role.PASSIVE).remote


def test_data_of_the_peer_is_read_and_forgotten(elliptic: Identities) -> None:
    pair = Pair(*elliptic)
    pair.exchange()
    tls = pair.client._tls
    assert tls is not None
    tls._connection.send(b"hello")
    pair.server.receive(tls.take(), pair.now)
    assert pair.server.outgoing() == []
    assert pair.server.state is State.CONNECTED


def test_keys_are_not_shown(elliptic: Identities) -> None:
    pair = Pair(*elliptic)
    pair.exchange()
    keyed = pair.keyed(Role.ACTIVE)
    for secret in (keyed.local.key, keyed.local.salt, keyed.remote.key):
        assert repr(secret)[2:-1] not in repr(keyed)
        assert secret.hex() not in repr(keyed)
    assert "key" not in repr(elliptic[0].certificate)


def test_all_that_is_sent_is_whole_records(elliptic: Identities) -> None:
    pair = Pair(*elliptic)
    for datagram in pair.client.outgoing():
        assert list(records_of(datagram))
