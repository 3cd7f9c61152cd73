"""rtpng capture, without packets."""

import socket

import pytest

from tests.cli.conftest import Run
from tests.cli.running import Relay


def test_without_the_right_to_see_packets(
    relay: Relay, run: Run, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay.place_call("call-1")
    made = socket.socket

    def refused(family: int = -1, *rest: int, **named: object) -> socket.socket:
        if family == socket.AF_PACKET:
            raise PermissionError(1, "Operation not permitted")
        return made(family, *rest, **named)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr("cli.capture.listening.socket.socket", refused)
    told = run("capture", "call-1", "-o", f"{tmp_path}/x.pcap", "--ng", relay.ng)
    assert told.exit_code == 1
    assert told.output == "Error: A capture needs the right to see packets: run it as root, or give it CAP_NET_RAW.\n"


def test_of_an_unknown_call(relay: Relay, run: Run) -> None:
    told = run("capture", "nobody", "--ng", relay.ng)
    assert told.exit_code == 1
    assert told.output.startswith("Error: The daemon knows no such call")


def test_onto_a_disk_that_is_full(relay: Relay, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    relay.place_call("call-1")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as silent:
        monkeypatch.setattr("cli.capture.listening.packet_socket", lambda: silent)
        told = run("capture", "call-1", "-o", "/dev/full", "--ng", relay.ng)
    assert told.output == "Error: /dev/full cannot be written (No space left on device): name another file with -o.\n"


def test_into_a_file_that_cannot_be_written(relay: Relay, run: Run) -> None:
    relay.place_call("call-1")
    told = run("capture", "call-1", "-o", "/nowhere/x.pcap", "--ng", relay.ng)
    assert told.output == (
        "Error: /nowhere/x.pcap cannot be written (No such file or directory): name another file with -o.\n"
    )
