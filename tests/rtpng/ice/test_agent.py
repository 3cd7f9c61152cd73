"""Two agents and a network between them."""

from itertools import product

import pytest

from rtpng.ice.agent import IceState
from rtpng.ice.events import Selected, Usable
from rtpng.ice.station import IceSettings
from sipcore.address import Address
from tests.rtpng.ice.wire import Network, Side, introduce, side

A, B = "198.51.100.1", "203.0.113.2"


def pair_of(one: Side, component: int = 1) -> tuple[Address, Address]:
    chosen = one.agent.selected(component)
    assert chosen is not None
    return chosen.base.local, chosen.remote


@pytest.mark.parametrize(("aggressive", "components"), list(product((False, True), ((1,), (1, 2)))))
def test_two_full_agents_select_the_same_pairs(aggressive: bool, components: tuple[int, ...]) -> None:
    network = Network()
    settings = IceSettings(aggressive=aggressive)
    one = side(network, "one", [A], controlling=True, components=components, settings=settings)
    other = side(network, "other", [B], controlling=False, components=components, settings=settings)
    introduce(network, one, other)
    assert network.run(1.0, lambda: one.finished and other.finished) < 0.3
    for component in components:
        assert pair_of(one, component) == pair_of(other, component)[::-1]
    assert one.agent.state is other.agent.state is IceState.COMPLETED
    assert len(one.events(Usable)) == len(one.events(Selected)) == len(components)
