"""The same conversations with two daemons at the same time.

``python -m tests.peers.differential SEED [COUNT]`` prints what differs in generated conversations, most frequent first.
"""

import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers import sid
from tests.peers.cases import Case
from tests.peers.compare import Difference, ask_all, differences
from tests.peers.generator import conversation
from tests.peers.ng_peer import RTPNG_USERSPACE, NgPeer
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


def main() -> None:
    seed, count = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300
    kinds: dict[str, list[Difference]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, pair(Path(folder)) as daemons:
        for number in range(count):
            for found in daemons.differences(conversation(seed, number)):
                kinds[re.sub(r"\d+", "N", found.where.split("/", 2)[2])].append(found)
    for kind, examples in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f"{len(examples):5} {kind}")
        for example in examples[:3]:
            print(f"          {example}")


if __name__ == "__main__":
    main()
