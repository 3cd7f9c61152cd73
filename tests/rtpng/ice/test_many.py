"""A thousand calls at once. ``python -m tests.rtpng.ice.test_many`` prints what they cost."""

import resource
import tracemalloc
from collections.abc import Iterator
from random import Random
from statistics import median
from time import process_time

import pytest

from rtpng.ice.agent import IceState
from rtpng.ice.events import ConsentLost
from rtpng.ice.station import IceBudgets
from tests.rtpng.ice.wire import Air, Network, Side, introduce, side

CALLS = 1000
AT_ONCE = 100


def calls(network: Network, budgets: IceBudgets) -> list[tuple[Side, Side]]:
    """Calls that begin a hundred at once, every second."""
    made = []
    for number in range(CALLS):
        host = f"{number >> 8}.{number & 255}"
        one = side(network, "one", [f"10.1.{host}"], controlling=True, budgets=budgets)
        other = side(network, "other", [f"10.2.{host}"], controlling=False, budgets=budgets)
        introduce(network, one, other)
        made.append((one, other))
        if number % AT_ONCE == AT_ONCE - 1:
            network.run(1.0)
    return made


@pytest.mark.slow
def test_a_thousand_calls_on_a_bad_network() -> None:
    network = Network(air=Air(loss=0.1, doubling=0.1, delay=(0.0, 0.1)))
    budgets = IceBudgets(random=Random(1))
    made = calls(network, budgets)
    network.run(30.0)
    for one, other in made:
        assert one.agent.state is other.agent.state is IceState.COMPLETED
        assert not one.events(ConsentLost)
        assert one.agent.selected(1) is not None


def costs() -> Iterator[str]:
    network, budgets = Network(air=Air(delay=(0.01, 0.05))), IceBudgets(random=Random(1))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    made = calls(network, budgets)
    network.run(1.0)
    network.sent.clear()
    memory = (tracemalloc.get_traced_memory()[0] - before) / (2 * CALLS)
    tracemalloc.stop()
    yield f"memory of an agent with one pair, the network's notes included: {memory / 1024:.1f} KiB"
    began = process_time()
    network.run(60.0)
    used, sent = process_time() - began, len(network.sent)
    yield f"consent of {2 * CALLS} agents for 60 s: {used:.2f} s of CPU, {1e6 * used / sent:.0f} us per datagram"
    times = []
    for _ in range(5):
        network, budgets = Network(air=Air(delay=(0.01, 0.05))), IceBudgets(random=Random(1))
        began = process_time()
        made = calls(network, budgets)
        network.run(1.0)
        times.append((process_time() - began) / (2 * CALLS))
        assert all(one.finished and other.finished for one, other in made)
    yield f"from nothing to a selected pair: {1e3 * median(times):.2f} ms of CPU an agent"
    yield f"peak resident: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB"


if __name__ == "__main__":
    for line in costs():
        print(line)
