"""Which pairs are nominated."""

from rtpng.ice.nomination import nominees
from rtpng.ice.pair import Base, Pair, PairState
from sipcore.address import Address


def pair(host: str, component: int, remote: str = "192.0.2.1", *, works: bool = True) -> Pair:
    local = Address(host, 4000 + component)
    made = Pair(Base(local, local, component, 0, "f"), Address(remote, 5000 + component), 1)
    made.state = PairState.SUCCEEDED if works else PairState.WAITING
    return made


def test_nothing_works() -> None:
    assert nominees([pair("10.0.0.1", 1, works=False)], [1], together=False) == []


def test_the_best_of_each_component_between_the_same_hosts() -> None:
    pairs = [pair("10.0.0.1", 1), pair("10.0.0.2", 1), pair("10.0.0.2", 2)]
    assert nominees(pairs, [1, 2], together=True) == pairs[1:]


def test_without_a_common_pair_of_hosts_there_is_none_at_first() -> None:
    pairs = [pair("10.0.0.1", 1), pair("10.0.0.2", 2)]
    assert nominees(pairs, [1, 2], together=True) == []
    assert nominees(pairs, [1, 2], together=False) == pairs


def test_remote_hosts_count_too() -> None:
    pairs = [pair("10.0.0.1", 1, "192.0.2.1"), pair("10.0.0.1", 2, "192.0.2.2"), pair("10.0.0.1", 1, "192.0.2.2")]
    assert nominees(pairs, [1, 2], together=True) == pairs[1:]


def test_components_that_are_done_are_left_alone() -> None:
    pairs = [pair("10.0.0.1", 1), pair("10.0.0.1", 2)]
    assert nominees(pairs, [2], together=True) == pairs[1:]
