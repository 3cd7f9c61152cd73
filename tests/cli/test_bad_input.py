"""Wrong words and missing daemons: one clear sentence, the right exit status, no traceback."""

import socket

import pytest

from tests.cli.conftest import Run

ASKING = (("ping",), ("list",), ("query", "call"), ("delete", "call"), ("statistics",))


@pytest.mark.parametrize("words", ASKING)
def test_no_daemon(run: Run, words: tuple[str, ...]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        ng = f"127.0.0.1:{silent.getsockname()[1]}"
        result = run(*words, "--ng", ng, "--timeout", "0.05")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        f"Error: No daemon answers at {ng} within 0.05 s: start one with `rtpng serve`, or say with --ng where it "
        "listens.\n"
    )


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("dance",), "No such command 'dance'"),
        (("query",), "Missing argument 'CALL-ID'"),
        (("delete",), "Missing argument 'CALL-ID'"),
        (("ping", "more"), "unexpected extra argument"),
        (("ping", "--ng", "host:port"), "not a port number (0 to 65535): 'port'"),
        (("ping", "--ng", "host:65536"), "not a port number"),
        (("ping", "--ng", "host:0"), "port 0 cannot be asked"),
        (("ping", "--ng", ":2223"), "written as HOST:PORT"),
        (("ping", "--ng", ""), "written as HOST:PORT"),
        (("ping", "--ng", "::1"), "put the IPv6 address into brackets"),
        (("ping", "--ng", "[::1"), "write an IPv6 address as [ADDRESS]:PORT"),
        (("ping", "--ng", "[::1]2223"), "write an IPv6 address as [ADDRESS]:PORT"),
        (("ping", "--timeout", "soon"), "'soon' is no time"),
        (("ping", "--timeout", "nan"), "'nan' is no time"),
        (("ping", "--timeout", "inf"), "'inf' is no time"),
        (("ping", "--timeout", "0"), "'0' is no time"),
        (("ping", "--timeout", "-1"), "'-1' is no time"),
        (("list", "--limit", "-1"), "--limit"),
        (("list", "--limit", "many"), "--limit"),
        (("delete", "call", "--delay", "-1"), "--delay"),
        (("delete", "call", "--delay", "1.5"), "--delay"),
        (("delete", "call", "--branch", "z9hG4bK1"), "need --from-tag"),
        (("delete", "call", "--to-tag", "tag"), "need --from-tag"),
        (("demo", "--seconds", "0"), "--seconds"),
        (("demo", "--address", "somewhere"), "not a numeric IP address: 'somewhere'"),
        (("demo", "--address", "fe80::1%eth0"), "zone"),
        (("doctor", "--port-min", "0"), "--port-min"),
        (("doctor", "--port-max", "65536"), "--port-max"),
        (("doctor", "--port-min", "5000", "--port-max", "4000"), "exchange them"),
        (("doctor", "--address", "here"), "not a numeric IP address"),
        (("serve", "--no-such-option"), "unknown option --no-such-option"),
        (("serve", "stray"), "unexpected argument 'stray'"),
        (("serve", "--port-min=abc"), "port-min needs a whole number"),
        (("serve", "--table"), "needs a value"),
        (("serve", "--interface=256.0.0.1"), "256.0.0.1"),
        (("serve", "--listen-ng=nowhere"), "no port"),
    ],
)
def test_wrong_usage(run: Run, words: tuple[str, ...], complaint: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert complaint in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_a_host_that_nobody_knows(run: Run) -> None:
    result = run("ping", "--ng", "no-such-host.invalid")
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: Cannot ask no-such-host.invalid:2223 (the host name cannot be resolved): check --ng.\n"
    )


def test_a_host_that_cannot_be_a_name(run: Run) -> None:
    result = run("ping", "--ng", f"{'a' * 70}.example")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: Cannot ask ")
