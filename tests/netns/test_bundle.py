"""Real packets of a bundle: audio and video on one port of the caller, on ports of their own at the callee."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sipcore.address import Address
from sipcore.extensions import MID, edited, value_of
from sipcore.sdp.session import parse
from tests.netns.stage import Stage, stage
from tests.netns.topology import SILENCE
from tests.rtpng.media.rig import rtcp, rtp

pytestmark = pytest.mark.netns

AUDIO, VIDEO = 0xA, 0xB  # SSRCs of the caller
HIS_AUDIO, HIS_VIDEO = 0xC, 0xD
MID_ID = 4
TYPES = {AUDIO: 0, VIDEO: 96, HIS_AUDIO: 0, HIS_VIDEO: 96}


def sdp(host: str, ports: tuple[int, int], *, bundled: bool, named: bool) -> str:
    extension = f"a=extmap:{MID_ID} {MID}\r\n" if named else ""
    head = f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    return (
        head
        + ("a=group:BUNDLE a v\r\n" if bundled else "")
        + f"m=audio {ports[0]} RTP/AVP 0\r\na=mid:a\r\n{extension}"
        + f"m=video {ports[1]} RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\na=mid:v\r\n{extension}"
    )


@dataclass
class Talk:
    """The phones' sockets for RTP and RTCP, and where each sends to."""

    stage: Stage
    caller: list[socket.socket]
    callee_audio: list[socket.socket]
    callee_video: list[socket.socket]
    to_caller: list[int]
    to_callee: list[int]
    sent: int = 0

    def media(self, ssrc: int, mid: bytes | None = None) -> bytes:
        self.sent += 1
        data = rtp(self.sent, ssrc=ssrc, payload_type=TYPES[ssrc])
        return data if mid is None else edited(data, (), (MID_ID, mid))

    def from_caller(self, data: bytes, *, component: int = 0) -> None:
        self.caller[component].sendto(data, (self.stage.relay, self.to_caller[0] + component))

    def from_callee(self, data: bytes, place: int, *, component: int = 0) -> None:
        sockets = (self.callee_audio, self.callee_video)[place]
        sockets[component].sendto(data, (self.stage.relay, self.to_callee[place] + component))

    def nothing_more(self) -> None:
        for each in (*self.caller, *self.callee_audio, *self.callee_video):
            each.settimeout(SILENCE)
            with pytest.raises(TimeoutError):
                each.recv(2000)

    def kernelized(self) -> list[bool]:
        """Of each medium of caller and callee: whether its RTP is forwarded in the kernel."""
        tags = self.stage.client.query("call")["tags"]
        return ["kernelized" in media["streams"][0]["flags"] for tag in "ab" for media in tags[tag]["medias"]]


@pytest.fixture(params=["--table=0", "--table=-1"])
def ground(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with stage(request.param) as made:
        yield made


def talk(ground: Stage, *, named: bool) -> Talk:
    mine = sdp(ground.caller, (4000, 4000), bundled=True, named=named)
    offered = ground.client.offer("call", "a", mine, bundle=["accept"])["sdp"]
    his = sdp(ground.callee, (5000, 5002), bundled=False, named=False)
    answered = ground.client.answer("call", "a", "b", his)["sdp"]
    sockets = [ground.caller_host.udp(ground.caller, port) for port in (4000, 4001)]
    audio = [ground.callee_host.udp(ground.callee, port) for port in (5000, 5001)]
    video = [ground.callee_host.udp(ground.callee, port) for port in (5002, 5003)]
    told = [[media.port for media in parse(text).media] for text in (answered, offered)]
    assert told[0][0] == told[0][1]
    return Talk(ground, sockets, audio, video, told[0], told[1])


def received(one: socket.socket) -> tuple[bytes, Address]:
    data, source = one.recvfrom(2000)
    return data, Address(*source[:2])


def test_each_medium_finds_its_port_and_the_way_back(ground: Stage) -> None:
    call = talk(ground, named=False)
    for ssrc, there in ((AUDIO, call.callee_audio), (VIDEO, call.callee_video)) * 2:
        data = call.media(ssrc)
        call.from_caller(data)
        assert received(there[0])[0] == data
    for ssrc, place in ((HIS_AUDIO, 0), (HIS_VIDEO, 1)) * 2:
        data = call.media(ssrc)
        call.from_callee(data, place)
        assert received(call.caller[0]) == (data, Address(ground.relay, call.to_caller[0]))
    call.nothing_more()


def test_the_mid_is_read_from_who_names_it_and_written_for_it(ground: Stage) -> None:
    call = talk(ground, named=True)
    for ssrc, mid, there in ((AUDIO, b"a", call.callee_audio), (VIDEO, b"v", call.callee_video)):
        data = call.media(ssrc)
        call.from_caller(edited(data, (), (MID_ID, mid)))
        assert received(there[0])[0] == data
        later = call.media(ssrc)  # without: RFC 9143 lets it out once it was heard
        call.from_caller(later)
        assert received(there[0])[0] == later
    for ssrc, mid, place in ((HIS_AUDIO, b"a", 0), (HIS_VIDEO, b"v", 1)) * 2:
        data = call.media(ssrc)
        call.from_callee(data, place)
        arrived, _ = received(call.caller[0])
        assert value_of(arrived, MID_ID) == mid
        assert edited(arrived, {MID_ID}) == data
    call.nothing_more()


def test_rtcp_follows_the_medium_of_its_sender(ground: Stage) -> None:
    call = talk(ground, named=False)
    for ssrc, there in ((AUDIO, call.callee_audio), (VIDEO, call.callee_video)):
        call.from_caller(call.media(ssrc))
        received(there[0])
        call.from_caller(rtcp(ssrc), component=1)
        assert received(there[1])[0] == rtcp(ssrc)
    for ssrc, place in ((HIS_AUDIO, 0), (HIS_VIDEO, 1)):
        call.from_callee(call.media(ssrc), place)
        received(call.caller[0])
        call.from_callee(rtcp(ssrc), place, component=1)
        assert received(call.caller[1]) == (rtcp(ssrc), Address(ground.relay, call.to_caller[0] + 1))
    call.nothing_more()


def test_only_ports_with_one_medium_are_the_kernels(ground: Stage) -> None:
    """What comes from the callee needs no look at the packet, unless its mid has to be written."""
    call = talk(ground, named=False)
    for ssrc, there in ((AUDIO, call.callee_audio), (VIDEO, call.callee_video)):
        call.from_caller(call.media(ssrc))
        received(there[0])
    for ssrc, place in ((HIS_AUDIO, 0), (HIS_VIDEO, 1)):
        call.from_callee(call.media(ssrc), place)
        received(call.caller[0])
    kernel = ground.client.query("call")["tags"]["b"]["medias"][0]["streams"][0]["flags"]
    expected = "no kernel support" not in kernel
    assert call.kernelized() == [False, False, expected, expected]
    for ssrc, place in ((HIS_AUDIO, 0), (HIS_VIDEO, 1)):
        data = call.media(ssrc)
        call.from_callee(data, place)
        assert received(call.caller[0]) == (data, Address(ground.relay, call.to_caller[0]))


def test_a_bundle_of_one_medium_is_an_ordinary_stream(ground: Stage) -> None:
    head = f"v=0\r\no=- 1 1 IN IP4 {ground.caller}\r\ns=-\r\nc=IN IP4 {ground.caller}\r\nt=0 0\r\na=group:BUNDLE a\r\n"
    mine = f"{head}m=audio 4000 RTP/AVP 0\r\na=mid:a\r\na=extmap:{MID_ID} {MID}\r\n"
    his = mine.replace(ground.caller, ground.callee).replace("4000", "5000")
    there = ground.offer(mine, bundle=["accept", "offer"])
    here = ground.answer(his)
    caller, callee = ground.caller_host.udp(ground.caller, 4000), ground.callee_host.udp(ground.callee, 5000)
    for number in range(1, 5):
        data = edited(rtp(number, payload_type=0), (), (MID_ID, b"a"))
        caller.sendto(data, here)
        assert callee.recv(2000) == data
        callee.sendto(data, there)
        assert caller.recv(2000) == data
    flags = [each["flags"] for each in ground.streams() if "RTP" in each["flags"]]
    assert all("kernelized" in each or "no kernel support" in each for each in flags)
