"""rtpng serve: what it says, and the daemon behind it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence

import pytest

from cli.banner import banner
from rtpng.config import Config, Listen
from rtpng.interfaces import Interface
from rtpng.ng.client import NgClient
from tests.cli.conftest import Run

HOST = "127.0.0.1"
PLAIN = Interface("default", "192.0.2.1", "192.0.2.1", 30000, 30099)
BEHIND_NAT = Interface("pub", "10.0.0.1", "198.51.100.1", 30000, 30099)


def test_the_banner_says_where_and_who_forwards() -> None:
    config = Config(interfaces=(PLAIN, BEHIND_NAT), listen_ng=(Listen(HOST, 2223), Listen(None, 9)), table=4)
    _, *lines = banner(config, None).splitlines()
    assert lines == [
        "  control     ng over UDP on 127.0.0.1:2223, port 9 of all addresses",
        "  media       default: 192.0.2.1, ports 30000 to 30099",
        "  media       pub: 10.0.0.1, shown as 198.51.100.1, ports 30000 to 30099",
        "  forwarding  plain RTP in the kernel (nftables table rtpng4), the rest in userspace",
        '  Kamailio    modparam("rtpengine", "rtpengine_sock", "udp:127.0.0.1:2223")',
    ]


@pytest.mark.parametrize(
    ("table", "obstacle", "text"),
    [
        (-1, None, "in userspace, as --table=-1 says"),
        (0, "no permission: do this", "in userspace: no permission: do this"),
    ],
)
def test_the_banner_says_why_the_kernel_does_not_forward(table: int, obstacle: str | None, text: str) -> None:
    config = Config(interfaces=(PLAIN,), listen_ng=(Listen("::1", 2223),), table=table)
    lines = banner(config, obstacle).splitlines()
    assert lines[3] == f"  forwarding  {text}"
    assert '"udp6:[::1]:2223"' in lines[4]


def start(options: Sequence[str]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "cli", "serve", f"--interface={HOST}", "--table=-1", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ})


def test_serves_until_a_signal() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    with start([f"--listen-ng={HOST}:{port}"]) as child:
        with NgClient(HOST, port, timeout=0.2, attempts=50) as client:
            assert client.ping() == {"result": "pong"}
        child.send_signal(signal.SIGTERM)
        output, errors = child.communicate(timeout=10)
    assert child.returncode == 0
    assert output == ""
    assert errors.startswith("rtpng ")
    assert "Startup complete" in errors


def test_a_control_port_that_is_taken() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((HOST, 0))
        with start([f"--listen-ng={HOST}:{other.getsockname()[1]}"]) as child:
            _, errors = child.communicate(timeout=20)
    assert child.returncode == 1
    assert "cannot listen for ng" in errors
    assert "Traceback" not in errors


def test_an_address_that_is_not_ours(run: Run) -> None:
    result = run("serve", "--interface=203.0.113.77", "--table=-1")
    assert result.exit_code == 1
    assert "Error: interface default/203.0.113.77 cannot be used" in result.stderr
