"""Agents on bad networks: they come up, soon, and to the same pairs."""

from statistics import median, quantiles

import pytest

from rtpng.ice.agent import IceState
from tests.rtpng.ice.wire import Air, Network, couple, introduce, pair_of

RUNS = 200


def times(air: Air, *, components: tuple[int, ...] = (1,), aggressive: bool = False, lite: bool = False) -> list[float]:
    """Seconds until both sides had selected all pairs, one per run, sorted."""
    found = []
    for seed in range(RUNS):
        network = Network(seed=seed, air=air)
        one, other = couple(
            network, components=components, aggressive=aggressive, lite=(lite, False), controlling=(not lite, lite)
        )
        introduce(network, one, other)
        found.append(network.run(20.0, lambda one=one, other=other: one.finished and other.finished))  # type: ignore[misc]
        assert one.finished, seed
        assert other.finished, seed
        network.run(3.0)
        for component in components:
            assert pair_of(one, component) == pair_of(other, component)[::-1], seed
        assert one.agent.state is other.agent.state is IceState.COMPLETED
    return sorted(found)


@pytest.mark.parametrize("aggressive", [False, True])
@pytest.mark.parametrize("components", [(1,), (1, 2)])
@pytest.mark.parametrize("lite", [False, True])
def test_thirty_percent_loss(aggressive: bool, components: tuple[int, ...], lite: bool) -> None:
    found = times(Air(loss=0.3, delay=(0.02, 0.02)), components=components, aggressive=aggressive, lite=lite)
    assert median(found) < 1.0
    assert quantiles(found, n=20)[-1] < 3.0
    assert found[-1] < 8.0


def test_doubled_and_reordered_datagrams_do_no_harm() -> None:
    found = times(Air(doubling=0.5, delay=(0.0, 0.2)), components=(1, 2))
    assert median(found) < 0.6
    assert found[-1] < 1.5


def test_all_at_once() -> None:
    found = times(Air(loss=0.3, doubling=0.3, delay=(0.0, 0.3)), components=(1, 2))
    assert median(found) < 1.5
    assert found[-1] < 8.0


if __name__ == "__main__":
    for name, air in (
        ("no loss, 20 ms", Air(delay=(0.02, 0.02))),
        ("10 % loss", Air(loss=0.1, delay=(0.02, 0.02))),
        ("30 % loss", Air(loss=0.3, delay=(0.02, 0.02))),
        ("50 % loss", Air(loss=0.5, delay=(0.02, 0.02))),
        ("30 % loss, 30 % doubled, 0 to 300 ms", Air(loss=0.3, doubling=0.3, delay=(0.0, 0.3))),
    ):
        for components in ((1,), (1, 2)):
            for aggressive in (False, True):
                found = times(air, components=components, aggressive=aggressive)
                print(
                    f"{name:40} components {len(components)} {'aggressive' if aggressive else 'regular':10} "
                    f"median {median(found):.2f} p95 {quantiles(found, n=20)[-1]:.2f} max {found[-1]:.2f}"
                )
