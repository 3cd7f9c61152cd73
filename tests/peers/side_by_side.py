"""Both daemons on one host with two logical interfaces in both families, and all cases asked of them.

``python -m tests.peers.side_by_side [rtpengine-10.5|rtpengine-26|rtpng]`` prints what one daemon says.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sipcore.address import Address
from tests.netns.topology import Network
from tests.peers import sid
from tests.peers.cases import CASES
from tests.peers.compare import Facts, ask_all
from tests.peers.controls import CONTROLS, FLOWS
from tests.peers.corners import CORNERS
from tests.peers.hearing import HEARING, KNOWN_TO_10_5
from tests.peers.ng_peer import DEBIAN, RTPNG_USERSPACE, Daemon, NgPeer

ADDRESSES = ("priv/192.0.2.77", "priv/2001:db8::77", "pub/203.0.113.77", "pub/2001:db8:1::77")
PORT_MIN = 10000
OF_BOTH = (*CASES, *CONTROLS, *KNOWN_TO_10_5)  # releases
OF_THE_NEWEST = (*CORNERS, *FLOWS, *HEARING)
EVERYTHING = (*OF_BOTH, *OF_THE_NEWEST)


@contextmanager
def running(daemon: Daemon, folder: Path, options: Sequence[str] = ()) -> Iterator[NgPeer]:
    """A daemon on a host of its own."""
    with Network("beside") as network:
        host = network.host("relay")
        for address in ADDRESSES:
            host.ip("addr", "add", address.partition("/")[2], "dev", "lo", *(["nodad"] if "::" in address else []))
        log, ng = folder / f"{daemon.name}.log", Address("127.0.0.1", 2223)
        with NgPeer(host, daemon, log, ADDRESSES, ng=ng, options=options) as peer:
            yield peer


def recorded(daemon: Daemon, folder: Path) -> dict[str, Facts]:
    """The facts of all cases that a daemon survives, by name of the case."""
    cases = OF_BOTH if daemon is DEBIAN else EVERYTHING
    with running(daemon, folder) as peer:
        return {case.name: ask_all(peer, case, PORT_MIN) for case in cases}


def main() -> None:
    """Prints what a daemon says to every case."""
    chosen = {daemon.name: daemon for daemon in (DEBIAN, RTPNG_USERSPACE, sid.rtpengine())}
    daemon = next((chosen[name] for name in chosen if name.startswith(sys.argv[-1])), DEBIAN)
    with tempfile.TemporaryDirectory() as folder:
        for name, facts in recorded(daemon, Path(folder)).items():
            print(f"\n{name}")
            for fact, value in facts.items():
                print(f"    {fact}: {value}")


if __name__ == "__main__":
    main()
