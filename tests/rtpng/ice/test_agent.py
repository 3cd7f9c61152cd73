"""Two agents and a network between them: every combination comes to the same pairs on both sides."""

from itertools import product

import pytest

from rtpng.ice.agent import IceState
from rtpng.ice.events import Failed, Selected, Usable
from rtpng.ice.station import IceSettings
from sipcore.address import Address
from sipcore.sdp.ice import Credentials, parse_candidate
from tests.rtpng.ice.wire import A, Air, B, Network, couple, introduce, pair_of, settle, side

COMPONENTS = ((1,), (1, 2))


@pytest.mark.parametrize(("aggressive", "components"), list(product((False, True), COMPONENTS)))
def test_two_full_agents(aggressive: bool, components: tuple[int, ...]) -> None:
    network = Network()
    one, other = couple(network, aggressive=aggressive, components=components)
    introduce(network, one, other)
    assert settle(network, one, other) < (0.1 if aggressive else 0.25)
    assert one.agent.state is other.agent.state is IceState.COMPLETED
    for each in (one, other):
        assert len(each.events(Usable)) == len(each.events(Selected)) == len(components)
    assert one.agent.counters.checks <= (1 + (not aggressive)) * len(components)


@pytest.mark.parametrize(
    ("aggressive", "components", "first_is_lite"), list(product((False, True), COMPONENTS, (False, True)))
)
def test_one_lite_agent(aggressive: bool, components: tuple[int, ...], first_is_lite: bool) -> None:
    network = Network()
    lite = (first_is_lite, not first_is_lite)
    # whoever offers: the full agent takes the controlling role when it learns that its peer is lite
    one, other = couple(
        network, aggressive=aggressive, components=components, lite=lite, controlling=(not first_is_lite, False)
    )
    introduce(network, one, other)
    settle(network, one, other)
    full, small = (other, one) if first_is_lite else (one, other)
    assert full.agent.controlling
    assert not small.agent.controlling
    assert small.agent.counters.checks == 0
    assert small.agent.counters.requests > 0


def test_two_lite_agents_believe_signalling() -> None:
    network = Network()
    one, other = couple(network, lite=(True, True), components=(1, 2))
    introduce(network, one, other)
    settle(network, one, other)
    assert not network.sent
    assert one.agent.allows(Address(A, 40001), Address(B, 40001))


@pytest.mark.parametrize(("both", "first_wins"), list(product((True, False), (True, False))))
def test_a_conflict_of_roles_is_settled_by_the_tie_breakers(both: bool, first_wins: bool) -> None:
    network = Network()
    one, other = couple(network, controlling=(both, both), tie_breakers=(9, 5) if first_wins else (5, 9))
    introduce(network, one, other)
    settle(network, one, other)
    assert one.agent.controlling is first_wins
    assert other.agent.controlling is not first_wins
    assert one.agent.counters.role_switches + other.agent.counters.role_switches == 1


@pytest.mark.parametrize("both", [True, False])
def test_equal_tie_breakers_settle_too(both: bool) -> None:
    network = Network(air=Air(delay=(0.01, 0.02)))
    one, other = couple(network, controlling=(both, both), tie_breakers=(7, 7))
    introduce(network, one, other)
    settle(network, one, other, within=5.0)
    assert one.agent.controlling is not other.agent.controlling


def test_several_addresses_of_both_families_end_on_the_best() -> None:
    network = Network()
    one = side(network, "one", ["198.51.100.1", "2001:db8::1"], controlling=True, components=(1, 2))
    other = side(network, "other", ["2001:db8::2", "203.0.113.2"], controlling=False, components=(1, 2))
    introduce(network, one, other)
    settle(network, one, other)
    # of the two pairs of a first and a second address, that with the first of the controlling side (RFC 8445 6.1.2.3)
    assert pair_of(one, 1) == (Address(A, 40001), Address(B, 40001))
    assert pair_of(one, 2) == (Address(A, 40002), Address(B, 40002))


def test_rtp_and_rtcp_go_between_the_same_hosts() -> None:
    network = Network()
    network.air.refuses = lambda datagram: {datagram.local, datagram.target} == {Address(A, 40001), Address(B, 40001)}
    one = side(network, "one", [A, "198.51.100.9"], controlling=True, components=(1, 2))
    other = side(network, "other", [B], controlling=False, components=(1, 2))
    introduce(network, one, other)
    settle(network, one, other)
    # RTCP alone could go between the better addresses, but RTP cannot
    assert pair_of(one, 2)[0].host == pair_of(one, 1)[0].host == "198.51.100.9"


def test_hosts_that_share_nothing_for_both_components_are_used_apart() -> None:
    network = Network()

    def refuses(local: Address, target: Address) -> bool:
        addresses = {local, target}
        return addresses == {Address(A, 40001), Address(B, 40001)} or addresses == {
            Address("198.51.100.9", 40002),
            Address(B, 40002),
        }

    network.air.refuses = lambda datagram: refuses(datagram.local, datagram.target)
    one = side(network, "one", [A, "198.51.100.9"], controlling=True, components=(1, 2))
    other = side(network, "other", [B], controlling=False, components=(1, 2))
    introduce(network, one, other)
    settle(network, one, other, within=3.0)
    assert [pair_of(one, component)[0].host for component in (1, 2)] == ["198.51.100.9", A]


def test_the_peer_may_be_behind_a_nat_that_nobody_told_of() -> None:
    network = Network()
    inside, outside = Address("10.1.1.1", 40001), Address("192.0.2.200", 61000)
    network.mapped[inside] = outside
    one = side(network, "one", [A], controlling=True)
    other = side(network, "other", [inside.host], controlling=False)
    introduce(network, one, other)
    assert network.run(2.0, lambda: one.finished and other.finished) < 1
    assert pair_of(one) == (Address(A, 40001), outside)
    assert one.agent.counters.learned == 1
    assert one.agent.allows(Address(A, 40001), outside)
    assert not one.agent.allows(Address(A, 40001), inside)


def test_the_advertised_address_is_not_the_bound_one() -> None:
    network = Network()
    network.mapped[Address("10.1.1.1", 40001)] = Address("192.0.2.1", 40001)
    one = side(network, "one", ["10.1.1.1"], controlling=True, advertised={"10.1.1.1": "192.0.2.1"})
    other = side(network, "other", [B], controlling=False)
    introduce(network, one, other)
    assert network.run(2.0, lambda: one.finished and other.finished) < 1
    assert pair_of(other) == (Address(B, 40001), Address("192.0.2.1", 40001))
    assert pair_of(one)[0] == Address("10.1.1.1", 40001)


def test_checks_that_come_before_the_answer_are_kept_for_it() -> None:
    network = Network()
    one, other = couple(network)
    other.learn(one, network.now)
    network.run(0.5)
    assert one.agent.counters.requests > 0
    assert one.agent.counters.checks == 0
    assert one.agent.state is IceState.NEW
    one.agent.set_remote(other.credentials, lite=False, now=network.now)  # and no candidate at all
    settle(network, one, other)


def test_candidates_trickle_in() -> None:
    network = Network()
    one, other = couple(network)
    network.air.refuses = lambda datagram: datagram.local.host == B and not other_knows
    other_knows = False
    one.learn(other, network.now, candidates=False)
    other.learn(one, network.now, candidates=False)
    network.run(3.0)
    assert not network.sent
    other_knows = True
    one.agent.add_candidate(other.bases[0].candidate, network.now)
    settle(network, one, other)


def test_a_candidate_told_again_changes_nothing() -> None:
    network = Network()
    one, other = couple(network)
    introduce(network, one, other)
    settle(network, one, other)
    sent = len(network.sent)
    one.learn(other, network.now)
    network.run(1.0)
    assert len(network.sent) == sent
    assert one.agent.counters.unusable == 0


@pytest.mark.parametrize(
    "line",
    [
        "1 1 TCP 1 192.0.2.5 4000 typ host",
        "1 1 UDP 1 3cb8.local 4000 typ host",
        "1 1 UDP 1 224.0.0.1 4000 typ host",
        "1 1 UDP 1 ff02::1 4000 typ host",
        "1 1 UDP 1 0.0.0.0 4000 typ host",
        "1 1 UDP 1 :: 4000 typ host",
        "1 1 UDP 1 255.255.255.255 4000 typ host",
        "1 1 UDP 1 127.0.0.1 4000 typ host",
        "1 1 UDP 1 192.0.2.5 0 typ host",
        f"1 1 UDP 1 {A} 40001 typ host",  # our own
        "1 1 UDP 1 192.0.2.6 2223 typ host",  # forbidden
        "1 2 UDP 1 192.0.2.5 4000 typ host",  # of a component that we do not have
        "1 1 UDP 1 2001:db8::5 4000 typ host",  # of a family that we do not have
    ],
)
def test_what_cannot_be_checked_is_counted(line: str) -> None:
    network = Network()
    settings = IceSettings(forbidden=frozenset({Address("192.0.2.6", 2223)}))
    one = side(network, "one", [A], controlling=True, settings=settings)
    one.agent.set_remote(Credentials("u", "p"), lite=False, now=network.now)
    one.agent.add_candidate(parse_candidate(line), network.now)
    network.run(1.0)
    assert one.agent.counters.unusable == 1
    assert not network.sent


def test_nobody_answers() -> None:
    network = Network()
    one, other = couple(network)
    one.learn(other, network.now)
    network.air.loss = 1.0
    network.run(60.0)
    (failure,) = one.events(Failed)
    assert "none" in failure.reason or " 0 answered" in failure.reason
    assert one.agent.state is IceState.FAILED
    assert one.agent.timer() is None
    assert 30 < len(network.sent) < 45


def test_a_late_check_of_the_peer_brings_up_what_had_failed() -> None:
    network = Network()
    one, other = couple(network)
    one.learn(other, network.now)
    network.run(60.0)
    other.learn(one, network.now)
    settle(network, one, other)


def test_nobody_can_be_checked() -> None:
    network = Network()
    one, other = couple(network)
    one.learn(other, network.now, candidates=False)
    network.run(60.0)
    (failure,) = one.events(Failed)
    assert "no address" in failure.reason
    assert not network.sent


def test_a_lite_agent_waits_for_checks() -> None:
    network = Network()
    one, other = couple(network, lite=(True, False))
    one.learn(other, network.now)
    network.run(60.0)
    (failure,) = one.events(Failed)
    assert "0 checks of the peer came" in failure.reason


def test_an_idle_agent_does_nothing_but_consent() -> None:
    network = Network()
    one, other = couple(network, consent=False)
    introduce(network, one, other)
    settle(network, one, other)
    network.run(60.0)
    sent = len(network.sent)
    assert one.agent.timer() is other.agent.timer() is None
    network.run(3600.0)
    assert len(network.sent) == sent


def test_a_better_pair_that_the_peer_nominates_takes_over() -> None:
    """Aggressive peers nominate whatever works; the best of it counts (RFC 5245 8.1.1.2)."""
    aggressive = IceSettings(aggressive=True)
    for seed in range(20):
        network = Network(seed=seed, air=Air(delay=(0.0, 0.2)))
        one = side(network, "one", [A, "198.51.100.9"], controlling=True, settings=aggressive)
        other = side(network, "other", [B, "203.0.113.9"], controlling=False)
        introduce(network, one, other)
        network.run(3.0)
        assert pair_of(one) == pair_of(other)[::-1]
