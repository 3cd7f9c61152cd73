"""Media commands on real packets: a phone hears the same behind every daemon, and nothing is lost on the way."""

import itertools
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sipcore.address import Address
from sipcore.rtp import build, peek
from sipcore.sdp.session import parse
from tests.netns.topology import Host, Network
from tests.peers import sid
from tests.peers.ng_peer import DEBIAN, RTPNG, RTPNG_USERSPACE, Daemon, NgPeer, Reply
from tests.rtpng.media.test_digits import digit, read

pytestmark = pytest.mark.peers

AUDIO, EVENT = 0, 101
SPEECH, SILENCE = b"\x55" * 160, b"\xff" * 160
QUIET = 0.15  # seconds without a packet after which nothing more comes
TICK = 0.002  # seconds between two packets
LISTENER = 9999


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


def newest() -> Daemon:
    try:
        return sid.rtpengine()
    except sid.SidUnreachableError as reason:
        pytest.skip(f"rtpengine of Debian sid: {reason}")


DAEMONS: dict[str, Callable[[], Daemon]] = {
    "10.5": lambda: DEBIAN,
    "26": newest,
    "rtpng": lambda: RTPNG,
    "rtpng-userspace": lambda: RTPNG_USERSPACE,
}


@pytest.fixture(params=DAEMONS)
def daemon(request: pytest.FixtureRequest) -> Daemon:
    return DAEMONS[request.param]()


@pytest.fixture
def call(daemon: Daemon, tmp_path: Path) -> Iterator[Conversation]:
    with Network("controls") as network:
        relay, *hosts = (network.host(name) for name in ("relay", "alice", "bob"))
        cables = [network.cable(relay, host) for host in hosts]
        media = cables[0].near.ip4
        hosts[1].ip("route", "add", media, "via", cables[1].near.ip4)
        alice, bob = (
            Phone(host, cable.far.ip4, ssrc) for host, cable, ssrc in zip(hosts, cables, (10, 11), strict=True)
        )
        options = [f"--dtmf-log-dest={cables[1].near.ip4}:{LISTENER}"] if daemon is RTPNG_USERSPACE else []
        with NgPeer(relay, daemon, tmp_path / "relay.log", [media], options=options) as peer:
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


DIRECTIONAL = {"from_tag": "a", "flags": ["directional"]}


def payloads(packets: list[bytes]) -> list[bytes]:
    return [packet[12:] for packet in packets]


def test_blocked_media_is_heard_by_nobody_until_it_is_unblocked(call: Conversation) -> None:
    cases: tuple[tuple[Mapping[str, object], list[bytes]], ...] = (({}, []), (DIRECTIONAL, [SPEECH] * 3))
    for words, alice in cases:
        assert call.ask("block media", **words) == {"result": "ok"}
        assert tuple(map(payloads, call.exchange())) == (alice, [])
        assert call.ask("unblock media", **words) == {"result": "ok"}
        assert tuple(map(payloads, call.exchange())) == ([SPEECH] * 3, [SPEECH] * 3)


def test_silence_in_place_of_speech(call: Conversation) -> None:
    call.ask("silence media", **DIRECTIONAL)
    assert tuple(map(payloads, call.exchange())) == ([SPEECH] * 3, [SILENCE] * 3)
    call.ask("unsilence media", **DIRECTIONAL)
    assert tuple(map(payloads, call.exchange())) == ([SPEECH] * 3, [SPEECH] * 3)


def test_events_are_missing_and_audio_passes(call: Conversation) -> None:
    call.ask("block DTMF", **DIRECTIONAL)
    before, after = call.alice.say(2), call.alice.press(5) and call.alice.say(2)
    heard = call.bob.hear()
    assert [peek(packet).sequence for packet in heard] == [peek(packet).sequence for packet in before + after]
    assert payloads(heard) == [SPEECH] * 4
    call.ask("unblock DTMF", **DIRECTIONAL)
    pressed = call.alice.press(6)
    assert call.bob.hear() == pressed


@pytest.mark.parametrize("daemon", ["rtpng"], indirect=True)
def test_only_what_is_treated_leaves_the_kernel_and_nothing_is_lost_on_the_way(call: Conversation) -> None:
    both = {"a": True, "b": True}
    assert call.kernelized() == both
    said: list[bytes] = []
    for round_ in range(10):
        said += call.alice.say(5)
        command = "block" if round_ % 2 == 0 else "unblock"
        call.ask(f"{command} DTMF", **DIRECTIONAL)
        assert call.kernelized() == ({"a": False, "b": True} if command == "block" else both)
        said += call.alice.say(5)
    assert sorted(call.bob.hear()) == sorted(said)
    stats = call.ask("query")["tags"]["a"]["medias"][0]["streams"][0]["stats"]
    assert stats["packets"] == len(said) + 3


@pytest.mark.parametrize("daemon", ["rtpng"], indirect=True)
def test_a_block_stays_in_the_kernel_and_is_counted(call: Conversation) -> None:
    call.ask("block media", **DIRECTIONAL)
    assert call.kernelized() == {"a": True, "b": True}
    call.alice.say(20)
    assert call.bob.hear() == []
    stream = call.ask("query")["tags"]["a"]["medias"][0]["streams"][0]
    assert (stream["stats"]["packets"], stream["dropped"]["blocked"]) == (23, 20)


@pytest.mark.parametrize("daemon", ["rtpng", "rtpng-userspace"], indirect=True)
def test_a_digit_is_played_and_the_stream_goes_on(call: Conversation) -> None:
    before = call.kernelized()
    assert call.ask("play DTMF", from_tag="a", code="*", duration=100) == {"result": "ok"}
    said = call.alice.say(20)
    heard = call.bob.hear()
    assert [peek(packet).sequence for packet in heard] == [peek(packet).sequence for packet in said]
    assert [(found.event, found.duration) for found in read(*heard)] == [(10, 100)]
    assert heard[7:] == said[7:]
    assert call.kernelized() == before


@pytest.mark.parametrize("daemon", ["rtpng-userspace"], indirect=True)
def test_digits_are_told(call: Conversation) -> None:
    with call.peer.host.udp("0.0.0.0", LISTENER) as listener:
        listener.settimeout(5)
        call.alice.press(7)
        told = json.loads(listener.recv(65535))
    assert (told["callid"], told["source_tag"], told["event"], told["duration"]) == ("call", "a", 7, 80)
