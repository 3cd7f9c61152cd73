"""What somebody can do who does not know the passwords: nothing that costs us or others more than it costs them."""

import random
from collections import Counter

import pytest

from rtpng.ice import stun
from rtpng.ice.agent import IceAgent
from rtpng.ice.budget import Budget
from rtpng.ice.events import Datagram
from rtpng.ice.pair import MAX_PAIRS, MAX_REMOTE
from rtpng.ice.station import IceBudgets
from sipcore.address import Address
from sipcore.sdp.ice import Candidate, CandidateType, Credentials
from tests.rtpng.ice.test_stun import PRIORITY, USERNAME, built
from tests.rtpng.ice.wire import A, B, Network, Side, couple, introduce, settle, side

STRANGER = Address("192.0.2.66", 6666)
US = Address(A, 40001)


def check(one: Side, password: bytes | None = None, ufrags: str | None = None, **changes: object) -> bytes:
    """A check that the peer of ``one`` might send."""
    name = ufrags or f"{one.credentials.ufrag}:otherufrag"
    key = one.credentials.pwd.encode() if password is None else password
    return stun.check_request(bytes(12), name, key, role=(False, 1), priority=5, **changes)  # type: ignore[arg-type]


def attack(one: Side, data: bytes, now: float, source: Address = STRANGER) -> list[Datagram]:
    """What comes back."""
    one.agent.receive(US, source, data, now)
    return one.agent.outgoing()


def snapshot(agent: IceAgent) -> object:
    """All that an attack may not change."""
    pairs = [(pair.base.local, pair.remote, pair.state, pair.proven, pair.nominated) for pair in agent._current.pairs]
    return pairs, agent.state, agent.controlling, agent.selected(1), agent.timer(), agent.counters.requests


@pytest.fixture
def one() -> Side:
    """An agent in the middle of a call."""
    network = Network()
    one, other = couple(network)
    introduce(network, one, other)
    settle(network, one, other)
    return one


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (built(PRIORITY, key=None), None),  # 400 would be due, but is longer than what came
        (built(PRIORITY, (0x8022, b"a software with a long name"), key=None), 400),
        (built(USERNAME, PRIORITY, key=None), 400),
        (built(USERNAME, PRIORITY), 401),
        (built(USERNAME, PRIORITY, (0x7777, b"")), 401),
        (built(USERNAME, PRIORITY, fingerprint=False), None),
        (built(USERNAME, PRIORITY, kind=0x0011), None),
        (built(USERNAME, PRIORITY, kind=0x0101), None),
        (built(USERNAME, PRIORITY, kind=0x0111), None),
        (b"\x00" * 100, None),
    ],
)  # fmt: skip
def test_a_stranger_gets_a_short_refusal_or_nothing(one: Side, data: bytes, code: int | None) -> None:
    before = snapshot(one.agent)
    replies = attack(one, data, 1001.0)
    codes = [stun.read_untrusted(reply.data).error_code_untrusted for reply in replies]
    assert codes == ([] if code is None else [code])
    for reply in replies:
        assert (reply.local, reply.target) == (US, STRANGER)
        assert len(reply.data) <= len(data)
        assert not stun.read_untrusted(reply.data).is_signed_with(one.credentials.pwd.encode())
    assert snapshot(one.agent) == before
    assert not one.agent.allows(US, STRANGER)


@pytest.mark.parametrize("ufrags", ["wrong:otherufrag", "oneufrag:wrong", "oneufrag", ":", "oneufrag:"])
def test_both_halves_of_the_username_must_be_right(one: Side, ufrags: str) -> None:
    (reply,) = attack(one, check(one, ufrags=ufrags), 1001.0)
    assert stun.read_untrusted(reply.data).error_code_untrusted == 401
    assert not one.agent.allows(US, STRANGER)


def test_a_check_with_the_right_password_but_an_unknown_attribute_is_told_which(one: Side) -> None:
    data = built((0x0006, b"oneufrag:otherufrag"), PRIORITY, (0x7777, b""), key=one.credentials.pwd.encode())
    (reply,) = attack(one, data, 1001.0)
    answer = stun.read_untrusted(reply.data)
    assert answer.error_code_untrusted == 420
    assert answer.is_signed_with(one.credentials.pwd.encode())
    assert answer.values[0x000A] == b"\x77\x77"


def test_a_check_without_priority_is_refused(one: Side) -> None:
    data = built((0x0006, b"oneufrag:otherufrag"), key=one.credentials.pwd.encode())
    (reply,) = attack(one, data, 1001.0)
    assert stun.read_untrusted(reply.data).error_code_untrusted == 400
    assert not one.agent.allows(US, STRANGER)


def test_a_socket_that_is_not_ours_is_none_of_our_business(one: Side) -> None:
    one.agent.receive(Address(A, 9), STRANGER, check(one), 1001.0)
    assert one.agent.outgoing() == []


def test_forged_answers_change_nothing() -> None:
    network = Network()
    one, other = couple(network)
    one.learn(other, network.now)
    network.run(0.0)
    transaction = stun.read_untrusted(network.sent[-1].data).transaction
    peer = Address(B, 40001)
    before = snapshot(one.agent)
    key = other.credentials.pwd.encode()
    for source, data in (
        (peer, stun.success_response(transaction, US, b"a wrong password")),
        (peer, stun.success_response(bytes(12), US, key)),
        (STRANGER, stun.success_response(transaction, US, key)),
        (peer, stun.error_response(transaction, 401)),
        (peer, stun.error_response(transaction, 487)),
        (peer, stun.error_response(transaction, 487, b"a wrong password")),
    ):
        assert attack(one, data, network.now, source) == []
        assert snapshot(one.agent) == before
    assert (one.agent.counters.bad, one.agent.counters.late) == (5, 1)
    one.agent.receive(US, peer, stun.success_response(transaction, US, key), network.now)
    assert one.agent.allows(US, peer)


def test_a_role_conflict_may_be_signed_with_our_password() -> None:
    """As rtpengine 10.5 does; nobody but the peer knows it."""
    network = Network()
    one, other = couple(network)
    one.learn(other, network.now)
    network.run(0.0)
    transaction = stun.read_untrusted(network.sent[-1].data).transaction
    attack(one, stun.error_response(transaction, 487, one.credentials.pwd.encode()), network.now, Address(B, 40001))
    assert not one.agent.controlling
    attack(one, stun.success_response(transaction, US, one.credentials.pwd.encode()), network.now, Address(B, 40001))
    assert not one.agent.allows(US, Address(B, 40001))


def test_twenty_thousand_mutated_messages_change_nothing(one: Side) -> None:
    """Recorded traffic of the call itself with bytes turned, cut and moved."""
    chance = random.Random(7)
    network = Network()
    one, other = couple(network, components=(1, 2))
    introduce(network, one, other)
    settle(network, one, other)
    network.run(30.0)
    genuine = [sent.data for sent in network.sent]
    before = snapshot(one.agent)
    sent = received = 0
    for _ in range(20_000):
        data = _mutated(chance.choice(genuine), chance)
        if data in genuine:
            continue
        replies = attack(one, data, network.now, Address(STRANGER.host, chance.randrange(1, 65536)))
        received += len(data)
        sent += sum(len(reply.data) for reply in replies)
        assert all(len(reply.data) <= len(data) for reply in replies)
    assert snapshot(one.agent) == before
    assert sent <= 11 * 48  # a second's worth of refusals, whatever comes
    assert received > 1_000_000


def _mutated(data: bytes, chance: random.Random) -> bytes:
    """One to four changes; half of the time FINGERPRINT is made right again, so that more than the CRC is tried."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0:
                changed[place] = chance.randrange(256)
            case 1:
                changed[place] ^= 1 << chance.randrange(8)
            case 2:
                del changed[place : place + chance.randrange(8)]
            case _:
                changed[place:place] = chance.randbytes(chance.randrange(8))
        if len(changed) < 36:
            return bytes(changed)
    return _sealed(bytes(changed)) if chance.random() < 0.5 else bytes(changed)


def _sealed(data: bytes) -> bytes:
    from aioice import stun as aioice

    body = data[:-8]
    body += bytes(-len(body) % 4)
    sealed = body + b"\x80\x28\x00\x04" + aioice.message_fingerprint(body).to_bytes(4, "big")
    return aioice.set_body_length(sealed, len(sealed) - 20)


def test_refusals_have_a_budget_per_agent(one: Side) -> None:
    bad = check(one, password=b"guess")
    replies = sum(len(attack(one, bad, 1001.0 + tick / 1000)) for tick in range(3000))
    assert 10 + 3 * 10 - 1 <= replies <= 10 + 3 * 10
    assert one.agent.counters.silenced == 3000 - replies


def test_refusals_have_a_budget_for_all() -> None:
    network = Network()
    budgets = IceBudgets(refusals=Budget(20, 20))
    agents = [side(network, f"a{number}", [A], controlling=True, budgets=budgets) for number in range(50)]
    bad = built(USERNAME, PRIORITY)
    assert sum(len(attack(each, bad, 1001.0)) for each in agents for _ in range(5)) == 20


def test_checks_to_strangers_share_one_budget() -> None:
    """What SDP can aim at a victim through all calls together."""
    network = Network()
    budgets = IceBudgets(checks=Budget(100, 50))
    sides = []
    for number in range(40):
        one = side(network, f"a{number}", [f"198.51.100.{number + 1}"], controlling=True, budgets=budgets)
        one.agent.set_remote(Credentials("u", "p"), lite=False, now=network.now)
        for port in range(10):
            victim = Candidate("1", 1, "UDP", 1, STRANGER.host, 7000 + port, CandidateType.HOST)
            one.agent.add_candidate(victim, network.now)
        sides.append(one)
    network.run(10.0)
    assert 50 + 10 * 100 - 50 <= len(network.sent) <= 50 + 10 * 100
    per_agent = Counter(sent.local.host for sent in network.sent)
    assert min(per_agent.values()) > 5  # nobody starves


def test_consent_does_not_suffer_from_a_flood_of_checks() -> None:
    network = Network()
    budgets = IceBudgets(checks=Budget(0.001, 10), random=random.Random(1))
    one = side(network, "one", [A], controlling=True, budgets=budgets)
    other = side(network, "other", [B], controlling=False, budgets=budgets)
    introduce(network, one, other)
    settle(network, one, other)
    while budgets.checks.take(network.now):
        pass
    network.run(300.0)
    assert one.finished
    assert one.agent.counters.checks > 50


def test_candidates_and_pairs_are_limited() -> None:
    network = Network()
    one = side(network, "one", [f"198.51.100.{number}" for number in range(1, 5)], controlling=True)
    one.agent.set_remote(Credentials("u", "p"), lite=False, now=network.now)
    for number in range(150):
        candidate = Candidate("1", 1, "UDP", number, "192.0.2.66", 1000 + number, CandidateType.HOST)
        one.agent.add_candidate(candidate, network.now)
    assert len(one.agent._current.pairs) == MAX_PAIRS
    assert one.agent.counters.unusable > 0
    network.run(60.0)
    assert len(network.sent) <= 60 * 50 + 200


def test_remote_candidates_are_limited() -> None:
    network = Network()
    one = side(network, "one", [A], controlling=True)
    one.agent.set_remote(Credentials("u", "p"), lite=False, now=network.now)
    for number in range(150):
        candidate = Candidate("1", 1, "UDP", number, "192.0.2.66", 1000 + number, CandidateType.HOST)
        one.agent.add_candidate(candidate, network.now)
    assert len(one.agent._current.pairs) == MAX_REMOTE
    assert one.agent.counters.unusable == 50


def test_a_replayed_check_reflects_nothing_and_makes_a_bounded_number_of_pairs(one: Side) -> None:
    genuine = check(one, software="a browser of usual verbosity")
    for port in range(1, 2001):
        replies = attack(one, genuine, 1001.0, Address("192.0.2.7", port))
        answers = [reply for reply in replies if stun.read_untrusted(reply.data).kind is not stun.Class.REQUEST]
        assert all(len(answer.data) <= len(genuine) for answer in answers)
    assert len(one.agent._current.pairs) <= MAX_PAIRS


def test_replayed_checks_do_not_lock_out_a_peer_that_moves() -> None:
    network = Network()
    one, other = couple(network)
    introduce(network, one, other)
    settle(network, one, other)
    genuine = next(sent.data for sent in network.sent if sent.local.host == B)
    for port in range(1, 2001):
        network.inject(Datagram(Address("192.0.2.7", port), US, genuine))
    network.run(60.0)  # our checks of them get no answer
    assert one.finished
    network.mapped[Address(B, 40001)] = Address("203.0.113.77", 50000)
    network.run(60.0)
    selected = one.agent.selected(1)
    assert selected is not None
    assert selected.remote == Address("203.0.113.77", 50000)
