"""The phones' part of DTLS-SRTP: a handshake from each phone's media port, whose keys the generator then uses.

The sockets are closed before media begins: from then on the generator sends and reads below them.
"""

import select
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from bench.bodies import Told
from bench.errors import BenchError
from bench.shell import inside
from rtpng.dtls.events import Failed, Keyed
from rtpng.dtls.identity import Identity, make_identity
from rtpng.dtls.openssl import make_context
from rtpng.dtls.session import DtlsSession
from rtpng.dtls.settings import CIPHERS, DtlsSettings
from sipcore.srtp import Suite

AT_ONCE = 16
PATIENCE = 10.0  # seconds for these
SHORTEST_WAIT = 0.005
MAX_DATAGRAM = 65_535


def identity_of_phones(suite: Suite) -> Identity:
    """One certificate for all of them, and this suite only."""
    identity = make_identity(DtlsSettings(), time.time())
    return replace(identity, context=make_context(identity.certificate, CIPHERS, filter(None, [suite.dtls])))


def shaken(
    namespace: str, ip: str, identity: Identity, parties: Sequence[tuple[int, Told]]
) -> Iterator[tuple[int, Keyed]]:
    """Ports with their keys, of ``parties`` (a phone's port, and what the relay told it). Raises BenchError."""
    for first in range(0, len(parties), AT_ONCE):
        yield from _some(namespace, ip, identity, parties[first : first + AT_ONCE])


@dataclass(slots=True)
class _Phone:
    port: int
    socket: socket.socket
    session: DtlsSession
    keyed: Keyed | None = None

    def take(self, now: float) -> None:
        """What has come, and what is due."""
        for datagram in self._arrived():
            self.session.receive(datagram, now)
        due = self.session.timer()
        if due is not None and due <= now:
            self.session.on_time(now)
        self._tell()

    def _arrived(self) -> Iterator[bytes]:
        try:
            while True:
                yield self.socket.recv(MAX_DATAGRAM)
        except (BlockingIOError, ConnectionRefusedError):
            return

    def _tell(self) -> None:
        for datagram in self.session.outgoing():
            self.socket.send(datagram)
        for event in self.session.events():
            if isinstance(event, Keyed):
                self.keyed = event
            elif isinstance(event, Failed):
                raise BenchError(f"the DTLS handshake failed: {event.reason}")


def _some(
    namespace: str, ip: str, identity: Identity, parties: Sequence[tuple[int, Told]]
) -> Iterator[tuple[int, Keyed]]:
    with ExitStack() as sockets, select.epoll() as poll:
        phones = {phone.socket.fileno(): phone for phone in _phones(sockets, namespace, ip, identity, parties)}
        for descriptor in phones:
            poll.register(descriptor, select.EPOLLIN)
        until = time.monotonic() + PATIENCE
        while open_still := [phone for phone in phones.values() if phone.keyed is None]:
            if time.monotonic() > until:
                raise BenchError(f"{len(open_still)} of {len(phones)} DTLS handshakes did not end")
            for phone in open_still:
                phone.take(time.monotonic())
            poll.poll(SHORTEST_WAIT)
        yield from ((phone.port, phone.keyed) for phone in phones.values() if phone.keyed)


def _phones(
    sockets: ExitStack, namespace: str, ip: str, identity: Identity, parties: Sequence[tuple[int, Told]]
) -> Iterator[_Phone]:
    for port, told in parties:
        with inside(namespace):
            opened = sockets.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        opened.setblocking(False)
        opened.bind((ip, port))
        opened.connect((told.ip, told.port))
        yield _Phone(port, opened, DtlsSession(identity, told.our_role(), told.fingerprints, time.monotonic()))
