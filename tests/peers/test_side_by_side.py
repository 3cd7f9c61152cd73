"""The same requests to Debian's rtpengine 10.5 and to rtpng: the same answers, but for the differences we mean."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest

from tests.peers.cases import CASES, Case
from tests.peers.compare import Difference, Facts, differences, says
from tests.peers.differences import DELIBERATE, Deliberate
from tests.peers.ng_peer import DEBIAN, RTPNG_USERSPACE
from tests.peers.side_by_side import recorded

pytestmark = pytest.mark.peers
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Facts]:
    return recorded(DEBIAN, tmp_path_factory.mktemp("debian"))


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Facts]:
    return recorded(RTPNG_USERSPACE, tmp_path_factory.mktemp("rtpng"))


@every_case
def test_debian_says_what_the_case_expects(case: Case, debian: dict[str, Facts]) -> None:
    assert tuple(says(debian[case.name], step) for step in range(1, len(case.steps) + 1)) == case.says


@every_case
def test_rtpng_answers_as_debian_does(case: Case, debian: dict[str, Facts], ours: dict[str, Facts]) -> None:
    found = differences(case, debian[case.name], ours[case.name])
    assert [str(difference) for difference in found if not any(_meant(difference))] == []


def test_every_deliberate_difference_exists(debian: dict[str, Facts], ours: dict[str, Facts]) -> None:
    used = {
        row.where
        for case in CASES
        for difference in differences(case, debian[case.name], ours[case.name])
        for row in _meant(difference)
    }
    assert [row.where for row in DELIBERATE if row.where not in used] == []


def _meant(difference: Difference) -> Iterator[Deliberate]:
    return (row for row in DELIBERATE if fnmatchcase(difference.where, row.where))
