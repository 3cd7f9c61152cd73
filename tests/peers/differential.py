"""The same conversations with two daemons at the same time.

``python -m tests.peers.differential SEED [COUNT]`` prints what differs without a reason in generated conversations.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers import sid
from tests.peers.cases import Case
from tests.peers.compare import Difference, ask_all, differences
from tests.peers.differences import FROM_26, OURS, explaining
from tests.peers.generator import conversation
from tests.peers.ng_peer import RTPNG_USERSPACE, NgPeer
from tests.peers.shrink import shown, shrunk
from tests.peers.side_by_side import PORT_MIN, running


@dataclass(frozen=True, slots=True)
class Pair:
    """The daemon of sid and ours, both running."""

    theirs: NgPeer
    ours: NgPeer

    def differences(self, case: Case) -> list[Difference]:
        """Holds the conversation with both."""
        return differences(case, ask_all(self.theirs, case, PORT_MIN), ask_all(self.ours, case, PORT_MIN))


@contextmanager
def pair(folder: Path) -> Iterator[Pair]:
    with ExitStack() as stack:
        theirs = stack.enter_context(running(sid.rtpengine(), folder))
        yield Pair(theirs, stack.enter_context(running(RTPNG_USERSPACE, folder)))


def differing(daemons: Pair, case: Case) -> bool:
    """Whether a difference without a reason is there, twice: ports are random, and two may happen to be neighbours."""
    return all(unexplained(case, daemons.differences(case)) for _ in range(2))


def unexplained(case: Case, found: list[Difference]) -> list[Difference]:
    """The differences from sid's rtpengine that nobody has given a reason for."""
    rows = OURS + FROM_26
    return [difference for difference in found if not any(explaining(rows, case, difference))]


def smallest(daemons: Pair, case: Case) -> Case:
    """The smallest conversation that shows the first unexplained difference of a case, or one of its kind."""
    kind = _kind(unexplained(case, daemons.differences(case))[0])
    return shrunk(case, lambda less: any(_kind(d) == kind for d in unexplained(less, daemons.differences(less))))


def _kind(difference: Difference) -> str:
    return re.sub(r"\d+", "N", difference.where.split("/", 2)[2])


def main() -> None:
    seed, count = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300
    with tempfile.TemporaryDirectory() as folder, pair(Path(folder)) as daemons:
        for number in range(count):
            case = conversation(seed, number)
            if differing(daemons, case):
                print(report(daemons, case))


def report(daemons: Pair, case: Case) -> str:
    """A failing conversation for people: its smallest form and what differs in it."""
    small = smallest(daemons, case)
    lines = [f"{case.name}, made smaller:", shown(small)]
    return "\n".join([*lines, *(f"  -> {found}" for found in unexplained(small, daemons.differences(small)))])


if __name__ == "__main__":
    main()
