"""rtpengine of Debian's sid suite as a daemon of the side-by-side tests."""

import pytest

from bench import sid
from bench.sid import SidUnreachableError
from tests.peers.ng_peer import Daemon

__all__ = ["SidUnreachableError", "rtpengine", "rtpengine_or_skip"]


def rtpengine() -> Daemon:
    """The daemon of sid, ready to run. Raises SidUnreachableError if it must be fetched and cannot be."""
    program = sid.rtpengine()
    return Daemon(f"rtpengine-{sid.version(program)}", (*program, "--config-file=none", "--table=-1"))


def rtpengine_or_skip() -> Daemon:
    """The same; skips the test, with the reason, where Debian's mirrors cannot be reached."""
    try:
        return rtpengine()
    except SidUnreachableError as reason:
        pytest.skip(f"rtpengine of Debian sid: {reason}")
