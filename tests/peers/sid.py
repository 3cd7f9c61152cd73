"""rtpengine of Debian's sid suite as a daemon of the side-by-side tests."""

from bench import sid
from bench.sid import SidUnreachableError
from tests.peers.ng_peer import Daemon

__all__ = ["SidUnreachableError", "rtpengine"]


def rtpengine() -> Daemon:
    """The daemon of sid, ready to run. Raises SidUnreachableError if it must be fetched and cannot be."""
    program = sid.rtpengine()
    return Daemon(f"rtpengine-{sid.version(program)}", (*program, "--config-file=none", "--table=-1"))
