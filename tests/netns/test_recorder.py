"""A recorder joins a call that the kernel carries, and leaves it: no packet of the call is lost by that."""

from collections.abc import Sequence

import pytest

from sipcore.address import Address
from sipcore.sdp.session import parse
from tests.netns.stage import Phone, Stage, sdp, stage
from tests.rtpng.media.rig import rtcp

pytestmark = pytest.mark.netns

CALLER, CALLEE = 0xA, 0xB
RECORDER = 0xC  # of its reports


def in_kernel(on: Stage) -> list[bool]:
    return ["kernelized" in stream["flags"] for stream in on.streams() if "RTP" in stream["flags"]]


def subscribed(on: Stage, ports: Sequence[int]) -> list[Address]:
    """A recorder on the callee's host hears both parties; where its reports go to."""
    invitation = on.client.subscribe("call", from_tags=["a", "b"], flags=["SIPREC"], to_tag="rec")
    offered = parse(invitation["sdp"]).media
    assert [media.attribute("label") for media in offered] == list(invitation["media-labels"])
    first, *others = (sdp(on.callee, port, "recvonly") for port in ports)
    sections = [text[text.index("m=") :] for text in others]
    on.client.subscribed("call", "rec", "".join((first, *sections)))
    return [Address(on.relay, media.port) for media in offered]


def test_a_recorder_comes_and_goes_without_a_loss() -> None:
    with stage("--table=0") as on:
        caller = Phone.on(on.caller_host, on.caller, 4000, CALLER)
        callee = Phone.on(on.callee_host, on.callee, 5000, CALLEE)
        to_caller, to_callee = on.offer(sdp(on.caller, 4000)), on.answer(sdp(on.callee, 5000))
        voices = (caller, to_callee), (callee, to_caller)
        on.play(1.0, *voices)
        assert in_kernel(on) == [True, True]

        tapes = [Phone.on(on.callee_host, on.callee, port, RECORDER) for port in (6000, 6002)]
        reports_to = subscribed(on, (6000, 6002))
        before = caller.sent, callee.sent
        on.play(1.0, *voices, listeners=tapes)
        assert in_kernel(on) == [False, False]
        assert [len(tape.heard) for tape in tapes] == [caller.sent - before[0], callee.sent - before[1]]
        assert [{ssrc for ssrc, _ in tape.heard} for tape in tapes] == [{CALLER}, {CALLEE}]
        assert all(tape.heard_rtcp for tape in tapes)

        tapes[0].rtcp.sendto(rtcp(RECORDER), Address(on.relay, reports_to[0].port + 1))
        on.play(0.1, *voices, listeners=tapes)
        assert rtcp(RECORDER) not in caller.heard_rtcp + callee.heard_rtcp

        on.client.unsubscribe("call", "rec")
        heard = [len(tape.heard) for tape in tapes]
        on.play(1.0, *voices, listeners=tapes)
        assert in_kernel(on) == [True, True]
        assert [len(tape.heard) for tape in tapes] == heard
        assert (callee.missing(caller), caller.missing(callee)) == (0, 0)
        assert (callee.twice(), caller.twice()) == (0, 0)
        assert list(on.client.query("call")["tags"]) == ["a", "b"]
