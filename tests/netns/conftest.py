"""Tests in this folder need root; elsewhere they are skipped, with the reason."""

from collections.abc import Iterator

import pytest

from kernel.nft import NftTable
from tests.netns.topology import Network, ThreeHosts, allowed, three_hosts


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("netns")]
    if marked and not allowed():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="needs root and network namespaces"))


@pytest.fixture(scope="module")
def three() -> Iterator[ThreeHosts]:
    """Caller, relay and callee, the same for all tests of a module."""
    with Network() as network:
        yield three_hosts(network)


@pytest.fixture
def table(three: ThreeHosts) -> Iterator[NftTable]:
    """The kernel's flow table on the relay."""
    with three.relay.inside():
        made = NftTable(0, max_flows=10_000)
    yield made
    made.close()
