"""Generated conversations with rtpengine of Debian's sid suite and with rtpng: the same answers, but for known reasons.

DIFFERENTIAL_SEED chooses other conversations than those of every run.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.peers import bundled, generator, secure, sid
from tests.peers.cases import Case
from tests.peers.differences import FROM_26, OURS, Deliberate, explaining
from tests.peers.differential import Pair, differing, pair, report
from tests.peers.generator import conversation
from tests.peers.shrink import sensible

SHOWN = 3
SEED = int(os.environ.get("DIFFERENTIAL_SEED", "26"))


@dataclass(frozen=True, slots=True)
class Subject:
    """What conversations are about; ``count`` of them are held. ``word``: how their names begin."""

    name: str
    word: str
    make: Callable[[int, int], Case]
    count: int

    def cases(self) -> list[Case]:
        return [self.make(SEED, number) for number in range(self.count)]

    def rows(self) -> list[Deliberate]:
        """The known differences that its conversations can meet."""
        words = {subject.word for subject in SUBJECTS[1:]}  # all other rows are those of the first subject
        rows = [(row.where.partition(" ")[0], row) for row in OURS + FROM_26 if row.generated]
        return [row for word, row in rows if word == self.word or (self is SUBJECTS[0] and word not in words)]


SUBJECTS = (
    Subject("media", "generated", generator.conversation, 400),
    Subject("keys and ICE", "secure", secure.conversation, 200),
    Subject("bundles", "bundled", bundled.conversation, 200),
)
about = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)


@pytest.fixture(scope="module")
def daemons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    sid.rtpengine_or_skip()
    with pair(tmp_path_factory.mktemp("differential")) as running:
        yield running


@pytest.mark.peers
@about
def test_generated_conversations_get_the_same_answers(daemons: Pair, subject: Subject) -> None:
    faulty = [case for case in subject.cases() if differing(daemons, case)]
    reports = "\n\n".join(report(daemons, case) for case in faulty[:SHOWN])
    assert not faulty, f"seed {SEED}: {len(faulty)} of {subject.count} conversations differ\n{reports}"


@pytest.mark.peers
@about
def test_every_difference_of_generated_conversations_exists(daemons: Pair, subject: Subject) -> None:
    rows = subject.rows()
    used = set()
    for case in subject.cases():
        used |= {row for found in daemons.differences(case) for row in explaining(rows, case, found)}
    assert [(row.where, row.reason) for row in rows if row not in used] == []


def test_the_same_seed_makes_the_same_conversations() -> None:
    assert [conversation(7, number) for number in range(50)] == [conversation(7, number) for number in range(50)]
    assert conversation(7, 1).steps != conversation(8, 1).steps


def test_conversations_are_such_that_phones_could_have_them() -> None:
    assert all(sensible(conversation(SEED, number).steps) for number in range(200))
