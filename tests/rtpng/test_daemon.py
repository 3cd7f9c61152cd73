"""The daemon as its operator meets it: a real child process, its exit status, its log, its signals."""

import os
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from rtpng.ng.client import NgClient, NgReplyError

RTPENGINE = str(Path(sys.executable).parent / "rtpengine")
COMMON = ("--config-file=none", "--interface=127.0.0.1", "--foreground", "--log-stderr", "--table=-1")
SDP = "v=0\r\no=a 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
CTL = shutil.which("rtpengine-ctl")
CAN_DROP_RIGHTS = os.geteuid() == 0


def free_port(family: int = socket.AF_INET, host: str = "127.0.0.1") -> int:
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def log_until(stream: IO[str], text: str) -> list[str]:
    """Log lines up to the one that holds ``text``."""
    lines = []
    for line in stream:
        lines.append(line)
        if text in line:
            return lines
    raise AssertionError(f"{text!r} never came: {lines}")


class Running:
    """A daemon that has started, with its log so far."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        assert process.stderr is not None
        self.process, self.port, self.stderr = process, port, process.stderr
        self.started = log_until(process.stderr, "Startup complete")

    def signal_and_wait(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(10)


@contextmanager
def started(command: Sequence[str], port: int) -> Iterator[Running]:
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Running(process, port)
        finally:
            if process.poll() is None:
                process.kill()


@contextmanager
def daemon(*options: str, prefix: Sequence[str] = (), listen: str = "127.0.0.1", port: int = 0) -> Iterator[Running]:
    port = port or free_port()
    with started((*prefix, RTPENGINE, *COMMON, f"--listen-ng={listen}:{port}", *options), port) as running:
        yield running


def wait_until_gone(pid: int) -> None:
    """Waits for the end of a process that is not our child."""
    with open(os.pidfd_open(pid), closefd=True) as handle:
        assert select.select([handle], [], [], 10)[0]


def refused(*options: str) -> tuple[int, str]:
    """Exit status and stderr of a daemon that does not start."""
    done = subprocess.run((RTPENGINE, *options), capture_output=True, text=True, timeout=20)
    return done.returncode, done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_orderly_with_status_0(number: int) -> None:
    with daemon() as running, NgClient("127.0.0.1", running.port) as client:
        client.offer("call", "a", SDP)
        assert running.signal_and_wait(number) == 0


def test_the_log_says_version_and_readiness() -> None:
    with daemon() as running:
        text = "".join(running.started)
    assert "Version " in text
    assert " initialising" in text
    assert "INFO: [core] Startup complete, version " in text


def test_hup_does_not_end_calls() -> None:
    with daemon() as running, NgClient("127.0.0.1", running.port) as client:
        client.offer("call", "a", SDP)
        running.process.send_signal(signal.SIGHUP)
        assert client.list()["calls"] == ["call"]


def test_calls_are_not_limited_by_the_open_files_that_shells_allow() -> None:
    with daemon("--port-min=22000", "--port-max=24999", prefix=("prlimit", "--nofile=64:4096")) as running:
        limits = Path(f"/proc/{running.process.pid}/limits").read_text()
        with NgClient("127.0.0.1", running.port) as client:
            for number in range(20):
                assert client.offer(f"call{number}", "a", SDP)["result"] == "ok"
    assert "Max open files            4096                 4096" in limits


def test_usr_signals_step_the_log_level() -> None:
    with daemon("--log-level=6") as running, NgClient("127.0.0.1", running.port) as client:
        running.process.send_signal(signal.SIGUSR1)
        log_until(running.stderr, "Log level is 5")
        client.ping()
        running.process.send_signal(signal.SIGUSR2)
        assert not any("'ping'" in line for line in log_until(running.stderr, "Log level is 6"))
        client.ping()
        log_until(running.stderr, "Received command 'ping'")


def test_the_pidfile_comes_and_goes(tmp_path: Path) -> None:
    path = tmp_path / "rtpengine.pid"
    with daemon(f"--pidfile={path}") as running:
        assert int(path.read_text()) == running.process.pid
        running.signal_and_wait(signal.SIGTERM)
    assert not path.exists()


def test_without_foreground_it_goes_into_the_background(tmp_path: Path) -> None:
    path, port = tmp_path / "pid", free_port()
    options = ("--config-file=none", "--interface=127.0.0.1", f"--listen-ng=127.0.0.1:{port}", f"--pidfile={path}")
    assert subprocess.run((RTPENGINE, *options), timeout=20).returncode == 0
    pid = int(path.read_text())
    with NgClient("127.0.0.1", port) as client:
        assert client.ping() == {"result": "pong"}
    os.kill(pid, signal.SIGTERM)
    wait_until_gone(pid)


def test_the_config_file_is_read_and_the_command_line_wins(tmp_path: Path) -> None:
    path, port = tmp_path / "rtpengine.conf", free_port()
    path.write_text(
        f"[rtpengine]\ninterface = 127.0.0.1\nlisten-ng = 127.0.0.1:{port}\nport-min = 21000\nport-max = 21009\n"
        "foreground = true\nlog-stderr = true\ntable = -1\nmax-sessions = 0\n"
    )
    with (
        started((RTPENGINE, f"--config-file={path}", "--max-sessions=5"), port) as running,
        NgClient("127.0.0.1", port) as client,
    ):
        sdp = client.offer("call", "a", SDP)["sdp"]
        assert running.signal_and_wait(signal.SIGTERM) == 0
    assert 21000 <= int(sdp.split("m=audio ")[1].split()[0]) <= 21009


def test_listens_on_ipv6() -> None:
    port = free_port(socket.AF_INET6, "::1")
    with daemon(listen="[::1]", port=port), NgClient("::1", port) as client:
        assert client.ping() == {"result": "pong"}


def tcp(port: int, sent: bytes) -> bytes:
    """What comes back over TCP once we have closed our side."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as asking:
        asking.sendall(sent)
        asking.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: asking.recv(65536), b""))


def test_ng_over_tcp() -> None:
    port = free_port()
    with daemon(f"--listen-tcp-ng=127.0.0.1:{port}") as running:
        assert tcp(port, b"1 d7:command4:pinge") == b"1 d6:result4:ponge"
        assert running.signal_and_wait(signal.SIGTERM) == 0


@pytest.mark.skipif(CTL is None, reason="needs rtpengine-ctl of Debian's rtpengine-utils")
def test_rtpengine_ctl() -> None:
    port = free_port()

    def ctl(*words: str) -> str:
        command = (str(CTL), "--config-file", "/dev/null", "-ip", f"127.0.0.1:{port}", *words)
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout

    with daemon(f"--listen-cli=127.0.0.1:{port}") as running, NgClient("127.0.0.1", running.port) as client:
        client.offer("call", "a", SDP)
        assert "Current sessions own: 1\n" in ctl("list", "numsessions")
        assert ctl("set", "maxsessions", "1") == "Success setting maxsessions to 1\n"
        with pytest.raises(NgReplyError, match="Parallel session limit reached"):
            client.offer("another", "a", SDP)
        assert "successfully terminated" in ctl("terminate", "call")
        assert client.list()["calls"] == []
        assert running.signal_and_wait(signal.SIGTERM) == 0


def test_http() -> None:
    port = free_port()
    with daemon(f"--listen-http=127.0.0.1:{port}") as running:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/cli/list+timeout", timeout=10) as got:
            assert got.read() == b"TIMEOUT=60\n"
        assert running.signal_and_wait(signal.SIGTERM) == 0


def test_https(tmp_path: Path) -> None:
    port, both = free_port(), tmp_path / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    names = [
        "-subj",
        "/CN=x",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        f"{both}",
        "-out",
        f"{tmp_path}/cert",
    ]
    subprocess.run([*command, *names], check=True, capture_output=True)
    both.write_text(both.read_text() + (tmp_path / "cert").read_text())
    trusting = ssl.create_default_context(cafile=tmp_path / "cert")
    options = (f"--listen-https=127.0.0.1:{port}", f"--https-cert={both}")
    with (
        daemon(*options),
        urllib.request.urlopen(f"https://127.0.0.1:{port}/ping", timeout=10, context=trusting) as got,
    ):
        assert got.read() == b"pong\n"


@pytest.mark.parametrize("options", [(), ("--https-cert=/does/not/exist",)])
def test_https_without_a_certificate_does_not_start(options: tuple[str, ...]) -> None:
    status, error = refused(*COMMON, "--listen-https=127.0.0.1:0", *options)
    assert status == 255
    assert "Fatal error: " in error
    assert "Traceback" not in error


def test_table_minus_1_is_one_warning_that_says_what_to_do() -> None:
    with daemon() as running:
        warnings = [line for line in running.started if "WARNING" in line]
    assert len(warnings) == 1
    assert "--table=0" in warnings[0]


@pytest.mark.skipif(not CAN_DROP_RIGHTS, reason="needs root, to give rights away")
def test_without_permission_one_warning_and_userspace() -> None:
    drop = ("setpriv", "--bounding-set=-net_admin", "--inh-caps=-all")
    with daemon("--table=61", prefix=drop) as running, NgClient("127.0.0.1", running.port) as client:
        warnings = [line for line in running.started if "WARNING" in line]
        assert client.offer("call", "a", SDP)["result"] == "ok"
    assert len(warnings) == 1
    assert "FAILED TO CREATE KERNEL TABLE 61" in warnings[0]
    assert "CAP_NET_ADMIN" in warnings[0]


@pytest.mark.skipif(not CAN_DROP_RIGHTS, reason="needs root, to give rights away")
def test_no_fallback_makes_that_fatal() -> None:
    drop = ("setpriv", "--bounding-set=-net_admin", "--inh-caps=-all")
    port = free_port()
    command = (*drop, RTPENGINE, *COMMON, "--table=61", "--no-fallback", f"--listen-ng=127.0.0.1:{port}")
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 255
    assert "Fatal error:" in done.stderr
    assert "CAP_NET_ADMIN" in done.stderr


def test_a_taken_control_port_is_one_clear_error() -> None:
    with daemon() as running:
        status, error = refused(*COMMON, f"--listen-ng=127.0.0.1:{running.port}")
    assert status == 255
    assert f"127.0.0.1:{running.port}" in error
    assert "another relay" in error
    assert "Traceback" not in error


@pytest.mark.parametrize("option", ["--listen-ng", "--listen-tcp-ng"])
def test_a_control_address_that_this_host_does_not_have_is_not_taken_for_another_relay(option: str) -> None:
    status, error = refused(*COMMON, f"{option}=192.0.2.1:{free_port()}")
    assert status == 255
    assert "192.0.2.1" in error
    assert "no address of this host" in error
    assert "another relay" not in error


LISTEN = "--listen-ng=127.0.0.1:2223"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), "Cannot start without any configured interfaces"),
        (("--interface=127.0.0.1",), "Missing option --listen-tcp"),
        (("--interface=192.0.2.1", LISTEN), "192.0.2.1"),
        (("--interface=nonsense!", LISTEN), "nonsense"),
        (("--interfaces=127.0.0.1", LISTEN), "--interface"),
        (("--interface=127.0.0.1", "--listen-ng=127.0.0.1:99999"), "99999"),
        (("--interface=127.0.0.1", LISTEN, "--port-min=20", "--port-max=10"), "port-m"),
        (("--interface=127.0.0.1", LISTEN, "--port-min=x"), "port-min"),
        (("--interface=127.0.0.1", LISTEN, "--tos=300"), "tos"),
        (("--interface=127.0.0.1", LISTEN, "stray"), "stray"),
        (("--config-file=/does/not/exist",), "/does/not/exist"),
    ],
)
def test_what_cannot_start_says_why_in_one_line_and_exits_with_255(options: tuple[str, ...], expected: str) -> None:
    if not any(option.startswith("--config-file") for option in options):
        options = ("--config-file=none", "--foreground", "--log-stderr", *options)
    status, error = refused(*options)
    assert status == 255
    assert error.startswith("Fatal error: ") or "CRIT: [core] Fatal error: " in error
    assert error.count("\n") == 1
    assert expected in error


@pytest.mark.parametrize("option", ["--help", "-h", "--version", "-v", "--codecs"])
def test_texts_exit_with_0(option: str) -> None:
    assert refused(option)[0] == 0
