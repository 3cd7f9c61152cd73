"""OpenSSL's own client and server, as peers of our handshakes over UDP."""

import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from select import select
from socket import socket

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from rtpng.dtls.events import DtlsEvent, Keyed, State
from rtpng.dtls.identity import Identity
from rtpng.dtls.session import DtlsSession
from sipcore.sdp.dtls import Role
from sipcore.srtp import Suite
from tests.netns.topology import Host

LOOPBACK, OURS, THEIRS = "127.0.0.1", 5000, 6000
PATIENCE = 10.0  # seconds
_MATERIAL = re.compile(rb"Keying material: ([0-9A-F]+)")


@dataclass(frozen=True, slots=True)
class Peer:
    """A running program in ``role``, its output in a file."""

    process: "subprocess.Popen[bytes]"
    output: Path

    def material(self) -> bytes | None:
        """What it has exported; None before the end of its handshake."""
        found = _MATERIAL.search(self.output.read_bytes())
        return found and bytes.fromhex(found[1].decode())


def start(host: Host, role: Role, identity: Identity, suite: Suite, folder: Path, mtu: int, *more: str) -> Peer:
    """``openssl s_client`` or ``s_server`` with the certificate of ``identity``."""
    pem, output = folder / "peer.pem", folder / "peer.txt"
    key = identity.certificate.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(key + identity.certificate.x509.public_bytes(Encoding.PEM))
    where = ("s_client", "-connect", f"{LOOPBACK}:{OURS}", "-bind", f"{LOOPBACK}:{THEIRS}")
    if role is Role.PASSIVE:
        where = ("s_server", "-accept", f"{LOOPBACK}:{THEIRS}", "-Verify", "1")
    length = str(2 * (suite.key + suite.salt))
    with output.open("wb") as said:
        process = host.start(
            *("openssl", *where, *more, "-dtls1_2", "-cert", str(pem), "-key", str(pem), "-mtu", str(mtu)),
            *("-use_srtp", suite.dtls or "", "-keymatexport", "EXTRACTOR-dtls_srtp", "-keymatexportlen", length),
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=said,
        )
    return Peer(process, output)


def handshake(ours: socket, session: DtlsSession, peer: Peer) -> list[DtlsEvent]:
    """Carries datagrams until our side is connected and the peer has its keys, or ours has failed; what it told."""
    told: list[DtlsEvent] = []
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        turn(ours, session)
        told += session.events()
        if session.state is State.FAILED or (told and not isinstance(told[-1], Keyed)):
            break
        if session.state is State.CONNECTED and peer.material():
            break
    return told


def turn(ours: socket, session: DtlsSession) -> None:
    """One datagram, or one repeat, or a short while."""
    for datagram in session.outgoing():
        ours.sendto(datagram, (LOOPBACK, THEIRS))
    due = session.timer()
    wait = 0.05 if due is None else min(0.05, max(0.0, due - time.monotonic()))
    if select([ours], [], [], wait)[0]:
        session.receive(receive(ours), time.monotonic())
    elif due is not None and due <= time.monotonic():
        session.on_time(time.monotonic())


def receive(ours: socket) -> bytes:
    """A datagram; b"" for the news that the peer's port is not open yet."""
    try:
        return ours.recv(65536)
    except ConnectionRefusedError:
        return b""
