"""The Kamailio of the Debian package, with the configuration of the package or one of ours."""

import hashlib
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.netns.topology import end
from tests.peers.landscape import RELAY_PUBLIC, Site
from tests.peers.ng_peer import listening

PROGRAM = "/usr/sbin/kamailio"
CONFIGURATION = Path("/etc/kamailio/kamailio.cfg")
FEATURES = ("WITH_NAT", "WITH_RTPENGINE")
SIP_PORT = 5060
STARTED_WITHIN = 20.0  # seconds


@dataclass(frozen=True, slots=True)
class Script:
    """A configuration, what it is told by definitions, and where it listens beside SIP over UDP."""

    path: Path
    defines: tuple[str, ...]
    listens: tuple[str, ...] = ()


STOCK = Script(CONFIGURATION, FEATURES)


class Kamailio:
    """A running proxy; a context manager. ``log`` is a file, ``folder`` takes its sockets and pid file."""

    def __init__(self, site: Site, folder: Path, script: Script = STOCK) -> None:
        self.host, self.log = site.host, folder / "kamailio.log"
        listens = (f"udp:{site.address}:{SIP_PORT}/{RELAY_PUBLIC}:{SIP_PORT}", *script.listens)
        self._command = (
            PROGRAM,
            *("-f", str(script.path)),
            *(word for define in script.defines for word in ("-A", define)),
            *(word for listen in listens for word in ("-l", listen)),
            *("-DD", "-E"),  # a foreground process whose log is its standard error
            *(() if script.listens else ("-T",)),  # no TCP
            *("-n", "2", "-m", "32", "-M", "8"),
            *("-Y", str(folder), "-w", str(folder), "-P", str(folder / "kamailio.pid")),
        )

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self.process = self.host.start(*self._command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.perf_counter() + STARTED_WITHIN
        while not self._ready():
            if self.process.poll() is not None or time.perf_counter() > deadline:
                raise RuntimeError(f"Kamailio does not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        end(self.process)

    def _ready(self) -> bool:
        return SIP_PORT in listening(self.host) and "support for it enabled" in self.log.read_text(errors="replace")


def unchanged() -> bool:
    """Whether the configuration is the one that the package ships."""
    query = ("dpkg-query", "--showformat=${Conffiles}", "--show", "kamailio")
    shipped = subprocess.run(query, capture_output=True, text=True, check=True).stdout
    digest = hashlib.md5(CONFIGURATION.read_bytes(), usedforsecurity=False).hexdigest()
    return f"{CONFIGURATION} {digest}" in shipped
