"""Forgers who can send in the peer's name delay a handshake; they cannot end it, nor have keys."""

from dataclasses import dataclass, field
from random import Random

import pytest

from rtpng.dtls.events import DtlsEvent, Keyed, State
from rtpng.dtls.identity import Identity
from rtpng.dtls.terms import Terms
from rtpng.dtls.transport import DtlsTransport
from sipcore.address import Address
from sipcore.sdp.dtls import Role
from tests.rtpng.dtls.pair import Pair, expected
from tests.rtpng.dtls.test_records import conversation, mutated

SECONDS = 150.0


@dataclass
class Ports:
    """Two ports of ours, client and server, and a forger in between who says ``said`` with changes."""

    identities: tuple[Identity, Identity]
    said: list[tuple[Role, bytes]]
    random: Random
    now: float = 10.0
    ports: dict[Role, DtlsTransport] = field(init=False)
    told: dict[Role, list[DtlsEvent]] = field(init=False)

    def __post_init__(self) -> None:
        client, server = self.identities
        self.ports = {Role.ACTIVE: DtlsTransport(client), Role.PASSIVE: DtlsTransport(server)}
        self.told = {Role.ACTIVE: [], Role.PASSIVE: []}
        self.ports[Role.ACTIVE].agree(Terms(Role.ACTIVE, expected(server)), self.now)
        self.ports[Role.PASSIVE].agree(Terms(Role.PASSIVE, expected(client)), self.now)

    def exchange(self, *, forged: bool) -> None:
        for _ in range(50):
            sent = {role: port.outgoing() for role, port in self.ports.items()}
            for role, datagrams in sent.items():
                for datagram, _ in datagrams:
                    self.arrive(role.other, datagram, forged=forged)
            for role, port in self.ports.items():
                self.told[role] += port.events()
            if not any(sent.values()):
                return

    def arrive(self, role: Role, datagram: bytes, *, forged: bool) -> None:
        if forged:
            model = self.random.choice([one for whose, one in self.said if whose is role])
            self.ports[role].receive(mutated(model, self.random), self.now)
        self.ports[role].receive(datagram, self.now)

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while (due := min((time for port in self.ports.values() if (time := port.timer())), default=end)) < end:
            self.now = due
            for port in self.ports.values():
                port.on_time(due)
            self.exchange(forged=False)
            if self.connected:
                return

    @property
    def connected(self) -> bool:
        keys = {role: [event for event in told if isinstance(event, Keyed)][-1:] for role, told in self.told.items()}
        client, server = keys[Role.ACTIVE], keys[Role.PASSIVE]
        return bool(client and server) and (client[0].local, client[0].remote) == (server[0].remote, server[0].local)


@pytest.mark.parametrize("seed", range(40))
def test_the_peers_find_each_other_when_the_forger_is_gone(elliptic: tuple[Identity, Identity], seed: int) -> None:
    ports = Ports(elliptic, conversation(elliptic), Random(seed))
    ports.exchange(forged=True)
    ports.pass_time(SECONDS)
    assert ports.connected
    assert {port.state for port in ports.ports.values()} == {State.CONNECTED}


def test_junk_of_strangers_disturbs_nobody(elliptic: tuple[Identity, Identity]) -> None:
    """OpenSSL keeps errors per thread: one of a stranger must not be taken for one of the next handshake."""
    random, said = Random(3), [datagram for role, datagram in conversation(elliptic) if role is Role.PASSIVE]
    client, server = elliptic
    for _ in range(100):
        port = DtlsTransport(server)
        port.agree(Terms(Role.PASSIVE, expected(client), Address("192.0.2.1", 4000)), 0.0)
        for datagram in random.choices(said, k=6):
            port.receive(mutated(datagram, random), 0.0, Address("198.51.100.7", 4000))
        pair = Pair(client, server)
        pair.exchange()
        assert pair.keyed(Role.ACTIVE).local == pair.keyed(Role.PASSIVE).remote
        assert pair.client.retries == pair.server.retries == 0
