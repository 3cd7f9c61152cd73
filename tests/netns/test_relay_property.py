"""The property that carries the design: whatever is signalled and sent, the fakes and the real kernel do the same.

For a random sequence of commands and packets every packet is delivered to the same places by an engine on fakes and by
one on nftables and sockets; no packet can match two flows; after the last delete nothing is left of either.
"""

import asyncio
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtpng.calls.plan import PlanSettings
from rtpng.interfaces import Interface
from rtpng.media import handover
from rtpng.media.socket import MediaSocket
from sipcore.address import Address, family_of
from sipcore.extensions import MID, edited
from tests.netns.topology import Host, Network
from tests.netns.two_relays import CALLS, TwoRelays, Word
from tests.rtpng.media.rig import DTLS, STUN, rtcp, rtp

pytestmark = pytest.mark.netns

PEERS4, PEERS6 = 5, 2
RTP_PORT = 4000  # of every peer; RTCP is sent from and to the next one, and the one after it is only sent to
JUNK = (STUN, DTLS, b"", b"\x80\x00" + bytes(8), b"\x80\xc8\x00\x00" + bytes(3), b"\x40" + bytes(30))
CONTROLS = tuple(f"{verb} {what}" for what in ("media", "DTMF") for verb in ("block", "block", "unblock"))
CONTROLS += ("silence media", "silence media", "unsilence media", "play DTMF", "play DTMF")
WHOM: tuple[dict[str, Word], ...] = ({}, {"from_tag": "a"}, {"from_tag": "b", "to_tag": "a"}, {"all": "all"})
BUNDLE: tuple[Word, ...] = (None, None, ["accept", "offer"], ["accept"], ["offer"], ["require"], ["strict"], ["reject"])
DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")


@dataclass(frozen=True)
class Ground:
    relay: Host
    interfaces: tuple[Interface, ...]
    hosts: tuple[str, ...]
    sockets: dict[Address, socket.socket]


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """A relay and its peers, all on one cable, each peer with addresses of its own."""
    with Network("rtpng-prop") as network:
        relay, world = network.host("relay"), network.host("world")
        cable = network.cable(relay, world)
        own4, own6 = cable.near.ip4, cable.near.ip6
        hosts = [f"{own4.rpartition('.')[0]}.{10 + n}" for n in range(PEERS4)]
        hosts += [f"{own6.rpartition(':')[0]}:{10 + n}" for n in range(PEERS6)]
        for host in hosts:
            mask = ("/64", "nodad") if ":" in host else ("/24",)
            world.ip("addr", "add", host + mask[0], "dev", cable.far.device, *mask[1:])
        ends = [Address(host, RTP_PORT + n) for host in hosts for n in range(3)]
        sockets = {end: world.udp(end.host, end.port) for end in ends}
        for each in sockets.values():
            each.setblocking(False)
        interfaces = tuple(Interface("default", own, own, 30000, 30199) for own in (own4, own6))
        yield Ground(relay, interfaces, tuple(hosts), sockets)


class Script:
    """Draws what happens next, and does it."""

    def __init__(self, data: st.DataObject, ground: Ground, relays: TwoRelays) -> None:
        self._draw = data.draw
        self._ground = ground
        self._relays = relays
        self._sequence = 0
        self._answered: set[str] = set()
        self._homes: dict[tuple[str, str], str] = {}  # by call and tag: the host that a party described last

    async def step(self) -> None:
        actions = [self._call_up, self._offer, self._answer, self._delete, self._wait, self._control]
        actions += [self._listen, self._leave]
        actions += [self._true_packets] * 5 + [self._any_packets] * 2
        await self._draw(st.sampled_from(actions))()

    async def _call_up(self) -> None:
        """The usual course: an offer, its answer, and both talk."""
        call = self._call()
        self._relays.command(command="offer", from_tag="a", **self._body(call, "a"))
        if self._relays.command(command="answer", from_tag="a", to_tag="b", **self._body(call, "b")):
            self._answered.add(call)
        for local in self._relays.fake.locals():
            await self._talk(self._true_source(local), local, self._natural(local), 1)

    async def _offer(self) -> None:
        call = self._call()
        branch = self._draw(st.sampled_from([None, None, "1", "2"]))
        turned = call in self._answered and self._draw(st.booleans())
        tags = ("b", "a") if turned else ("a", "b" if call in self._answered else None)
        body = self._body(call, tags[0])
        self._relays.command(command="offer", from_tag=tags[0], to_tag=tags[1], via_branch=branch, **body)

    async def _answer(self) -> None:
        call = self._call()
        tags = self._draw(st.sampled_from([("a", "b"), ("a", "b"), ("b", "a")]))
        if self._relays.command(command="answer", from_tag=tags[0], to_tag=tags[1], **self._body(call, tags[1])):
            self._answered.add(call)

    async def _listen(self) -> None:
        """Somebody subscribes to one party or to all, and mostly says where it hears them."""
        call, tag = self._call(), self._draw(st.sampled_from(["r", "s"]))
        source: dict[str, Word] = self._draw(st.sampled_from([{"from_tag": "a"}, {"from_tag": "b"}, {"all": "all"}]))
        self._relays.command(command="subscribe request", call_id=call, to_tag=tag, **source)
        if self._draw(st.sampled_from([True, True, True, False])):
            self._relays.command(command="subscribe answer", to_tag=tag, **self._body(call, tag))

    async def _leave(self) -> None:
        tag = self._draw(st.sampled_from(["r", "s"]))
        self._relays.command(command="unsubscribe", call_id=self._call(), to_tag=tag)

    async def _delete(self) -> None:
        call = self._call()
        self._relays.command(command="delete", call_id=call, delete_delay=0)
        self._answered.discard(call)

    async def _control(self) -> None:
        command, whom = self._draw(st.sampled_from(CONTROLS)), self._draw(st.sampled_from(WHOM))
        self._relays.command(command=command, call_id=self._call(), code=5, duration=100, **whom)

    async def _wait(self) -> None:
        self._relays.pass_time(self._draw(st.sampled_from([0.1, 1.0, 5.0, 30.0])))

    async def _true_packets(self) -> None:
        locals_ = self._relays.fake.locals()
        if locals_:
            local = self._draw(st.sampled_from(locals_))
            kind = self._draw(st.sampled_from([self._natural(local)] * 3 + ["rtcp"]))
            await self._talk(self._true_source(local), local, kind, self._draw(st.sampled_from([1, 3])))

    async def _any_packets(self) -> None:
        """Some packets of anybody to one of our ports; in a row they may pass for a phone."""
        locals_ = self._relays.fake.locals()
        if locals_:
            local = self._draw(st.sampled_from(locals_))
            source = Address(self._host(family=local.host), RTP_PORT + self._draw(st.integers(0, 1)))
            kind = self._draw(st.sampled_from([self._natural(local)] * 2 + ["rtcp", "junk"]))
            await self._talk(source, local, kind, self._draw(st.sampled_from([1, 6])))

    async def _talk(self, source: Address | None, local: Address, kind: str, count: int) -> None:
        if source is None or source.family is not local.family:
            return
        for _ in range(count):
            self._sequence += 1
            await self._relays.packet(source, local, self._packet(kind, source))
            self._relays.clock.advance(0.02)

    def _natural(self, local: Address) -> str:
        owner = self._relays.fake.engine.calls.owner(local)
        return "rtcp" if owner is not None and owner.endpoint is owner.stream.rtcp else "rtp"

    def _true_source(self, local: Address) -> Address | None:
        """Where the party of a port of ours sends from, as far as it is known."""
        owner = self._relays.fake.engine.calls.owner(local)
        return owner.endpoint.latch.target if owner is not None else None

    def _packet(self, kind: str, source: Address) -> bytes:
        ssrc = 10 * self._ground.hosts.index(source.host) + source.port - RTP_PORT
        if kind == "rtp":
            data = rtp(
                self._sequence & 0xFFFF,
                ssrc=ssrc,
                payload_type=self._draw(st.sampled_from([8, 8, 8, 99, 96, 96])),
                timestamp=160 * self._sequence,
            )
            mid = self._draw(st.sampled_from([None, None, None, b"1", b"2", b"3"]))
            return data if mid is None else edited(data, (), (3, mid))
        return rtcp(ssrc) if kind == "rtcp" else self._draw(st.sampled_from(JUNK))

    def _call(self) -> str:
        return self._draw(st.sampled_from(["one", "one", "two", "three"]))

    def _host(self, family: str | None = None) -> str:
        hosts = [host for host in self._ground.hosts if family is None or family_of(host) is family_of(family)]
        return self._draw(st.sampled_from(hosts))

    def _second_section(self, port: int, first: list[str]) -> list[str]:
        """Video at the port of the audio, in a bundle with it or not."""
        if not self._draw(st.booleans()):
            return []
        if self._draw(st.booleans()):
            first.insert(5, "a=group:BUNDLE 1 2")
        first += ["a=mid:1", *self._mid_extension()]
        video = f"m=video {self._draw(st.sampled_from([port] * 4 + [0]))} RTP/AVP 96"
        return [video, "a=rtpmap:96 VP8/90000", "a=mid:2", *self._mid_extension()]

    def _mid_extension(self) -> list[str]:
        return [f"a=extmap:3 {MID}"] if self._draw(st.booleans()) else []

    def _body(self, call: str, tag: str) -> dict[str, Word]:
        home = self._homes.get((call, tag)) or self._host()
        host = self._homes[call, tag] = self._draw(st.sampled_from([home] * 3 + [self._host()]))
        shown = self._draw(st.sampled_from([host] * 8 + ["0.0.0.0"]))
        port = self._draw(st.sampled_from([RTP_PORT] * 8 + [0]))
        seen = self._draw(st.sampled_from([None, host, self._host(family=host)]))
        kind = f"IP{6 if ':' in shown else 4}"
        lines = ["v=0", f"o=- 1 1 IN {kind} {shown}", "s=-", f"c=IN {kind} {shown}", "t=0 0"]
        lines += [
            f"m=audio {port} RTP/AVP 8 0 99",
            "a=rtpmap:99 telephone-event/8000",
            f"a={self._draw(st.sampled_from(DIRECTIONS))}",
        ]
        lines += ["a=rtcp-mux"] if self._draw(st.booleans()) else []
        lines += self._second_section(port, lines)
        mux = self._draw(st.sampled_from(["", "", "demux", "offer", "accept", "require"]))
        flag = self._draw(st.sampled_from(["", "", "asymmetric", "port-latching", "media-handover", "block-short"]))
        echo = self._draw(st.sampled_from([None, None, None, None, "blackhole", "forward", "both"]))
        return {
            "call_id": call,
            "media_echo": echo,
            "drop_traffic": self._draw(st.sampled_from([None, None, None, "stop", "start"])),
            "sdp": "".join(f"{line}\r\n" for line in lines),
            "received_from": [f"IP{6 if ':' in seen else 4}", seen] if seen else None,
            "rtcp_mux": [mux] if mux else None,
            "bundle": self._draw(st.sampled_from(BUNDLE)),
            "flags": [flag] if flag else None,
        }


async def _play(data: st.DataObject, ground: Ground, workers: int = 0) -> None:
    descriptors = len(os.listdir("/proc/self/fd"))
    any_source = data.draw(st.sampled_from([False, False, True]))
    digits = data.draw(st.sampled_from([False, False, True]))
    flows = data.draw(st.sampled_from([1, 2, 1000])) if workers else 1000
    settings = PlanSettings(any_source=any_source, digits=digits)
    relays = TwoRelays(ground.relay, ground.interfaces, ground.sockets, settings, workers, flows)
    try:
        await relays.workers_are_up()
        script = Script(data, ground, relays)
        for _ in range(data.draw(st.integers(20, 60))):
            await script.step()
            relays.check()
        for call in CALLS:
            relays.command(command="delete", call_id=call, delete_delay=0)
        assert relays.empty()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await asyncio.sleep(0.02)
        relays.silent()
    finally:
        relays.close()
    assert len(os.listdir("/proc/self/fd")) == descriptors


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_fakes_and_kernel_deliver_the_same_packets_to_the_same_places(data: st.DataObject, ground: Ground) -> None:
    asyncio.run(_play(data, ground))


@pytest.fixture(scope="module")
def eager(ground: Ground) -> Iterator[None]:
    """Every stream that the kernel does not carry goes to a worker with its first packet."""
    beside, take_over = MediaSocket.beside, handover._take_over

    def beside_in_there(media: MediaSocket, remote: Address) -> socket.socket:
        with ground.relay.inside():
            return beside(media, remote)

    def take_over_in_test_time(posting: handover.Posting) -> None:
        stats = posting.local.forwarder.stats
        packets = stats.packets
        take_over(posting)
        if stats.packets > packets:
            stats.last_packet = posting.local._clock()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MediaSocket, "beside", beside_in_there)
        patch.setattr(handover, "_take_over", take_over_in_test_time)
        patch.setattr(handover, "LOOK", 0.0)
        patch.setattr(handover, "BUSY", 1)
        yield


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_so_do_workers_whatever_moves_between_them_the_daemon_and_the_kernel(
    data: st.DataObject, ground: Ground, eager: None
) -> None:
    asyncio.run(_play(data, ground, workers=2))
