"""The packet socket of a capture, and the file that it fills."""

import os
import socket
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from select import select
from typing import IO

import click

from cli.capture.packets import Sorter
from cli.capture.sieve import attachment
from rtpng.recording import frames
from sipcore.address import Address

LOOK = 0.5  # seconds between two looks at the ports of the call
_ALL, _OUTGOING, _ATTACH = 0x0003, 4, 26  # ETH_P_ALL, PACKET_OUTGOING, SO_ATTACH_FILTER
_BUFFER = 8 << 20
_SOL_PACKET, _STATISTICS = 263, 6  # both of linux/if_packet.h


class Capture:
    """A capture that runs. ``ports`` gives our ports of the call, None when it is over."""

    def __init__(self, sorter: Sorter, ports: Callable[[], Collection[Address] | None], ng: Collection[int]) -> None:
        self.packets = self.lost = 0
        self._sorter, self._ports, self._ng = sorter, ports, ng
        self._filtered: frozenset[int] = frozenset()

    def run(self, file: IO[bytes], seconds: float | None) -> None:
        """Until the call is over, the time is up or Ctrl-C."""
        with packet_socket() as sock:
            file.write(frames.file_header(frames.RAW))
            file.flush()
            end = None if seconds is None else time.perf_counter() + seconds
            while (end is None or time.perf_counter() < end) and self._follow(sock):
                look = time.perf_counter() + LOOK
                self._read(sock, file, look if end is None else min(end, look))
            self._read(sock, file, 0.0)
            self.lost = int.from_bytes(sock.getsockopt(_SOL_PACKET, _STATISTICS, 8)[4:8], "little")

    def _follow(self, sock: socket.socket) -> bool:
        ports = self._ports()
        if ports is None:
            return False
        self._sorter.ports = frozenset(ports)
        wanted = frozenset(port.port for port in ports) | frozenset(self._ng)
        if wanted != self._filtered:
            value, kept = attachment(sorted(wanted))
            sock.setsockopt(socket.SOL_SOCKET, _ATTACH, value)
            del kept
            self._filtered = wanted
        return True

    def _read(self, sock: socket.socket, file: IO[bytes], until: float) -> None:
        while select([sock], [], [], max(until - time.perf_counter(), 0))[0]:
            packet, (device, _, kind, *_) = sock.recvfrom(1 << 16)
            if device == "lo" and kind == _OUTGOING:  # it comes in there, too
                continue
            kept = self._sorter.kept(packet)
            if kept is not None:
                file.write(frames.record(time.time(), kept))  # noqa: TID251 - when it was captured
                self.packets += 1
        file.flush()


def packet_socket() -> socket.socket:
    """One that sees every packet of this host. Raises ClickException."""
    try:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL))
    except PermissionError:
        raise click.ClickException(
            "A capture needs the right to see packets: run it as root, or give it CAP_NET_RAW."
        ) from None
    except OSError as error:
        raise click.ClickException(f"No packets can be captured here ({error.strerror}).") from None
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    return sock


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """The file, for its owner's eyes only. Raises ClickException, also when the disk is full later."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written ({error.strerror}): name another file with -o.") from None
