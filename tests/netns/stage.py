"""Caller, callee and stranger on hosts of their own around a relay, and the real daemon on the relay's."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rtpng.ng.client import NgClient
from sipcore.address import Address
from sipcore.sdp.session import parse
from tests.netns.topology import Host, Network
from tests.rtpng.media.rig import rtcp, rtp

RTPENGINE = str(Path(sys.executable).parent / "rtpengine")
PORTS = range(30000, 30024)
TICK = 0.008  # seconds; phones are faster than life, silence is measured in real seconds
BYE = b"\x81\xcb\x00\x01" + b"\xde\xad\xbe\xef"  # RTCP BYE of the stranger's SSRC
STRANGE_SSRC = 0xDEADBEEF
RTCP_EVERY = 8  # packets


@dataclass(eq=False)
class Phone:
    """One party. Its packets are numbered through; ``heard`` is every SSRC and number that has arrived."""

    rtp: socket.socket
    rtcp: socket.socket
    ssrc: int
    sent: int = 0
    reports: int = 0
    heard: list[tuple[int, int]] = field(default_factory=list)
    heard_rtcp: list[bytes] = field(default_factory=list)

    @classmethod
    def on(cls, host: Host, address: str, port: int, ssrc: int) -> "Phone":
        made = cls(host.udp(address, port), host.udp(address, port + 1), ssrc)
        made.rtp.setblocking(False)
        made.rtcp.setblocking(False)
        return made

    def speak(self, to: Address) -> None:
        self.sent += 1
        self.rtp.sendto(rtp(self.sent, ssrc=self.ssrc), to)
        if self.sent % RTCP_EVERY == 0:
            self.reports += 1
            self.rtcp.sendto(rtcp(self.ssrc), Address(to.host, to.port + 1))

    def listen(self) -> None:
        for data in drained(self.rtp):
            self.heard.append((int.from_bytes(data[8:12]), int.from_bytes(data[2:4])))
        self.heard_rtcp += drained(self.rtcp)

    def missing(self, other: "Phone") -> int:
        """Packets of the other one that have not arrived."""
        return other.sent - len({number for ssrc, number in self.heard if ssrc == other.ssrc})

    def foreign(self, other: "Phone") -> int:
        """Packets, RTP and RTCP, that are not the other one's."""
        strange = [data for data in self.heard_rtcp if data != rtcp(other.ssrc)]
        return len(strange) + sum(ssrc != other.ssrc for ssrc, _ in self.heard)

    def twice(self) -> int:
        return len(self.heard) - len(set(self.heard))


@dataclass(eq=False)
class Stranger:
    """Sends to every media port what could pass for a phone, from several addresses of its own."""

    sockets: Sequence[socket.socket]
    relay: str
    sent: int = 0
    caught: int = 0

    def spray(self) -> None:
        self.sent += 1
        for each in self.sockets:
            for port in PORTS:
                each.sendto(rtp(self.sent & 0xFFFF, ssrc=STRANGE_SSRC), (self.relay, port))
                each.sendto(BYE, (self.relay, port))

    def listen(self) -> None:
        self.caught += sum(len(drained(each)) for each in self.sockets)


def drained(receiver: socket.socket) -> list[bytes]:
    found = []
    while True:
        try:
            found.append(receiver.recv(65535))
        except BlockingIOError:
            return found


@dataclass(eq=False)
class Stage:
    """The hosts, the daemon's control port, and a clockwork for phones and stranger."""

    relay: str  # media address
    caller_host: Host
    callee_host: Host
    caller: str
    callee: str
    stranger: Stranger
    client: NgClient

    def play(self, seconds: float, *parts: tuple[Phone, Address], listeners: Sequence[Phone] = ()) -> None:
        """The phones speak, each to its address, with the stranger between them; all listen."""
        for _ in range(round(seconds / TICK)):
            started = time.perf_counter()
            self.stranger.spray()
            for phone, to in parts:
                phone.speak(to)
            self._listen(*(phone for phone, _ in parts), *listeners)
            time.sleep(max(0.0, TICK - (time.perf_counter() - started)))
        time.sleep(0.1)
        self._listen(*(phone for phone, _ in parts), *listeners)

    def _listen(self, *phones: Phone) -> None:
        self.stranger.listen()
        for phone in phones:
            phone.listen()

    def offer(self, sdp: str, **keys: object) -> Address:
        """Where the answerer shall send to; the offerer is ``a``."""
        return self._told(self.client.offer("call", "a", sdp, **keys)["sdp"])

    def answer(self, sdp: str, **keys: object) -> Address:
        """Where the offerer shall send to; the answerer is ``b``."""
        return self._told(self.client.answer("call", "a", "b", sdp, **keys)["sdp"])

    def _told(self, sdp: str) -> Address:
        return Address(self.relay, parse(sdp).media[0].port)

    def streams(self) -> list[dict[str, Any]]:
        """What query tells of every port of the call."""
        tags = self.client.query("call")["tags"]
        return [each for tag in ("a", "b") for media in tags[tag]["medias"] for each in media["streams"]]


def sdp(host: str, port: int, direction: str = "sendrecv") -> str:
    lines = ("v=0", f"o=- 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0", f"m=audio {port} RTP/AVP 8")
    return "".join(f"{line}\r\n" for line in (*lines, f"a={direction}"))


@contextmanager
def stage(*options: str) -> Iterator[Stage]:
    """Everything set up, with the daemon running with these further options."""
    with Network("rtpng-three") as network:
        relay = network.host("relay")
        hosts = [network.host(name) for name in ("caller", "callee", "stranger")]
        cables = [network.cable(relay, host) for host in hosts]
        media = cables[0].near.ip4
        for cable in cables[1:]:
            cable.far.host.ip("route", "add", media, "via", cable.near.ip4)
        strange = [hosts[2].udp(cables[2].far.ip4, port) for port in (4000, 4001, 0)]
        for each in strange:
            each.setblocking(False)
        _start_daemon(relay, media, options)
        with relay.inside():
            client = NgClient(timeout=0.2, attempts=50)
            client.ping()
        try:
            ends = cables[0].far.ip4, cables[1].far.ip4
            yield Stage(media, hosts[0], hosts[1], *ends, Stranger(strange, media), client)
        finally:
            client.close()


def _start_daemon(relay: Host, media: str, options: Sequence[str]) -> None:
    """It ends with the network."""
    ports = f"--port-min={PORTS.start}", f"--port-max={PORTS.stop - 1}"
    common = "--config-file=none", f"--interface={media}", "--listen-ng=127.0.0.1:2223", "--foreground", "--log-stderr"
    relay.start(RTPENGINE, *common, *ports, *options, stderr=subprocess.DEVNULL)
