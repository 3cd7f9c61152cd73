"""ICE restarts in the middle of a call: nothing that was in use is lost before there is something better."""

import pytest

from rtpng.ice.agent import FAREWELL, IceState
from rtpng.ice.events import ConsentLost, Datagram, PeerRestarted, Selected
from rtpng.ice.station import IceSettings
from sipcore.address import Address
from sipcore.sdp.ice import Credentials
from tests.rtpng.ice.wire import A, Air, B, Network, Side, couple, introduce, pair_of, settle, side

FRESH = (Credentials("fresh1", "fresh-password-one-012345"), Credentials("fresh2", "fresh-password-two-012345"))


def established(network: Network, *, lite: bool = False) -> tuple[Side, Side]:
    one, other = couple(network, lite=(lite, False), controlling=(not lite, lite))
    introduce(network, one, other)
    settle(network, one, other)
    network.run(8.0)
    return one, other


def restart(network: Network, one: Side, other: Side) -> None:
    """``one`` sends an offer with credentials of a new generation, ``other`` has not seen it yet."""
    one.credentials = FRESH[0]
    one.agent.restart(one.credentials)


def respond(network: Network, one: Side, other: Side) -> None:
    """``other`` takes the offer and answers, and ``one`` gets the answer."""
    other.credentials = FRESH[1]
    other.agent.restart(other.credentials)
    other.learn(one, network.now)
    one.learn(other, network.now)


@pytest.mark.parametrize("lite", [False, True])
def test_a_restart_keeps_the_old_pair_until_there_is_another(lite: bool) -> None:
    network = Network()
    one, other = established(network, lite=lite)
    old = pair_of(one)
    restart(network, one, other)
    assert pair_of(one) == old
    assert one.agent.allows(*old)
    one.told.clear()
    respond(network, one, other)
    assert pair_of(one) == old
    assert network.run(2.0, lambda: bool(one.events(Selected))) < 0.3
    network.run(1.0)
    assert pair_of(one) == pair_of(other)[::-1]
    assert one.agent.state is IceState.COMPLETED


def test_the_old_credentials_are_answered_meanwhile() -> None:
    network = Network()
    one, other = established(network)
    restart(network, one, other)
    answers = other.agent.counters.answers
    network.run(40.0)  # the re-INVITE rings for long; both go on to renew their consent
    assert other.agent.counters.answers > answers + 5
    assert not one.events(ConsentLost)
    assert not other.events(ConsentLost)
    respond(network, one, other)
    network.run(1.0)
    assert one.agent.state is other.agent.state is IceState.COMPLETED


def test_the_old_credentials_end_with_the_restart() -> None:
    network = Network()
    one, other = established(network)
    restart(network, one, other)
    respond(network, one, other)
    network.run(FAREWELL + 1.0)
    refused = one.agent.counters.refused
    network.inject(old_check(network))
    assert one.agent.counters.refused == refused + 1


def old_check(network: Network) -> Datagram:
    """The last check that B sent with the credentials of before."""
    return next(sent for sent in reversed(network.sent) if sent.local.host == B and b"oneufrag:otherufrag" in sent.data)


def test_a_restart_may_move_to_other_addresses() -> None:
    network = Network()
    one = side(network, "one", [A], controlling=True)
    other = side(network, "other", [B, "203.0.113.9"], controlling=False)
    introduce(network, one, other)
    settle(network, one, other)
    assert pair_of(one)[1].host == B
    network.air.refuses = lambda datagram: B in (datagram.local.host, datagram.target.host)
    restart(network, one, other)
    respond(network, one, other)
    network.run(2.0)
    assert pair_of(one)[1].host == "203.0.113.9"
    network.run(FAREWELL)
    assert not one.agent.allows(Address(A, 40001), Address(B, 40001))


def test_credentials_that_change_without_our_restart_are_told() -> None:
    network = Network()
    one, other = established(network)
    restart(network, one, other)
    other.learn(one, network.now)
    network.run(0.0)
    assert other.events(PeerRestarted)
    one.learn(other, network.now)  # the peer kept its own credentials, which is legal for nobody, but works
    network.run(1.0)
    assert one.agent.state is other.agent.state is IceState.COMPLETED


def test_the_same_credentials_again_are_no_restart() -> None:
    network = Network()
    one, other = established(network)
    one.learn(other, network.now)
    network.run(0.0)
    assert not one.events(PeerRestarted)
    assert one.agent.state is IceState.COMPLETED


def test_a_restart_before_anything_came_up() -> None:
    network = Network()
    one, other = couple(network)
    one.learn(other, network.now)
    network.run(0.5)
    restart(network, one, other)
    respond(network, one, other)
    settle(network, one, other)


def test_two_restarts_in_a_row_keep_what_was_in_use() -> None:
    network = Network()
    one, other = established(network)
    old = pair_of(one)
    restart(network, one, other)
    one.credentials = Credentials("third", "third-password-0123456789")
    one.agent.restart(one.credentials)
    assert pair_of(one) == old
    respond(network, one, other)
    network.run(1.0)
    assert one.agent.state is other.agent.state is IceState.COMPLETED


def test_the_old_pair_loses_its_consent_when_the_peer_is_gone_during_a_restart() -> None:
    network = Network()
    one, other = established(network)
    restart(network, one, other)
    network.air.loss = 1.0
    network.run(40.0)
    assert len(one.events(ConsentLost)) == 1
    assert one.agent.selected(1) is None


@pytest.mark.parametrize("seed", range(10))
def test_restarts_on_a_bad_network(seed: int) -> None:
    network = Network(seed=seed, air=Air(loss=0.3, doubling=0.2, delay=(0.0, 0.1)))
    one, other = couple(network)
    introduce(network, one, other)
    network.run(10.0)
    assert one.finished
    assert other.finished
    restart(network, one, other)
    respond(network, one, other)
    for _ in range(100):
        network.run(0.1)
        assert one.finished
        assert other.finished
    assert one.agent.state is other.agent.state is IceState.COMPLETED


def test_without_consent_a_restart_works_too() -> None:
    network = Network()
    one = side(network, "one", [A], controlling=True, settings=IceSettings(consent=False))
    other = side(network, "other", [B], controlling=False, settings=IceSettings(consent=False))
    introduce(network, one, other)
    settle(network, one, other)
    restart(network, one, other)
    respond(network, one, other)
    network.run(10.0)
    assert one.agent.state is other.agent.state is IceState.COMPLETED
    assert one.agent.timer() is None
