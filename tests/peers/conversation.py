"""Two phones that talk with each other by way of a daemon, packet by packet as the test wants."""

import itertools
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sipcore.address import Address
from sipcore.rtp import build
from sipcore.sdp.session import parse
from tests.netns.topology import Host, Network
from tests.peers.ng_peer import Daemon, NgPeer, Reply
from tests.rtpng.media.test_digits import digit

AUDIO, EVENT = 0, 101
SPEECH, SILENCE = b"\x55" * 160, b"\xff" * 160
QUIET = 0.15  # seconds without a packet after which nothing more comes
TICK = 0.002  # seconds between two packets


@dataclass(eq=False)
class Phone:
    """A phone's RTP socket; ``target`` is where it sends to."""

    host: Host
    address: str
    ssrc: int
    target: Address | None = None
    _socket: socket.socket = field(init=False)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self._socket = self.host.udp(self.address, 6000)
        self._socket.settimeout(QUIET)

    @property
    def sdp(self) -> str:
        lines = ("v=0", f"o=- 1 1 IN IP4 {self.address}", "s=-", f"c=IN IP4 {self.address}", "t=0 0")
        media = ("m=audio 6000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000")
        return "".join(f"{line}\r\n" for line in (*lines, *media))

    def say(self, count: int = 1) -> list[bytes]:
        """Audio; what was sent."""
        said = []
        for number in itertools.islice(self._numbers, count):
            said.append(build(AUDIO, number, 160 * number, self.ssrc, SPEECH))
            self.send(said[-1])
        return said

    def press(self, key: int) -> list[bytes]:
        """A key; what was sent."""
        packets = []
        for packet, number in zip(digit(key, 160 * next(self._numbers)), self._numbers, strict=False):
            head = packet[:2] + number.to_bytes(2, "big") + packet[4:8] + self.ssrc.to_bytes(4, "big")
            packets.append(head + packet[12:])
            self.send(packets[-1])
        return packets

    def send(self, packet: bytes) -> None:
        assert self.target is not None
        self._socket.sendto(packet, self.target)
        time.sleep(TICK)

    def hear(self) -> list[bytes]:
        """Everything that comes, until nothing more does."""
        heard = []
        try:
            while True:
                heard.append(self._socket.recv(65535))
        except TimeoutError:
            return heard


@dataclass(frozen=True, slots=True)
class Conversation:
    """Two phones in a call that was answered, both heard."""

    peer: NgPeer
    alice: Phone
    bob: Phone

    def ask(self, command: str, **words: Any) -> Reply:
        return self.peer.ask(command, call_id="call", **words)

    def exchange(self) -> tuple[list[bytes], list[bytes]]:
        """Both say something; what alice hears, and what bob does."""
        self.alice.say(3)
        self.bob.say(3)
        return self.alice.hear(), self.bob.hear()

    def kernelized(self) -> dict[str, bool]:
        """Whose RTP the kernel forwards."""
        tags = self.ask("query")["tags"]
        return {tag: "kernelized" in tags[tag]["medias"][0]["streams"][0]["flags"] for tag in ("a", "b")}


@contextmanager
def conversation(daemon: Daemon, folder: Path, *options: str) -> Iterator[Conversation]:
    """Everything set up: the hosts, the daemon with these further options, the call."""
    with Network("controls") as network:
        relay, *hosts = (network.host(name) for name in ("relay", "alice", "bob"))
        cables = [network.cable(relay, host) for host in hosts]
        media = cables[0].near.ip4
        hosts[1].ip("route", "add", media, "via", cables[1].near.ip4)
        alice, bob = (Phone(cable.far.host, cable.far.ip4, ssrc) for cable, ssrc in zip(cables, (10, 11), strict=True))
        with NgPeer(relay, daemon, folder / "relay.log", [media], options=options) as peer:
            _connect(peer, media, alice, bob)
            yield Conversation(peer, alice, bob)


def _connect(peer: NgPeer, media: str, alice: Phone, bob: Phone) -> None:
    offered = peer.ask("offer", call_id="call", from_tag="a", sdp=alice.sdp)
    answered = peer.ask("answer", call_id="call", from_tag="a", to_tag="b", sdp=bob.sdp)
    bob.target, alice.target = (Address(media, parse(reply["sdp"]).media[0].port) for reply in (offered, answered))
    for _ in range(3):
        alice.say()
        bob.say()
    alice.hear()
    bob.hear()
