"""The same requests to two releases of rtpengine and to rtpng: the same answers, but for the differences we mean."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.peers import sid
from tests.peers.cases import Case
from tests.peers.compare import Facts, differences, says
from tests.peers.differences import FROM_10_5, FROM_26, OURS, Deliberate, explaining
from tests.peers.ng_peer import DEBIAN, RTPNG_USERSPACE
from tests.peers.side_by_side import EVERYTHING, OF_BOTH, OF_THE_NEWEST, recorded

pytestmark = pytest.mark.peers
every_case = pytest.mark.parametrize("case", OF_BOTH, ids=lambda case: case.name)
every_corner = pytest.mark.parametrize("case", OF_THE_NEWEST, ids=lambda case: case.name)


@dataclass(frozen=True, slots=True)
class Release:
    """What a release says to the cases, and where it may differ."""

    replies: dict[str, Facts]
    rows: Sequence[Deliberate]
    cases: Sequence[Case]
    newest: bool = False

    def unexplained(self, case: Case, ours: dict[str, Facts]) -> list[str]:
        found = differences(case, self.replies[case.name], ours[case.name])
        return [str(difference) for difference in found if not any(explaining(self.rows, case, difference))]

    def says_what_is_expected(self, case: Case) -> bool:
        expected = (case.newest_says or case.says) if self.newest else case.says
        return tuple(says(self.replies[case.name], step) for step in range(1, len(case.steps) + 1)) == expected


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Release:
    daemon = sid.rtpengine_or_skip()
    replies = recorded(daemon, tmp_path_factory.mktemp("sid"))
    return Release(replies, OURS + FROM_26, EVERYTHING, newest=True)


@pytest.fixture(scope="module", params=["10.5", "sid"])
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Release:
    if request.param == "sid":
        newest: Release = request.getfixturevalue("newest")
        return newest
    return Release(recorded(DEBIAN, tmp_path_factory.mktemp("debian")), OURS + FROM_10_5, OF_BOTH)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Facts]:
    return recorded(RTPNG_USERSPACE, tmp_path_factory.mktemp("rtpng"))


@every_case
def test_rtpengine_says_what_the_case_expects(case: Case, release: Release) -> None:
    assert release.says_what_is_expected(case)


@every_case
def test_rtpng_answers_as_rtpengine_does(case: Case, release: Release, ours: dict[str, Facts]) -> None:
    assert release.unexplained(case, ours) == []


@every_corner
def test_rtpng_answers_as_the_newest_rtpengine_does(case: Case, newest: Release, ours: dict[str, Facts]) -> None:
    assert newest.says_what_is_expected(case)
    assert newest.unexplained(case, ours) == []


def test_every_deliberate_difference_exists(release: Release, ours: dict[str, Facts]) -> None:
    used = {
        row
        for case in release.cases
        for difference in differences(case, release.replies[case.name], ours[case.name])
        for row in explaining(release.rows, case, difference)
    }
    assert [row.where for row in release.rows if row not in used and not row.generated] == []
