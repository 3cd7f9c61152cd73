"""The relays that are compared unless the command line names others."""

import logging
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from bench import sid
from bench.options import Side
from bench.sid import SidUnreachableError

DEBIAN = "/usr/bin/rtpengine"

log = logging.getLogger("bench")


def standard() -> tuple[Side, ...]:
    """Two versions of rtpengine, which are the references, and rtpng's two ways of forwarding.

    Secure media take one way in rtpng, whatever the table; the option that mends rtpengine's recovery from overload
    changes nothing else.
    """
    rtpng = Path(sys.executable).parent / "rtpengine"
    return (
        Side("rtpengine", f"{DEBIAN} {{common}} --table=-1", reference=True),
        *_newest(),
        Side("rtpng-kernel", f"{rtpng} {{common}} --table=0"),
        Side("rtpng-user", f"{rtpng} {{common}} --table=-1", works=("rtp-plain",)),
    )


def _newest() -> Iterator[Side]:
    """rtpengine of Debian's sid suite, with the option that serves it best; nothing where there is no mirror."""
    try:
        program = shlex.join(sid.rtpengine())
    except SidUnreachableError as reason:
        log.warning("rtpengine of Debian sid is left out: %s", reason)
        return
    command = f"{program} {{common}} --table=-1 --poller-per-thread"
    yield Side("rtpengine-sid", command, reference=True)
    yield Side("rtpengine-sid-recv", f"{command} --max-recv-iters=100000", works=("rtp-plain",))
