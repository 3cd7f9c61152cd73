"""``prepare.py VENV``, in a build stage: the image's user, and what its interpreter may do though it is not root.

Capabilities of the file are permitted, not effective, so the interpreter starts in a container that has been given none
of them, too; the daemon makes effective what it has got. Written as an attribute because bases lack ``setcap``.
"""

import os
import struct
import sys
from pathlib import Path

USER = 10001  # no user of a distribution
NET_BIND_SERVICE, NET_ADMIN, NET_RAW, SYS_NICE = 10, 12, 13, 23  # linux/capability.h
REVISION = 0x02000000  # of struct vfs_cap_data; the bit for "effective" is not set


def main() -> None:
    permitted = sum(1 << number for number in (NET_BIND_SERVICE, NET_ADMIN, NET_RAW, SYS_NICE))
    value = struct.pack("<5I", REVISION, permitted, 0, 0, 0)
    os.setxattr(_one_interpreter(Path(sys.argv[1], "bin")), "security.capability", value)
    with Path("/etc/passwd").open("a", encoding="ascii") as users:
        users.write(f"rtpengine:x:{USER}:{USER}:rtpengine:/:/usr/sbin/nologin\n")
    with Path("/etc/group").open("a", encoding="ascii") as groups:
        groups.write(f"rtpengine:x:{USER}:\n")


def _one_interpreter(folder: Path) -> Path:
    """``venv --copies`` makes a copy for each name; one is enough."""
    kept = folder / "python3"
    for other in folder.glob("python*"):
        if other != kept:
            other.unlink()
            other.symlink_to(kept.name)
    return kept


if __name__ == "__main__":
    main()
