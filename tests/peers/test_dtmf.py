"""Who is told of digits: a listener of our own, and the event route of a real Kamailio."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench import sid
from tests.netns.topology import Host, end
from tests.peers.conversation import conversation
from tests.peers.ng_peer import RTPNG, RTPNG_USERSPACE, Daemon

pytestmark = pytest.mark.peers

CONFIGURATION = Path(__file__).with_name("dtmf.cfg")
PATIENCE = 20.0  # seconds


@pytest.mark.parametrize("daemon", [RTPNG, RTPNG_USERSPACE], ids=lambda daemon: daemon.name)
def test_a_listener_gets_json(daemon: Daemon, tmp_path: Path) -> None:
    with conversation(daemon, tmp_path, "--dtmf-log-dest=127.0.0.1:9999") as call:
        with call.peer.host.udp("127.0.0.1", 9999) as listener:
            listener.settimeout(PATIENCE)
            pressed = call.alice.press(7)
            told = json.loads(listener.recv(65535))
        assert call.bob.hear() == pressed
    assert (told["callid"], told["source_tag"], told["event"], told["duration"]) == ("call", "a", 7, 80)
    assert (told["source_ip"], told["tags"]) == (call.alice.address, ["a", "b"])


def test_the_event_route_of_kamailio_runs(tmp_path: Path) -> None:
    try:
        program = sid.kamailio()
    except sid.SidUnreachableError as reason:
        pytest.skip(f"Kamailio of Debian sid (that of the system has no dtmf_events_sock): {reason}")
    with conversation(RTPNG, tmp_path, "--dtmf-log-dest=127.0.0.1:2222") as call:
        log = tmp_path / "kamailio.log"
        with _kamailio(call.peer.host, program, log):
            _wait_for("dtmf event listener started", log)
            call.alice.press(7)
            _wait_for("digit 7 of a in call", log)


@contextmanager
def _kamailio(host: Host, program: tuple[str, ...], log: Path) -> Iterator[None]:
    places = ("-Y", str(log.parent), "-w", str(log.parent), "-P", str(log.with_suffix(".pid")))
    command = (*program, "-f", str(CONFIGURATION), "-DD", "-E", "-T", "-n", "1", "-m", "32", "-M", "8", *places)
    with log.open("wb") as output:
        process = host.start(*command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        end(process)


def _wait_for(line: str, log: Path) -> None:
    deadline = time.perf_counter() + PATIENCE
    while line not in log.read_text(errors="replace"):
        assert time.perf_counter() < deadline, f"no {line!r} in:\n{log.read_text(errors='replace')[-4000:]}"
        time.sleep(0.02)
