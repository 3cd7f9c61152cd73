"""Relays with SRTP on one side or both, on real sockets."""

from dataclasses import replace

import pytest
from pylibsrtp import Policy, Session

from rtpng.media.opening import OVERLAP
from rtpng.media.relay import EventType, Forward, Play, Relay, Treatment, Verdict
from sipcore.srtp import SUITES, Keys, fresh
from tests.rtpng.media.rig import DTLS, STUN, Peer, Rig, rtcp, rtp

SUITE = SUITES["AES_CM_128_HMAC_SHA1_80"]


class Phone:
    """The other end of an SRTP stream, by pylibsrtp's own interface."""

    def __init__(self, sends: Keys, receives: Keys) -> None:
        self._sending = Session(Policy(sends.material, Policy.SSRC_ANY_OUTBOUND))
        self._receiving = Session(Policy(receives.material, Policy.SSRC_ANY_INBOUND))
        self.protect, self.protect_rtcp = self._sending.protect, self._sending.protect_rtcp
        self.unprotect, self.unprotect_rtcp = self._receiving.unprotect, self._receiving.unprotect_rtcp


class Leg:
    """Alice speaks plain RTP, Bob SRTP; both relays are up."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.alice, self.bob = rig.peer(), rig.peer()
        self.left, self.right = rig.local(), rig.local()
        self.to_bob, self.from_bob = fresh(SUITE), fresh(SUITE)
        self.phone = Phone(sends=self.from_bob, receives=self.to_bob)
        to_bob = (Forward(self.right, self.bob.address, protect=self.to_bob),)
        to_alice = (Forward(self.left, self.alice.address),)
        self.outward = Relay(self.left, self.alice.address, rtp=to_bob, rtcp=to_bob)
        self.inward = Relay(self.right, self.bob.address, rtp=to_alice, rtcp=to_alice, unprotect=self.from_bob)
        rig.add(self.outward, self.inward)

    async def hears(self, packet: bytes) -> None:
        """Bob's packet arrives at Alice."""
        assert await self.alice.receive() == (packet, self.left)

    async def nothing_more(self) -> None:
        """Whatever Bob's port has received is worked off: what Alice hears next is a packet sent just now."""
        marker = rtp(60000, ssrc=0xFFFF)
        self.bob.send(self.phone.protect(marker), self.right)
        await self.hears(marker)


@pytest.fixture
async def leg(rig: Rig) -> Leg:
    return Leg(rig)


async def test_plain_rtp_leaves_encrypted_and_comes_back_decrypted(leg: Leg) -> None:
    leg.alice.send(rtp(1), leg.left)
    sealed, source = await leg.bob.receive()
    assert (leg.phone.unprotect(sealed), source) == (rtp(1), leg.right)
    leg.bob.send(leg.phone.protect(rtp(7)), leg.right)
    await leg.hears(rtp(7))
    assert not leg.rig.judged


async def test_rtcp_has_contexts_of_its_own(leg: Leg) -> None:
    leg.alice.send(rtcp(), leg.left)
    sealed, _ = await leg.bob.receive()
    assert sealed != rtcp()
    assert leg.phone.unprotect_rtcp(sealed) == rtcp()
    leg.bob.send(leg.phone.protect_rtcp(rtcp()), leg.right)
    await leg.hears(rtcp())


async def test_rtcp_is_reported_as_it_was_written_and_forgeries_are_not(leg: Leg) -> None:
    forged = leg.phone.protect_rtcp(rtcp(0xBAD))
    leg.bob.send(forged[:-1] + bytes([forged[-1] ^ 1]), leg.right)
    leg.bob.send(leg.phone.protect_rtcp(rtcp()), leg.right)
    assert (await leg.alice.receive())[0] == rtcp()
    leg.alice.send(rtcp(0x77), leg.left)
    await leg.bob.receive()
    assert leg.rig.reports == [(leg.right, rtcp()), (leg.left, rtcp(0x77))]


async def test_bytes_are_counted_as_they_are_on_the_wire(leg: Leg) -> None:
    leg.alice.send(rtp(1), leg.left)
    await leg.bob.receive()
    leg.bob.send(leg.phone.protect(rtp(7)), leg.right)
    await leg.hears(rtp(7))
    left, right = (leg.rig.plane.stats(local) for local in (leg.left, leg.right))
    assert (left.bytes, left.bytes_out) == (172, 172)
    assert (right.bytes, right.bytes_out) == (182, 182)


async def test_a_forged_packet_changes_nothing_but_its_counter(leg: Leg) -> None:
    forged = leg.phone.protect(rtp(1))[:-1] + b"x"
    for packet in (forged, rtp(2), rtcp()):
        leg.bob.send(packet, leg.right)
    leg.rig.now = 200.0
    await leg.nothing_more()
    stats = leg.rig.plane.stats(leg.right)
    assert (stats.auth_failures, stats.packets, stats.first_ssrc, stats.last_packet) == (3, 1, 0xFFFF, 200.0)


async def test_a_packet_that_came_before_is_dropped(leg: Leg) -> None:
    packet = leg.phone.protect(rtp(1))
    for _ in range(3):
        leg.bob.send(packet, leg.right)
    await leg.hears(rtp(1))
    await leg.nothing_more()
    assert leg.rig.plane.stats(leg.right).replayed == 2


async def test_the_same_sequence_number_is_never_encrypted_twice(leg: Leg) -> None:
    leg.alice.send(rtp(1), leg.left)
    leg.alice.send(rtp(1, timestamp=999), leg.left)
    leg.alice.send(rtp(2), leg.left)
    assert [leg.phone.unprotect((await leg.bob.receive())[0]) for _ in range(2)] == [rtp(1), rtp(2)]
    assert leg.rig.plane.stats(leg.left).errors == 1


async def test_another_source_is_judged_by_its_decrypted_packet_once_it_is_authentic(leg: Leg) -> None:
    elsewhere = leg.rig.peer()
    leg.rig.judge = lambda *_: Verdict.FORWARD
    for packet in (rtp(1), leg.phone.protect(rtp(2))[:-1] + b"x", leg.phone.protect(rtp(3))):
        elsewhere.send(packet, leg.right)
    await leg.hears(rtp(3))
    assert leg.rig.judged == [(leg.right, elsewhere.address, rtp(3), 100.0)]
    stats = leg.rig.plane.stats(leg.right)
    assert (stats.auth_failures, stats.packets, stats.foreign) == (2, 1, 0)


async def test_a_judge_who_does_not_believe_an_authentic_source_is_obeyed(leg: Leg) -> None:
    leg.rig.peers.append(Peer())
    leg.rig.peers[-1].send(leg.phone.protect(rtp(1)), leg.right)
    await leg.nothing_more()
    assert leg.rig.plane.stats(leg.right).foreign == 1


async def test_with_any_source_packets_must_be_authentic_too(leg: Leg) -> None:
    leg.rig.add(replace(leg.inward, any_source=True, expected=leg.bob.address))
    elsewhere = leg.rig.peer()
    elsewhere.send(rtp(1), leg.right)
    elsewhere.send(leg.phone.protect(rtp(2)), leg.right)
    await leg.hears(rtp(2))
    stats = leg.rig.plane.stats(leg.right)
    assert (stats.others, stats.auth_failures, stats.packets) == (1, 1, 1)


async def test_a_new_address_a_hold_and_other_ways_keep_the_rollover_counter(leg: Leg) -> None:
    for sequence in (65534, 65535, 0, 1):
        leg.alice.send(rtp(sequence), leg.left)
        assert leg.phone.unprotect((await leg.bob.receive())[0]) == rtp(sequence)
        leg.bob.send(leg.phone.protect(rtp(sequence)), leg.right)
        await leg.hears(rtp(sequence))
    leg.rig.add(replace(leg.outward, rtp=(), rtcp=()), replace(leg.inward, unprotect=None, rtp=()))  # hold
    moved = leg.rig.peer()
    ways = (Forward(leg.right, moved.address, protect=leg.to_bob),)
    leg.rig.add(replace(leg.outward, rtp=ways), replace(leg.inward, remote=moved.address))
    leg.alice.send(rtp(2), leg.left)
    assert leg.phone.unprotect((await moved.receive())[0]) == rtp(2)
    moved.send(leg.phone.protect(rtp(2)), leg.right)
    await leg.hears(rtp(2))


async def test_after_a_change_of_keys_the_former_are_read_for_a_moment(leg: Leg) -> None:
    late = [leg.phone.protect(rtp(sequence)) for sequence in (1, 2)]
    keys = fresh(SUITE)
    leg.rig.add(replace(leg.inward, unprotect=keys))
    phone = Phone(sends=keys, receives=leg.to_bob)
    for packet, plain in ((phone.protect(rtp(3)), rtp(3)), (late[0], rtp(1)), (phone.protect(rtp(4)), rtp(4))):
        leg.bob.send(packet, leg.right)
        await leg.hears(plain)
    leg.rig.now += OVERLAP
    leg.bob.send(late[1], leg.right)
    leg.bob.send(phone.protect(rtp(5)), leg.right)
    await leg.hears(rtp(5))
    assert leg.rig.plane.stats(leg.right).auth_failures == 1


async def test_keys_that_both_sides_have_are_passed_through_but_only_for_authentic_packets(leg: Leg) -> None:
    ways = (Forward(leg.left, leg.alice.address, protect=leg.from_bob),)
    leg.rig.add(replace(leg.inward, rtp=ways, rtcp=ways))
    for sealed in (leg.phone.protect(rtp(1)), leg.phone.protect_rtcp(rtcp()), leg.phone.protect_rtcp(rtcp())):
        leg.bob.send(b"\x80" + bytes(40), leg.right)
        leg.bob.send(sealed, leg.right)
        assert await leg.alice.receive() == (sealed, leg.left)
    assert leg.rig.plane.stats(leg.right).auth_failures == 3


async def test_two_secure_sides_with_different_keys(leg: Leg) -> None:
    to_alice, from_alice = fresh(SUITE), fresh(SUITE)
    alice = Phone(sends=from_alice, receives=to_alice)
    leg.rig.add(
        replace(leg.outward, unprotect=from_alice),
        replace(leg.inward, rtp=(Forward(leg.left, leg.alice.address, protect=to_alice),)),
    )
    leg.alice.send(alice.protect(rtp(1)), leg.left)
    assert leg.phone.unprotect((await leg.bob.receive())[0]) == rtp(1)
    leg.bob.send(leg.phone.protect(rtp(2)), leg.right)
    assert alice.unprotect((await leg.alice.receive())[0]) == rtp(2)


async def test_only_what_ice_has_validated_may_send_and_nobody_is_judged(leg: Leg) -> None:
    leg.rig.judge = lambda *_: Verdict.FORWARD
    second, stranger = leg.rig.peer(), leg.rig.peer()
    leg.rig.add(replace(leg.inward, sources=frozenset({leg.bob.address, second.address})))
    for sequence, peer in enumerate((leg.bob, stranger, second, leg.bob)):
        peer.send(leg.phone.protect(rtp(sequence)), leg.right)
    assert [(await leg.alice.receive())[0] for _ in range(3)] == [rtp(0), rtp(2), rtp(3)]
    assert leg.rig.plane.stats(leg.right).foreign == 1
    assert not leg.rig.judged


async def test_a_leg_without_keys_yet_takes_nothing(leg: Leg) -> None:
    leg.rig.add(replace(leg.inward, unprotect=None, sources=frozenset()))
    leg.bob.send(rtp(1), leg.right)
    leg.rig.add(leg.inward)
    await leg.nothing_more()


async def test_an_agent_gets_stun_and_dtls_of_every_source(rig: Rig) -> None:
    alice, bob, stranger = rig.peer(), rig.peer(), rig.peer()
    way = (Forward(rig.local(), bob.address),)
    relay = Relay(rig.local(), alice.address, rtp=way, agent=True)
    rig.add(relay)
    for peer in (alice, stranger, alice):
        for packet in (STUN, DTLS):
            peer.send(packet, relay.local)
        peer.send(rtp(1), relay.local)
    for _ in range(2):
        await bob.receive()
    expected = [(relay.local, peer.address, data, 100.0) for peer in (alice, stranger, alice) for data in (STUN, DTLS)]
    assert rig.controlled == expected
    assert rig.plane.stats(relay.local).malformed == 0


async def test_media_that_is_not_rtp_shares_its_port_with_stun(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    relay = Relay(rig.local(), alice.address, rtp=(Forward(rig.local(), bob.address),), opaque=True, agent=True)
    rig.add(relay)
    rig.peer().send(STUN, relay.local)
    for packet in (STUN, DTLS, b"\0\1fax", b""):
        alice.send(packet, relay.local)
    assert [(await bob.receive())[0] for _ in range(3)] == [DTLS, b"\0\1fax", b""]
    assert len(rig.controlled) == 2
    assert not rig.judged


async def test_a_relay_without_an_agent_counts_stun_as_malformed(leg: Leg) -> None:
    leg.bob.send(STUN, leg.right)
    await leg.nothing_more()
    assert leg.rig.plane.stats(leg.right).malformed == 1
    assert not leg.rig.controlled


async def test_a_digit_goes_on_over_a_change_where_rtcp_has_the_same_target(rig: Rig) -> None:
    """With rtcp-mux a way of RTCP, which plays nothing, leads where the digits are played."""
    leg = Leg(rig)
    playing = Treatment(playing=(Play(1, 5, 200),), event_type=EventType(101, 8000, 8000))
    outward = replace(leg.outward, rtp=(replace(leg.outward.rtp[0], treatment=playing),))
    markers = []
    for number, tos in enumerate((0, 0, 184), 1):
        rig.add(replace(outward, tos=tos))
        leg.alice.send(rtp(number, timestamp=160 * number), leg.left)
        heard, _ = await leg.bob.receive()
        markers.append(leg.phone.unprotect(heard)[1])
    assert markers == [0x80 | 101, 101, 101]
