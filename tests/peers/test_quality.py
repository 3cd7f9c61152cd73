"""Calls over a lossy path: what the relay says of them, in the kernel, in userspace, and as rtpengine 26 says it."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rtpng.quality.mos import opinion
from sipcore.address import Address
from sipcore.sdp.session import parse
from tests.netns.topology import Host, Network
from tests.peers import sid
from tests.peers.ng_peer import RTPNG, RTPNG_USERSPACE, Daemon, NgPeer
from tests.peers.reporting_phone import ReportingPhone

pytestmark = [pytest.mark.netns, pytest.mark.peers]

LOSS = 0.06  # from the relay to bob
DELAY = 0.02  # seconds, the same way
PACKETS, INTERVAL = 2000, 0.004
REPORTS = 4  # at intervals of more than a second
HTTP = "127.0.0.1:2280"
SEED = 20


@dataclass
class Call:
    peer: NgPeer
    alice: ReportingPhone
    bob: ReportingPhone

    def talk(self) -> None:
        """Both speak; every few seconds both report, the last time well before the end, so that all has been read."""
        for number in range(1, PACKETS + 1):
            self.alice.speak()
            self.bob.speak()
            time.sleep(INTERVAL)
            self.alice.listen()
            self.bob.listen()
            if number % (PACKETS // (REPORTS + 1)) == 0 and number < PACKETS:
                for phone in (self.alice, self.bob):
                    phone.report()


@contextmanager
def call(
    daemon: Daemon, folder: Path, beside: Callable[[Host], AbstractContextManager[None]] = lambda _: nullcontext()
) -> Iterator[Call]:
    """A call in which both have spoken and reported; ``beside`` runs on the relay's host meanwhile."""
    with Network("quality") as network:
        relay, alice, bob = network.host("relay"), network.host("alice"), network.host("bob")
        near, far = network.cable(relay, alice), network.cable(relay, bob)
        interfaces = (f"a/{near.near.ip4}", f"b/{far.near.ip4}")
        options = (f"--listen-http={HTTP}", "--listen-cli=127.0.0.1:9900")
        with NgPeer(relay, daemon, folder / "log", interfaces, options=options) as peer, beside(relay):
            spoiled = ReportingPhone(bob, far.far.ip4, 0xB, loss=LOSS, delay=DELAY, seed=SEED)
            made = Call(peer, ReportingPhone(alice, near.far.ip4, 0xA), spoiled)
            connect(made, near.far.ip4, far.far.ip4)
            made.talk()
            yield made


def connect(made: Call, alice: str, bob: str) -> None:
    keys = {"call-id": "c", "from-tag": "a", "ICE": "remove"}
    offered = made.peer.ask("offer", keys | {"sdp": sdp(alice), "direction": ["a", "b"]})
    answered = made.peer.ask("answer", keys | {"to-tag": "b", "sdp": sdp(bob)})
    made.alice.target, made.bob.target = target(answered["sdp"]), target(offered["sdp"])


def sdp(host: str) -> str:
    return f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"


def target(text: str) -> Address:
    media = parse(text).media[0]
    (host,) = re.findall(r"c=IN IP4 (\S+)", text)
    return Address(host, media.port)


def quality(reply: dict[str, Any], ssrc: int) -> dict[str, Any]:
    found: dict[str, Any] = reply["SSRC"][str(ssrc)]
    return found


@pytest.mark.parametrize("daemon", [RTPNG, RTPNG_USERSPACE], ids=["kernel", "userspace"])
def test_loss_and_score_are_those_of_the_path(daemon: Daemon, tmp_path: Path) -> None:
    with call(daemon, tmp_path) as made:
        reply = made.peer.ask("query", {"call-id": "c"})
        bob, alice = quality(reply, 0xB), quality(reply, 0xA)
        average = bob["average MOS"]
        injected = 100 * made.bob.lost / made.bob.highest
        assert injected == pytest.approx(100 * LOSS, abs=1.5)
        assert float(average["packet loss percent"]) == pytest.approx(injected, abs=0.5)
        assert alice["average MOS"]["packet loss"] == alice["cumulative loss"] == 0
        for told in bob["MOS progression"]["entries"]:
            if told["MOS"]:
                expected = opinion(told["packet loss"], told["jitter"], told["round-trip time"] / 1000)
                assert told["MOS"] == int(expected * 10)
        assert DELAY <= average["round-trip time leg"] / 1e6 <= DELAY + 0.02
        streams = reply["tags"]["a"]["medias"][0]["streams"]
        assert ("kernelized" in streams[0]["flags"]) is daemon.kernel
        gone = made.peer.ask("delete", {"call-id": "c", "from-tag": "a", "delete-delay": 0})
        assert quality(gone, 0xB)["average MOS"] == average
        log = made.peer.tail(200)
        assert re.search(r"--- SSRC b\b", log)
        assert re.search(r"------ Average MOS \d\.\d, lowest MOS \d\.\d \(at 0:\d\d\), highest MOS", log)


def test_rtpengine_tells_the_same_of_such_a_path(tmp_path: Path) -> None:
    """The numbers differ from run to run as the clock does; keys, units and magnitude must not."""
    with call(sid.rtpengine_or_skip(), tmp_path) as made:
        theirs = quality(made.peer.ask("query", {"call-id": "c"}), 0xB)
    with call(RTPNG_USERSPACE, tmp_path) as made:
        ours = quality(made.peer.ask("query", {"call-id": "c"}), 0xB)
    assert ours.keys() == theirs.keys()
    assert ours["average MOS"].keys() - theirs["average MOS"].keys() == {"packet loss percent"}
    for part in ("lowest MOS", "highest MOS"):
        assert ours[part].keys() == theirs[part].keys()
    assert ours["average MOS"]["MOS"] == pytest.approx(theirs["average MOS"]["MOS"], abs=4)
    assert ours["average MOS"]["samples"] == pytest.approx(theirs["average MOS"]["samples"], abs=1)
