"""Starts and ends a daemon that speaks ng, ours or Debian's, on a host, and asks it things."""

import itertools
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from rtpng.ng.client import NgClient, NgReplyError, NgTimeout
from sipcore.address import Address
from tests.netns.topology import Host, end

NG = Address("127.0.0.1", 2223)
STARTED_WITHIN = 15.0  # seconds
ENDED_WITHIN = 15.0
_probes = itertools.count(1)

Reply = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Daemon:
    """A program and the options by which it differs from the others.

    ``kernel``: its packets must go through nftables.
    """

    name: str
    program: tuple[str, ...]
    kernel: bool = False


_OURS = str(Path(sys.executable).parent / "rtpengine")
DEBIAN = Daemon("rtpengine-10.5", ("/usr/bin/rtpengine", "--config-file=none", "--table=-1"))
RTPNG = Daemon("rtpng", (_OURS, "--table=0"), kernel=True)
RTPNG_USERSPACE = Daemon("rtpng-userspace", (_OURS, "--table=-1"))


class NgPeer:
    """A running daemon; a context manager. Its log is a file; leaving the block ends it and checks how it ended."""

    def __init__(
        self,
        host: Host,
        daemon: Daemon,
        log: Path,
        interfaces: Sequence[str],
        *,
        ng: Address = NG,
        port_min: int = 10000,
        options: Sequence[str] = (),
    ) -> None:
        self.host, self.daemon, self.log, self.ng = host, daemon, log, ng
        self._command = (
            *daemon.program,
            *(f"--interface={interface}" for interface in interfaces),
            f"--listen-ng={ng}",
            f"--port-min={port_min}",
            f"--port-max={port_min + 10000}",
            *("--foreground", "--log-stderr", "--log-level=6"),
            *options,
        )
        self._client = NgClient(ng.host, ng.port)

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self.process = self.host.start(*self._command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self._wait_until_it_answers()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._client.close()
        code = self.stop()
        if kind is None and code != 0:
            raise AssertionError(f"{self.daemon.name} ended with {code}:\n{self.tail()}")

    def ask(self, command: str, keys: Reply | None = None, **more: Any) -> Reply:
        """One request, its reply, also if that is an error. Underscores in ``more`` stand for hyphens."""
        with self.host.inside():
            try:
                return self._client.request(command, keys, **more)
            except NgReplyError as refused:
                return refused.reply

    def raw(self, payload: bytes) -> bytes | None:
        """What the daemon says to any bytes behind a cookie; None for silence."""
        cookie = b"probe_%d " % next(_probes)
        probe = self.host.udp("::1" if ":" in self.ng.host else "127.0.0.1")
        try:
            probe.sendto(cookie + payload, self.ng)
            return probe.recv(1 << 16).removeprefix(cookie)
        except TimeoutError:
            return None
        finally:
            probe.close()

    def stop(self) -> int:
        """Asks the daemon to end, as an init system does; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(ENDED_WITHIN)

    def tail(self, lines: int = 60) -> str:
        """The end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _wait_until_it_answers(self) -> None:
        deadline = time.perf_counter() + STARTED_WITHIN
        while not self._answers():
            if self.process.poll() is not None or time.perf_counter() > deadline:
                end(self.process)
                raise RuntimeError(f"{self.daemon.name} does not answer:\n{self.tail()}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        with self.host.inside(), NgClient(self.ng.host, self.ng.port, timeout=0.1, attempts=1) as client:
            try:
                return client.ping() == {"result": "pong"}
            except (NgTimeout, ConnectionRefusedError):
                return False


def listening(host: Host) -> frozenset[int]:
    """The UDP ports that somebody on ``host`` has bound."""
    lines = host.run("ss", "-Hlun").stdout.splitlines()
    return frozenset(int(line.split()[3].rpartition(":")[2]) for line in lines)
