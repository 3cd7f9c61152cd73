"""Caller, callee and stranger: nothing of the call reaches the stranger, nothing of the stranger's reaches a party.

The stranger sprays every media port with RTP and RTCP before, during and after the call. The true streams arrive
complete in the same run, with the kernel's flows and without, over ringing, talk, hold, silence and re-INVITEs.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from sipcore.address import Address
from tests.netns.stage import Phone, Stage, sdp, stage

pytestmark = [pytest.mark.netns, pytest.mark.slow]

PRIVATE = "192.168.7.7"  # what a phone behind NAT believes to be its address
BEHIND = 37000  # how far its NAT moves the ports of a phone
PROBATION = 5  # packets of a phone behind NAT until it is believed; all but the last are lost
TABLES = {"kernel": "--table=0", "userspace": "--table=-1"}
SILENCE = 3.6  # seconds: longer than any patience with a party that says nothing


@pytest.fixture(params=TABLES)
def forwarding(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def scene(forwarding: str) -> Iterator[Stage]:
    with stage(TABLES[forwarding]) as made:
        yield made


class Course:
    """One call from ringing to its end, and what was heard of it. The caller may be behind NAT."""

    def __init__(self, scene: Stage, *, nat: bool) -> None:
        self.scene = scene
        self.seen: dict[str, Any] = {"received_from": ["IP4", scene.caller]} if nat else {}
        self.shown = PRIVATE if nat else scene.caller
        self.lost = PROBATION - 1 if nat else 0  # of each window
        shift = BEHIND if nat else 0
        self.caller = Phone.on(scene.caller_host, scene.caller, 4000 + shift, ssrc=0xA)
        self.moved = Phone.on(scene.caller_host, scene.caller, 6000 + shift, ssrc=0xAA)
        self.callee = Phone.on(scene.callee_host, scene.callee, 5000, ssrc=0xB)

    def invite(self, port: int = 4000, direction: str = "sendrecv", **tags: str) -> tuple[Address, Address]:
        """Offer and answer; where the callee and where the caller shall send to."""
        to_b = self.scene.offer(sdp(self.shown, port, direction), **self.seen, **tags)
        back = {"sendonly": "recvonly"}.get(direction, direction)
        return to_b, self.scene.answer(sdp(self.scene.callee, 5000, back))

    def run(self) -> None:
        """From ringing to the last word before the caller moves."""
        scene, caller, callee = self.scene, self.caller, self.callee
        scene.play(0.2)
        scene.offer(sdp(self.shown, 4000), **self.seen)
        scene.play(0.4)
        to_b, to_a = self.invite()
        self.to_a, self.to_b = to_a, to_b
        scene.play(0.8, (caller, to_a), (callee, to_b))
        assert self.invite(to_tag="b") == (to_b, to_a), "a re-INVITE keeps the ports"
        scene.play(0.3, (caller, to_a), (callee, to_b))
        self.invite(direction="sendonly", to_tag="b")
        scene.play(SILENCE, (caller, to_a), listeners=[callee])
        self.invite(to_tag="b")
        scene.play(0.3, (caller, to_a), (callee, to_b))

    def move(self) -> None:
        """The caller goes on at another address."""
        self.invite(port=6000, to_tag="b")
        self.scene.play(0.4, (self.moved, self.to_a), (self.callee, self.to_b), listeners=[self.caller])


@pytest.mark.parametrize("nat", [False, True], ids=["direct", "nat"])
def test_nobody_else_hears_or_speaks(scene: Stage, forwarding: str, nat: bool) -> None:
    course = Course(scene, nat=nat)
    caller, callee, moved = course.caller, course.callee, course.moved
    course.run()
    before = len(callee.heard)
    check_counters(scene.streams(), course, forwarding)
    assert callee.missing(caller) == course.lost
    assert caller.missing(callee) <= course.lost + 1, "the first ones may go to the private address"
    assert (callee.foreign(caller), caller.foreign(callee)) == (0, 0)
    assert callee.reports - len(caller.heard_rtcp) <= course.lost
    assert caller.reports - len(callee.heard_rtcp) <= course.lost

    course.move()
    scene.client.delete("call", delete_delay=0)
    scene.play(0.3, listeners=[caller, callee, moved])
    assert callee.missing(moved) == course.lost
    assert len(callee.heard) - before == moved.sent - course.lost
    assert {ssrc for ssrc, _ in caller.heard + moved.heard} == {callee.ssrc}
    assert {number for _, number in caller.heard + moved.heard} >= set(range(course.lost + 2, callee.sent + 1))
    assert (caller.twice(), callee.twice(), moved.twice()) == (0, 0, 0)
    assert scene.stranger.caught == 0


def check_counters(streams: list[dict[str, Any]], course: Course, forwarding: str) -> None:
    """The relay tells the same of itself as was heard outside."""
    rtp = [each for each in streams if "RTP" in each["flags"]]
    carried = [course.caller.sent - course.lost, course.callee.sent]
    assert [each["stats"]["packets"] for each in rtp] == carried
    assert all(each["dropped"]["foreign"] > 0 for each in streams)
    assert all(("kernelized" in each["flags"]) == (forwarding == "kernel") for each in rtp)


def test_only_the_insecure_switch_lets_a_stranger_speak(forwarding: str) -> None:
    with stage(TABLES[forwarding], "--insecure-accept-any-source") as scene:
        course = Course(scene, nat=False)
        to_b, to_a = course.invite()
        scene.play(0.4, (course.caller, to_a), (course.callee, to_b))
        assert course.callee.foreign(course.caller) > 0
        assert course.caller.foreign(course.callee) > 0
        assert course.callee.missing(course.caller) == course.caller.missing(course.callee) == 0
        assert scene.stranger.caught == 0
