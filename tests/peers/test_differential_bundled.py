"""Bundles: generated conversations with rtpengine of Debian's sid suite and with rtpng get the same answers.

DIFFERENTIAL_SEED chooses other conversations than those of every run.
"""

import os
from collections.abc import Iterator

import pytest

from tests.peers import sid
from tests.peers.bundled import conversation
from tests.peers.differences import FROM_26, OURS, explaining
from tests.peers.differential import Pair, pair, report, unexplained
from tests.peers.shrink import sensible

CONVERSATIONS = 200
SHOWN = 3
SEED = int(os.environ.get("DIFFERENTIAL_SEED", "26"))


@pytest.fixture(scope="module")
def daemons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    try:
        sid.rtpengine()
    except sid.SidUnreachableError as reason:
        pytest.skip(f"rtpengine of Debian sid: {reason}")
    with pair(tmp_path_factory.mktemp("bundled")) as running:
        yield running


@pytest.mark.peers
def test_generated_conversations_about_bundles_get_the_same_answers(daemons: Pair) -> None:
    cases = [conversation(SEED, number) for number in range(CONVERSATIONS)]
    differing = [case for case in cases if unexplained(case, daemons.differences(case))]
    reports = "\n\n".join(report(daemons, case) for case in differing[:SHOWN])
    assert not differing, f"seed {SEED}: {len(differing)} of {CONVERSATIONS} conversations differ\n{reports}"


@pytest.mark.peers
def test_every_difference_about_bundles_exists(daemons: Pair) -> None:
    rows = [row for row in OURS + FROM_26 if row.where.startswith("bundled ")]
    used = set()
    for number in range(CONVERSATIONS):
        case = conversation(SEED, number)
        used |= {row for found in daemons.differences(case) for row in explaining(rows, case, found)}
    assert [(row.where, row.reason) for row in rows if row not in used] == []


def test_the_same_seed_makes_the_same_conversations() -> None:
    assert [conversation(7, number) for number in range(50)] == [conversation(7, number) for number in range(50)]


def test_conversations_are_such_that_phones_could_have_them() -> None:
    assert all(sensible(conversation(SEED, number).steps) for number in range(200))
