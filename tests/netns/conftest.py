"""Tests in this folder need root; elsewhere they are skipped, with the reason."""

import pytest

from tests.netns.topology import allowed


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("netns")]
    if marked and not allowed():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="needs root and network namespaces"))
