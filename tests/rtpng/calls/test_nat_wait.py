"""NAT-wait: a party is sent nothing before it was heard."""

from rtpng.calls import learn
from rtpng.calls.learn import Latch, Trust
from rtpng.media.relay import Forward
from sipcore.address import Address
from tests.rtpng.harness import BOB, RelayUnderTest, audio, sdp

PEER, PEER_RTCP = Address("198.51.100.1", 4000), Address("198.51.100.1", 4001)


def test_the_sender_of_the_message_waits_and_the_other_party_does_not() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()), flags=["NAT-wait"])
    relay.answer(sdp(audio(5000), host=BOB))
    alice, bob = (relay.call().by_tag(tag) for tag in ("alice", "bob"))
    assert alice is not None
    assert bob is not None
    assert all(endpoint.latch.target is None for endpoint in alice.streams[0].endpoints)
    assert bob.streams[0].rtp is not None
    assert bob.streams[0].rtp.latch.target == Address(BOB, 5000)


def test_its_first_packet_ends_the_waiting() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()), flags=["NAT-wait"])
    relay.answer(sdp(audio(5000), host=BOB))
    alice = relay.call().by_tag("alice")
    assert alice is not None
    rtp = alice.streams[0].rtp
    assert rtp is not None
    assert not any(way.target == PEER for way in ways(relay))
    relay.engine.judge(rtp.local, PEER, b"\x80\x00" + bytes(98), relay.clock.now)
    assert any(way.target == PEER for way in ways(relay))


def ways(relay: RelayUnderTest) -> list[Forward]:
    return [way for planned in relay.plane.relays.values() for way in planned.rtp]


def test_rtcp_waits_with_rtp() -> None:
    waiting = learn.waiting(Latch(sdp=PEER))
    rtcp = Latch(sdp=PEER_RTCP)
    assert learn.rtcp_target(waiting, rtcp) is None
    heard = learn.locked(waiting, PEER, Trust.EXACT, 0.0)
    assert learn.rtcp_target(heard, rtcp) == PEER_RTCP


def test_what_waits_keeps_waiting() -> None:
    waiting = learn.waiting(Latch(sdp=PEER))
    assert learn.waiting(waiting) is waiting
