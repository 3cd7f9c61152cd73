"""``python -m tests.cli.top.picture FILE.svg``: a picture of ``rtpng top`` beside a real daemon with real calls.

Needs root. The terminal library's own export makes it; the fonts that it would load from elsewhere are left out.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.netns.topology import Network
from tests.peers.ng_peer import RTPNG, NgPeer

PROGRAM = str(Path(sys.executable).parent / "rtpng")
CALLS = 6
AFTER = 9  # seconds: reports of RTCP have come, too
SIZE = {"COLUMNS": "112", "LINES": "18"}


def main() -> None:
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as name, Network("picture") as network:
        folder, host = Path(name), network.host("relay")
        with NgPeer(host, RTPNG, folder / "relay.log", ["127.0.0.1"]):
            for number in range(CALLS):
                seconds = str(30 + number)
                host.start(PROGRAM, "demo", "--seconds", seconds, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(0.7)  # so that their ages differ
            export = {"TEXTUAL_SCREENSHOT": str(AFTER), "TEXTUAL_SCREENSHOT_LOCATION": name, "TERM": "xterm-256color"}
            watching = host.start(PROGRAM, "top", stderr=subprocess.DEVNULL, env={**os.environ, **SIZE, **export})
            watching.wait(60)
        (made,) = folder.glob("*.svg")
        target.write_text(re.sub(r"@font-face \{.*?\}\n\s*", "", made.read_text(), flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
