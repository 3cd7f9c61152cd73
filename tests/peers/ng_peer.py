"""Starts and ends a daemon that speaks ng, ours or Debian's, on a host, and asks it things."""

import itertools
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import bencodepy

from sipcore.address import Address
from tests.netns.topology import Host

NG = Address("127.0.0.1", 2223)
STARTED_WITHIN = 15.0  # seconds
ENDED_WITHIN = 15.0
_cookies = itertools.count(1)

Reply = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Daemon:
    """A program and the options by which it differs from the others."""

    name: str
    program: tuple[str, ...]
    kernel: bool = False  # whether packets must go through nftables

    @property
    def ours(self) -> bool:
        return self.name.startswith("rtpng")


_OURS = str(Path(sys.executable).parent / "rtpengine")
DEBIAN = Daemon("rtpengine-10.5", ("/usr/bin/rtpengine", "--config-file=none", "--table=-1"))
RTPNG = Daemon("rtpng", (_OURS, "--table=0"), kernel=True)
RTPNG_USERSPACE = Daemon("rtpng-userspace", (_OURS, "--table=-1"))


class NgSocket:
    """A blocking ng client whose socket lives on ``host``: sends again with the same cookie, as Kamailio does."""

    def __init__(self, host: Host, server: Address, patience: float = 1.0, tries: int = 5) -> None:
        self._socket = host.udp(server.host.replace("::", "::1") if server.host == "::" else _own(server.host))
        self._socket.connect(server)
        self._patience, self._tries = patience, tries

    def ask(self, command: str, **keys: Any) -> Reply:
        """One request, its reply. Underscores in keys stand for hyphens. Raises TimeoutError, ConnectionError."""
        return self.request({"command": command} | {name.replace("_", "-"): value for name, value in keys.items()})

    def request(self, dictionary: Reply) -> Reply:
        cookie = f"peers_{next(_cookies)}".encode()
        for _ in range(self._tries):
            self._socket.send(cookie + b" " + bencodepy.encode(dictionary))
            payload = self._receive(cookie)
            if payload is not None:
                return _text(bencodepy.decode(payload))  # type: ignore[no-any-return]  # a dictionary, by ng's definition
        raise TimeoutError(f"no reply to {dictionary.get('command')}")

    def _receive(self, cookie: bytes) -> bytes | None:
        self._socket.settimeout(self._patience)
        try:
            while True:
                received, _, payload = self._socket.recv(1 << 16).partition(b" ")
                if received == cookie:
                    return payload
        except TimeoutError:
            return None

    def close(self) -> None:
        self._socket.close()


class NgPeer:
    """A running daemon; a context manager. Its log is a file; leaving the block ends it and checks how it ended."""

    def __init__(
        self, host: Host, daemon: Daemon, log: Path, interfaces: Sequence[str], *, ng: Address = NG, port_min: int = 10000
    ) -> None:
        self.host, self.daemon, self.log, self.ng = host, daemon, log, ng
        self._command = (
            *daemon.program,
            *(f"--interface={interface}" for interface in interfaces),
            f"--listen-ng={ng}",
            f"--port-min={port_min}",
            f"--port-max={port_min + 10000}",
            "--foreground",
            "--log-stderr",
            "--log-level=6",
        )
        self.client = NgSocket(host, ng)

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self.process = self.host.start(*self._command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self._wait_until_it_answers()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        code = self.stop()
        self.client.close()
        if kind is None and code != 0:
            raise AssertionError(f"{self.daemon.name} ended with {code}:\n{self.tail()}")

    def ask(self, command: str, **keys: Any) -> Reply:
        """See NgSocket.ask."""
        return self.client.ask(command, **keys)

    def stop(self) -> int:
        """Asks the daemon to end, as an init system does; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(ENDED_WITHIN)

    def tail(self, lines: int = 40) -> str:
        """The end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _wait_until_it_answers(self) -> None:
        ping = NgSocket(self.host, self.ng, patience=0.1, tries=1)
        deadline = time.perf_counter() + STARTED_WITHIN
        try:
            while not _answers(ping):
                if self.process.poll() is not None or time.perf_counter() > deadline:
                    self.stop()
                    raise RuntimeError(f"{self.daemon.name} does not answer:\n{self.tail()}")
        finally:
            ping.close()


def _answers(client: NgSocket) -> bool:
    try:
        return client.ask("ping") == {"result": "pong"}
    except ConnectionRefusedError:
        time.sleep(0.05)
        return False
    except TimeoutError:
        return False


def _own(host: str) -> str:
    return "::1" if ":" in host else "127.0.0.1"


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, list):
        return [_text(item) for item in value]
    if isinstance(value, dict):
        return {_text(name): _text(item) for name, item in value.items()}
    return value


def listening(host: Host) -> frozenset[int]:
    """The UDP ports that somebody on ``host`` has bound."""
    lines = host.run("ss", "-Hlun").stdout.splitlines()
    return frozenset(int(line.split()[3].rpartition(":")[2]) for line in lines)


__all__ = ["DEBIAN", "NG", "RTPNG", "RTPNG_USERSPACE", "Daemon", "NgPeer", "NgSocket", "Reply", "listening", "socket"]
