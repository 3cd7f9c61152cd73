"""Consent to send (RFC 7675)."""

import pytest

from rtpng.ice.agent import IceState
from rtpng.ice.events import ConsentLost, Selected, Usable
from rtpng.ice.station import IceSettings
from sipcore.address import Address
from tests.rtpng.ice.wire import A, Air, B, Network, Side, couple, introduce, pair_of, settle, side


def established(network: Network) -> tuple[Side, Side]:
    one, other = couple(network)
    introduce(network, one, other)
    settle(network, one, other)
    return one, other


def test_consent_is_renewed_about_every_five_seconds() -> None:
    network = Network()
    one, _ = established(network)
    sent = len([datagram for datagram in network.sent if datagram.local.host == A])
    network.run(500.0)
    checks = one.agent.counters.checks
    assert 90 <= checks <= 110
    assert len([datagram for datagram in network.sent if datagram.local.host == A]) - sent <= 220  # and the answers


def test_a_silent_peer_loses_our_consent_after_thirty_seconds() -> None:
    network = Network()
    one, _ = established(network)
    network.air.loss = 1.0
    lost = network.run(60.0, lambda: bool(one.events(ConsentLost)))
    assert 29.0 <= lost <= 31.0
    assert one.events(ConsentLost) == [ConsentLost(1, Address(A, 40001), Address(B, 40001))]
    assert one.agent.selected(1) is one.agent.best(1) is None


def test_a_peer_that_took_back_its_consent_gets_checks_alone_and_few() -> None:
    network = Network()
    one, _ = established(network)
    network.air.refuses = lambda datagram: datagram.local.host == B
    network.run(60.0)
    sent = len(network.sent)
    network.air.refuses = lambda datagram: True
    network.run(600.0)
    assert 100 < len([datagram for datagram in network.sent[sent:] if datagram.local.host == A]) < 150
    assert one.agent.best(1) is None


def test_a_call_comes_back_when_its_network_does() -> None:
    """Also when both sides had given up: RFC 7675 would have them restart, but a relay cannot make its peers do so."""
    network = Network()
    one, other = couple(network, components=(1, 2))
    introduce(network, one, other)
    settle(network, one, other)
    network.air.loss = 1.0
    network.run(100.0)
    assert len(one.events(ConsentLost)) == len(other.events(ConsentLost)) == 2
    one.told.clear()
    network.air.loss = 0.0
    settle(network, one, other, within=7.0)
    assert {event.component for event in one.events(Selected)} == {1, 2}
    assert one.events(Usable)
    network.run(100.0)
    assert one.agent.state is other.agent.state is IceState.COMPLETED


@pytest.mark.parametrize("seed", range(5))
def test_consent_survives_a_lossy_network(seed: int) -> None:
    network = Network(seed=seed, air=Air(loss=0.3, delay=(0.0, 0.1)))
    one, other = couple(network)
    introduce(network, one, other)
    network.run(3600.0)
    assert one.finished
    assert other.finished
    assert not one.events(ConsentLost)
    assert not other.events(ConsentLost)


def test_another_working_pair_takes_the_place_of_a_dead_one() -> None:
    network = Network()
    one = side(network, "one", [A, "198.51.100.9"], controlling=True)
    other = side(network, "other", [B], controlling=False)
    introduce(network, one, other)
    settle(network, one, other)
    assert pair_of(one)[0].host == A
    network.air.refuses = lambda datagram: A in (datagram.local.host, datagram.target.host)
    network.run(40.0)
    assert pair_of(one) == (Address("198.51.100.9", 40001), Address(B, 40001))
    assert pair_of(other) == (Address(B, 40001), Address("198.51.100.9", 40001))


def test_a_peer_that_moves_by_nominating_a_worse_pair_is_followed() -> None:
    """A browser that loses its best network nominates another pair, long before consent ends."""
    network = Network()
    one = side(network, "one", [A], controlling=False, settings=IceSettings(consent_expiry=1000.0))
    other = side(network, "other", [B, "203.0.113.9"], controlling=True, settings=IceSettings(consent_expiry=6.0))
    introduce(network, one, other)
    settle(network, one, other)
    network.air.refuses = lambda datagram: B in (datagram.local.host, datagram.target.host)
    network.run(15.0)
    assert pair_of(one) == (Address(A, 40001), Address("203.0.113.9", 40001))


@pytest.mark.parametrize("controlling", [False, True])
def test_a_peer_whose_nat_gives_it_another_address_is_followed_before_consent_ends(controlling: bool) -> None:
    network = Network()
    inside = Address("10.1.1.1", 40001)
    network.mapped[inside] = Address("192.0.2.200", 61000)
    one = side(network, "one", [A], controlling=controlling)
    other = side(network, "other", [inside.host], controlling=not controlling)
    introduce(network, one, other)
    network.run(20.0)
    assert pair_of(one) == (Address(A, 40001), Address("192.0.2.200", 61000))
    network.mapped[inside] = Address("192.0.2.201", 62000)
    moved = network.run(60.0, lambda: pair_of(one)[1] == Address("192.0.2.201", 62000))
    assert moved < 15.0
    assert not one.events(ConsentLost)
    network.run(60.0)
    assert one.agent.state is other.agent.state is IceState.COMPLETED
    assert not one.events(ConsentLost)
    assert not other.events(ConsentLost)


def test_a_peer_that_moves_while_it_cannot_be_heard_need_not_nominate_again() -> None:
    network = Network()
    inside = Address("10.1.1.1", 40001)
    network.mapped[inside] = Address("192.0.2.200", 61000)
    one = side(network, "one", [A], controlling=False)
    other = side(network, "other", [inside.host], controlling=True, settings=IceSettings(consent_expiry=1000.0))
    introduce(network, one, other)
    network.run(10.0)
    network.air.loss = 1.0
    network.run(60.0)
    assert one.events(ConsentLost)
    network.mapped[inside] = Address("192.0.2.201", 62000)
    network.air.loss = 0.0
    network.run(10.0)
    assert pair_of(one) == (Address(A, 40001), Address("192.0.2.201", 62000))


def test_a_lite_agent_asks_for_no_consent() -> None:
    network = Network()
    one, other = couple(network, lite=(True, False), controlling=(False, True))
    introduce(network, one, other)
    settle(network, one, other)
    network.run(100.0)
    assert one.agent.timer() is None
    assert one.agent.counters.checks == 0
    assert other.agent.counters.answers > 15


def test_both_components_keep_their_consent() -> None:
    network = Network()
    one, other = couple(network, components=(1, 2))
    introduce(network, one, other)
    settle(network, one, other)
    network.air.refuses = lambda datagram: 40002 in (datagram.local.port, datagram.target.port)
    network.run(60.0)
    assert {event.component for event in one.events(ConsentLost)} == {2}
    assert one.agent.selected(1) is not None
    assert one.agent.selected(2) is None
