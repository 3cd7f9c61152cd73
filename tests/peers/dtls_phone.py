"""A phone without ICE whose media is SRTP by DTLS, to be spoken to in turns."""

import time
from dataclasses import dataclass, field
from select import select
from socket import socket

from rtpng.dtls.events import DtlsEvent, Keyed
from rtpng.dtls.identity import Identity
from rtpng.dtls.terms import Terms
from rtpng.dtls.transport import DtlsTransport
from rtpng.media.srtp import Context, Contexts, Role
from sipcore.address import Address
from sipcore.demux import Kind, classify
from sipcore.sdp import dtls
from sipcore.sdp.attributes import rtp_address
from sipcore.sdp.dtls import Fingerprint, fingerprints_of
from sipcore.sdp.session import parse
from sipcore.srtp import Keys

PATIENCE = 10.0  # seconds
TURN = 0.02


@dataclass
class DtlsPhone:
    """``setup`` is what its offers say."""

    phone: socket
    identity: Identity
    setup: str
    hold_back: bool = False  # begin no handshake by itself
    told: list[DtlsEvent] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)  # RTP, decrypted

    def __post_init__(self) -> None:
        self.transport = DtlsTransport(self.identity)
        self._contexts = Contexts()
        self._used: dict[tuple[Keys, Role], Context] = {}
        self._version = 0

    def offer(self) -> str:
        return self._described(self.setup)

    def answer(self, offer: str) -> str:
        """Takes an offer that leaves it the choice, and begins the handshake."""
        self._settle(offer, dtls.Role.ACTIVE)
        return self._described(dtls.Role.ACTIVE.value)

    def _described(self, setup: str) -> str:
        self._version += 1
        host, port = self.phone.getsockname()
        return "\r\n".join(
            (
                *("v=0", f"o=- 1 {self._version} IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"),
                *(f"m=audio {port} UDP/TLS/RTP/SAVP 0", "a=rtcp-mux", f"a=setup:{setup}"),
                f"a=fingerprint:{self.identity.fingerprint('sha-256').text}\r\n",
            )
        )

    def take(self, answer: str) -> None:
        """Begins what the answer has settled."""
        described = parse(answer)
        theirs = dtls.setup_of(described, described.media[0])
        assert theirs is not None, answer
        self._settle(answer, dtls.Role(theirs.value).other)

    def _settle(self, sdp: str, role: dtls.Role) -> None:
        described = parse(sdp)
        (media,) = described.media
        relay = rtp_address(described, media)
        prints: tuple[Fingerprint, ...] = fingerprints_of(described, media)
        assert relay is not None
        self.relay, self.terms = relay, Terms(role, prints, relay)
        if not self.hold_back:
            self.agree(self.terms)

    def agree(self, terms: Terms) -> None:
        self.transport.agree(terms, time.monotonic())

    def replace_identity(self, identity: Identity) -> None:
        """The phone begins anew: another certificate, and no memory of the old keys."""
        self.identity, self.transport = identity, DtlsTransport(identity)
        self.told.clear()

    @property
    def keyed(self) -> list[Keyed]:
        return [event for event in self.told if isinstance(event, Keyed)]

    def until_keyed(self, times: int = 1) -> Keyed:
        deadline = time.monotonic() + PATIENCE
        while len(self.keyed) < times:
            assert time.monotonic() < deadline, (self.told, self.transport.state, self.transport.last_error)
            self.turn()
        self._send()
        return self.keyed[-1]

    def say(self, packet: bytes) -> None:
        """Sends RTP, encrypted."""
        self.phone.sendto(self._context(self.keyed[-1].local, Role.PROTECT_RTP)(packet), self.relay)

    def turn(self) -> None:
        """Sends what is to be sent, and looks at one datagram or lets a moment pass."""
        self._send()
        now = time.monotonic()
        if select([self.phone], [], [], TURN)[0]:
            self._hear(*self.phone.recvfrom(65536))
        elif (due := self.transport.timer()) is not None and due <= now:
            self.transport.on_time(now)
        self.told += self.transport.events()

    def _send(self) -> None:
        for datagram, target in self.transport.outgoing():
            assert target is not None
            self.phone.sendto(datagram, target)

    def _hear(self, data: bytes, source: tuple[str, int]) -> None:
        if classify(data) is Kind.DTLS:
            self.transport.receive(data, time.monotonic(), Address(*source))
        elif classify(data) is Kind.RTP and self.keyed:
            self.heard.append(self._context(self.keyed[-1].remote, Role.UNPROTECT_RTP)(data))

    def _context(self, keys: Keys, role: Role) -> Context:
        return self._used.setdefault((keys, role), self._contexts.take_common(keys, role))
