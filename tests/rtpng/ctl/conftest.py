from collections.abc import Iterator

import pytest

from tests.rtpng.ctl.operator import Operator, operator


@pytest.fixture
def ops() -> Iterator[Operator]:
    with operator() as somebody:
        yield somebody
