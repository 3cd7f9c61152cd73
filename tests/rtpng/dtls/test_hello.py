"""A ClientHello in several datagrams, in any order."""

import pytest

from rtpng.dtls.events import State
from rtpng.dtls.identity import Identity
from rtpng.dtls.records import first_record, hello_random, records_of
from rtpng.dtls.session import DtlsSession
from rtpng.dtls.terms import Terms
from rtpng.dtls.transport import DtlsTransport
from sipcore.sdp.dtls import Role
from tests.rtpng.dtls import hello
from tests.rtpng.dtls.pair import Pair, expected

Identities = tuple[Identity, Identity]
ORDERS = [(0, 1), (1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 0, 1), (1, 0, 1, 0)]


def messages(datagrams: list[bytes]) -> list[int]:
    return [record.body[0] for datagram in datagrams for record in records_of(datagram)]


def test_the_sizes_are_those_of_chromium() -> None:
    first, second = hello.fragments()
    assert (len(first), len(second)) == (hello.FIRST, hello.SECOND)
    record = first_record(first)
    assert record is not None
    assert hello_random(record) == hello.RANDOM


@pytest.mark.parametrize("order", ORDERS)
def test_the_server_answers_whatever_the_order(elliptic: Identities, order: tuple[int, ...]) -> None:
    server = DtlsSession(elliptic[0], Role.PASSIVE, expected(elliptic[1]), 0.0)
    pieces = hello.fragments()
    for index in order:
        server.receive(pieces[index], 0.0)
    server_hello, certificate, key_exchange, certificate_request, done = 2, 11, 12, 13, 14
    assert messages(server.outgoing()) == [server_hello, certificate, key_exchange, certificate_request, done]
    assert (server.state, server.retries, dict(server.drops)) == (State.HANDSHAKE, 0, {})


@pytest.mark.parametrize("order", ORDERS)
def test_so_does_a_port(elliptic: Identities, order: tuple[int, ...]) -> None:
    port = DtlsTransport(elliptic[0])
    port.agree(Terms(Role.PASSIVE, expected(elliptic[1])), 0.0)
    pieces = hello.fragments()
    for index in order:
        port.receive(pieces[index], 0.0)
    assert messages([datagram for datagram, _ in port.outgoing()])[0] == 2
    assert not port.drops


@pytest.mark.parametrize("order", ORDERS)
def test_a_handshake_that_begins_so_ends_well(elliptic: Identities, order: tuple[int, ...]) -> None:
    pair = Pair(*elliptic)
    (whole,) = pair.client.outgoing()
    pieces = hello.split(whole, 100)
    for index in order:
        pair.server.receive(pieces[index], pair.now)
    pair.exchange()
    assert pair.keyed(Role.ACTIVE).local == pair.keyed(Role.PASSIVE).remote
    assert pair.server.retries == 0
