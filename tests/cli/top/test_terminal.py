"""``rtpng top`` in a real terminal, beside a real daemon with real calls."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.netns.topology import Host, Network, allowed
from tests.peers.ng_peer import NG, RTPNG, NgPeer

pytestmark = [
    pytest.mark.netns,
    pytest.mark.slow,
    pytest.mark.skipif(not allowed(), reason="needs root and network namespaces"),
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux: run tests/install-needs"),
]

PROGRAM = str(Path(sys.executable).parent / "rtpng")
CALLS = 3
PATIENCE = 15.0  # seconds
COLUMNS, LINES = 140, 24


@dataclass(frozen=True, slots=True)
class Terminal:
    """tmux with one program in it."""

    host: Host
    socket: Path

    def tmux(self, *words: str) -> str:
        return self.host.run("tmux", "-S", str(self.socket), *words).stdout

    def shows(self, *wanted: str) -> str:
        """Waits until all of that is on the screen; the screen."""
        return self.until(lambda screen: all(each in screen for each in wanted), f"{wanted}")

    def until(self, happens: Callable[[str], bool], what: str) -> str:
        deadline = time.perf_counter() + PATIENCE
        screen = self.tmux("capture-pane", "-p")
        while not happens(screen):
            assert time.perf_counter() < deadline, f"never: {what}\n{screen}"
            time.sleep(0.1)
            screen = self.tmux("capture-pane", "-p")
        return screen

    def types(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)


@pytest.fixture
def host() -> Iterator[Host]:
    with Network("top") as network:
        yield network.host("relay")


@pytest.fixture
def terminal(host: Host, tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(host, tmp_path / "tmux")
    size = ("-x", str(COLUMNS), "-y", str(LINES))
    opened.tmux(
        "-f", "/dev/null", "new-session", "-d", *size, f"env -u COLUMNS -u LINES {PROGRAM} top --timeout 0.5; sleep 60"
    )
    yield opened
    host.run("tmux", "-S", str(opened.socket), "kill-server", check=False)


def daemon(host: Host, log: Path) -> NgPeer:
    return NgPeer(host, RTPNG, log, ["127.0.0.1"], ng=NG)


def test_calls_come_are_sorted_filtered_and_opened_and_the_daemon_goes(
    host: Host, terminal: Terminal, tmp_path: Path
) -> None:
    terminal.shows("No daemon answers at 127.0.0.1:2223")
    with daemon(host, tmp_path / "first.log") as relay:
        terminal.shows("0 calls")
        for _ in range(CALLS):
            host.start(PROGRAM, "demo", "--seconds", "60", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        screen = terminal.until(
            lambda screen: f"{CALLS} calls" in screen and screen.count("kernel") == CALLS + 1, "all in the kernel"
        )
        assert "12 streams" in screen
        assert "ms late" in screen
        terminal.until(lambda screen: "100 %, userspace 0 %" in screen or "99 %" in screen, "nothing in userspace")

        call_ids = sorted(relay.ask("list")["calls"])
        terminal.types("s", "s", "s", "s", "s", "s")
        ordered = terminal.shows("sorted by Call-ID")
        assert [word for word in ordered.split() if word in call_ids] == call_ids

        terminal.types("/")
        terminal.types(*call_ids[1][-6:])
        terminal.until(lambda screen: sum(each in screen for each in call_ids) == 1, "one call is left by the filter")
        terminal.types("Enter")
        terminal.until(lambda screen: "part of a Call-ID" not in screen, "the field closes")
        terminal.types("Enter")
        terminal.shows(f"Call {call_ids[1]}", "CARRIED BY", "127.0.0.1:", "RTCP", "offer")
        terminal.types("Escape")
        terminal.types("Escape")
        terminal.until(lambda screen: all(each in screen for each in call_ids), "all calls again")
    terminal.shows("No daemon answers at 127.0.0.1:2223", call_ids[0])
    with daemon(host, tmp_path / "second.log"):
        screen = terminal.shows("0 calls")
        assert call_ids[0] not in screen
        terminal.types("q")
        terminal.until(lambda screen: "calls" not in screen, "the screen is given back")
