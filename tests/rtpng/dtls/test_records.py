"""What OpenSSL may see, and what becomes of handshakes that somebody throws junk into."""

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.dtls.events import DtlsEvent, State
from rtpng.dtls.identity import Identity
from rtpng.dtls.records import Drop, admitted, datagrams, first_record, records_of
from rtpng.dtls.session import DtlsSession
from rtpng.dtls.terms import Terms
from rtpng.dtls.transport import DtlsTransport
from sipcore.address import Address
from sipcore.sdp.dtls import Role
from tests.rtpng.dtls.pair import Pair, expected

Identities = tuple[Identity, Identity]
HELLO_DONE = b"\x0e\0\0\0\0\5\0\0\0\0\0\0"


def record(kind: int, body: bytes, epoch: int = 0, number: int = 7) -> bytes:
    sizes = epoch.to_bytes(2, "big") + number.to_bytes(6, "big") + len(body).to_bytes(2, "big")
    return bytes((kind, 0xFE, 0xFD)) + sizes + body


def message(kind: int, total: int, start: int, piece: bytes, number: int = 0) -> bytes:
    fields = ((total, 3), (number, 2), (start, 3), (len(piece), 3))
    return bytes((kind,)) + b"".join(value.to_bytes(width, "big") for value, width in fields) + piece


REFUSED = {
    "nothing": (b"", None),
    "junk": (b"\x16junk", Drop.FRAMING),
    "cut short": (record(22, HELLO_DONE)[:-1], Drop.FRAMING),
    "TLS": (b"\x16\x03\x01\0\0\0\0\0\0\0\0\0\0", Drop.FRAMING),
    "too large": (record(23, bytes(16384), 1), Drop.LARGE),
    "plaintext alert": (record(21, b"\2\x28"), Drop.ALERT),
    "plaintext data": (record(23, b"data"), Drop.PLAINTEXT),
    "unknown type": (record(24, b"beat", 1), Drop.UNKNOWN),
    "empty handshake": (record(22, b""), Drop.MALFORMED),
    "unknown message": (record(22, message(99, 0, 0, b"")), Drop.MALFORMED),
    "of the wrong side": (record(22, message(1, 2, 0, b"ab")), Drop.MALFORMED),
    "beyond its message": (record(22, message(2, 2, 1, b"ab")), Drop.MALFORMED),
    "huge message": (record(22, message(11, 20001, 0, b"ab")), Drop.MALFORMED),
    "late in the handshake": (record(22, message(2, 2, 0, b"ab", number=21)), Drop.MALFORMED),
    "cut message": (record(22, message(2, 2, 0, b"ab")[:-1]), Drop.MALFORMED),
    "plaintext finished": (record(22, message(20, 12, 0, bytes(12))), Drop.MALFORMED),
    "long cipher change": (record(20, b"\1\1"), Drop.CIPHER_CHANGE),
    "other cipher change": (record(20, b"\2"), Drop.CIPHER_CHANGE),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_client_does_not_show_to_openssl(case: str) -> None:
    datagram, reason = REFUSED[case]
    drops: Counter[Drop] = Counter()
    assert admitted(datagram, Role.ACTIVE, drops) == []
    assert drops == ({reason: 1} if reason else {})


@pytest.mark.parametrize(
    "datagram",
    [record(22, HELLO_DONE), record(20, b"\1"), record(21, b"x", 1), record(22, b"x", 1), record(23, b"x", 1)],
)
def test_what_a_client_does(datagram: bytes) -> None:
    drops: Counter[Drop] = Counter()
    assert [one.data for one in admitted(datagram, Role.ACTIVE, drops)] == [datagram]
    assert not drops


def test_good_records_survive_bad_neighbours() -> None:
    good = record(22, HELLO_DONE)
    drops: Counter[Drop] = Counter()
    kept = admitted(record(21, b"\2\x28") + good + record(23, b"x"), Role.ACTIVE, drops)
    assert [one.data for one in kept] == [good]
    assert drops == {Drop.ALERT: 1, Drop.PLAINTEXT: 1}


_RECORDS = st.builds(record, st.integers(20, 23), st.binary(max_size=80), st.integers(0, 3), st.integers(0, 99))


@given(st.lists(_RECORDS, max_size=8), st.integers(1, 300))
def test_cutting_loses_nothing(records: list[bytes], size: int) -> None:
    stream = b"".join(records)
    cut = datagrams(stream, size)
    assert b"".join(cut) == stream
    assert [one.data for datagram in cut for one in records_of(datagram)] == records
    assert all(len(datagram) <= size or len(list(records_of(datagram))) == 1 for datagram in cut)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    drops: Counter[Drop] = Counter()
    kept = admitted(data, Role.PASSIVE, drops)
    assert bool(kept) or bool(drops) or not data
    assert first_record(data) is None or first_record(data) == next(records_of(data))


def alerts(_: Random) -> bytes:
    return record(21, b"\2\x28") + record(21, b"\1\0")


def junk_handshake(random: Random) -> bytes:
    kind = random.choice((1, 2, 11, 12, 13, 14, 16, 20, 77))
    return record(22, message(kind, random.randrange(30000), random.randrange(30000), random.randbytes(30)))


def early_cipher_change(_: Random) -> bytes:
    return record(20, b"\1")


def junk_of_epoch_one(random: Random) -> bytes:
    return record(random.choice((21, 22, 23)), random.randbytes(60), 1, random.randrange(100))


def bad_framing(random: Random) -> bytes:
    return record(22, HELLO_DONE)[: random.randrange(1, 24)]


JUNK = (alerts, junk_handshake, early_cipher_change, junk_of_epoch_one, bad_framing)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: junk.__name__)
def test_handshakes_survive_junk(elliptic: Identities, junk: Callable[[Random], bytes], seed: int) -> None:
    random, pair = Random(seed), Pair(*elliptic)

    def throw(session: DtlsSession) -> None:
        for _ in range(3):
            session.receive(junk(random), pair.now)

    pair.before_each = throw
    pair.exchange()
    assert pair.keyed(Role.ACTIVE).local == pair.keyed(Role.PASSIVE).remote
    assert pair.client.retries == pair.server.retries == 0


def test_what_we_sent_ourselves_comes_back_to_no_effect(elliptic: Identities) -> None:
    pair = Pair(*elliptic)
    (first,) = pair.client.outgoing()
    pair.client.receive(first, pair.now)
    assert pair.client.drops == {Drop.MALFORMED: 1}
    pair.server.receive(first, pair.now)
    pair.exchange()
    assert pair.client.state is State.CONNECTED


def mutated(datagram: bytes, random: Random) -> bytes:
    """Some bytes changed, cut off, or repeated."""
    data = bytearray(datagram)
    for _ in range(random.randrange(1, 4)):
        data[random.randrange(len(data))] = random.randrange(256)
    cut = random.randrange(len(data)) if random.random() < 0.1 else len(data)
    return bytes(data[:cut]) * random.choice((1, 1, 1, 2))


def conversation(identities: Identities) -> list[tuple[Role, bytes]]:
    """What each side receives in one handshake."""
    pair, said = Pair(*identities), []
    for _ in range(4):
        for datagram in pair.client.outgoing():
            said.append((Role.PASSIVE, datagram))
            pair.server.receive(datagram, pair.now)
        for datagram in pair.server.outgoing():
            said.append((Role.ACTIVE, datagram))
            pair.client.receive(datagram, pair.now)
    return said


def test_mutated_datagrams_never_raise(elliptic: Identities) -> None:
    random = Random(7)
    said = conversation(elliptic)
    for _ in range(150):
        pair = Pair(*elliptic)
        sessions = {Role.ACTIVE: pair.client, Role.PASSIVE: pair.server}
        for role, datagram in random.choices(said, k=10):
            told = receive_any(sessions[role], mutated(datagram, random), pair.now)
            assert all("key" not in repr(event).lower() for event in told)
        assert pair.client.state is not State.CONNECTED


def receive_any(session: DtlsSession, datagram: bytes, now: float) -> list[DtlsEvent]:
    session.receive(datagram, now)
    session.outgoing()
    return session.events()


@given(st.lists(st.tuples(st.binary(max_size=100), st.sampled_from([None, Address("192.0.2.1", 1)])), max_size=8))
def test_any_bytes_to_a_port_never_raise(elliptic: Identities, arriving: list[tuple[bytes, Address | None]]) -> None:
    port = DtlsTransport(elliptic[0])
    port.agree(Terms(Role.PASSIVE, expected(elliptic[1])), 0.0)
    for datagram, source in arriving:
        port.receive(datagram, 1.0, source)
    assert port.outgoing() == []
    assert port.events() == []
