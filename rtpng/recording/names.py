"""Where the files of a recording are. Whatever a Call-ID or a proxy says, they are below the folder of recordings."""

import os.path
from typing import NamedTuple
from urllib.parse import quote

FOLDERS = ("pcaps", "metadata", "tmp")
_LONGEST = 180  # bytes of a name that come from the Call-ID; file systems take 255


class Names(NamedTuple):
    """Paths. The notes are written to ``draft`` and moved to ``metadata`` at the end."""

    pcap: str
    draft: str
    metadata: str


def names(folder: str, call_id: str, token: str, file: str | None = None) -> Names:
    """``file`` is the pcap file that the proxy wants, if it is ``inside``."""
    stem = f"{quote(call_id, safe='', errors='surrogateescape')[:_LONGEST]}-{token}"
    own = os.path.join(folder, "pcaps", f"{stem}.pcap")
    return Names(
        own if file is None else os.path.join(folder, file),
        os.path.join(folder, "tmp", f"rtpengine-meta-{stem}.tmp"),
        os.path.join(folder, "metadata", f"rtpengine-meta-{stem}.txt"),
    )


def inside(folder: str, file: str) -> bool:
    """Whether a path, relative ones to the folder, names a file below it."""
    path = os.path.normpath(os.path.join(folder, file))
    return path.startswith(os.path.join(os.path.normpath(folder), "")) and "\0" not in file
