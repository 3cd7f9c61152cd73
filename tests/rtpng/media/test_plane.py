import asyncio
import socket
from dataclasses import replace

import pytest

from rtpng.media.plane import MediaPlane
from rtpng.media.relay import Forward, Relay, Verdict
from sipcore.address import Address
from tests.rtpng.media.rig import DTLS, STUN, V4, V6, Peer, Rig, rtcp, rtp


def one_way(rig: Rig, alice: Peer, bob: Peer) -> Relay:
    """Packets of Alice to our first address leave from our second towards Bob, RTP and RTCP alike."""
    ways = (Forward(rig.local(bob.address.host), bob.address),)
    return Relay(rig.local(alice.address.host), alice.address, rtp=ways, rtcp=ways)


async def test_rtp_is_relayed_both_ways_and_counted(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    left, right = rig.local(), rig.local()
    rig.add(
        Relay(left, alice.address, rtp=(Forward(right, bob.address),)),
        Relay(right, bob.address, rtp=(Forward(left, alice.address),)),
    )
    alice.send(rtp(1), left)
    assert await bob.receive() == (rtp(1), right)
    bob.send(rtp(7), right)
    assert await alice.receive() == (rtp(7), left)
    for local in (left, right):
        stats = rig.plane.stats(local)
        assert (stats.packets, stats.bytes, stats.packets_out, stats.bytes_out) == (1, 172, 1, 172)
        assert stats.last_packet == 100.0
    assert not rig.judged


async def test_the_last_rtp_header_is_told(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    relay = one_way(rig, alice, bob)
    rig.add(relay)
    for packet in (rtp(1, ssrc=5), rtp(2, ssrc=6, payload_type=0x80 | 9, timestamp=480), rtcp(ssrc=7)):
        alice.send(packet, relay.local)
        await bob.receive()
    stats = rig.plane.stats(relay.local)
    assert (stats.first_ssrc, stats.ssrc, stats.sequence, stats.timestamp, stats.payload_type) == (5, 6, 2, 480, 9)


async def test_an_rtcp_port_tells_the_sender(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    relay = one_way(rig, alice, bob)
    rig.add(relay)
    alice.send(rtcp(ssrc=7), relay.local)
    await bob.receive()
    stats = rig.plane.stats(relay.local)
    assert (stats.ssrc, stats.first_ssrc, stats.sequence) == (7, None, None)


async def test_multiplexed_rtcp_is_split_off_for_a_peer_that_does_not_multiplex(rig: Rig) -> None:
    alice, bob, bob_rtcp = rig.peer(), rig.peer(), rig.peer()
    local, out, out_rtcp = rig.local(), rig.local(), rig.local()
    rig.add(Relay(local, alice.address, rtp=(Forward(out, bob.address),), rtcp=(Forward(out_rtcp, bob_rtcp.address),)))
    alice.send(rtcp(), local)
    alice.send(rtp(), local)
    assert await bob.receive() == (rtp(), out)
    assert await bob_rtcp.receive() == (rtcp(), out_rtcp)


async def test_rtcp_of_its_own_port_is_multiplexed_for_a_peer_that_wants_it(rig: Rig) -> None:
    alice, alice_rtcp, bob = rig.peer(), rig.peer(), rig.peer()
    local, local_rtcp, out = rig.local(), rig.local(), rig.local()
    ways = (Forward(out, bob.address),)
    rig.add(Relay(local, alice.address, rtp=ways), Relay(local_rtcp, alice_rtcp.address, rtcp=ways))
    alice.send(rtp(), local)
    assert await bob.receive() == (rtp(), out)
    alice_rtcp.send(rtcp(), local_rtcp)
    assert await bob.receive() == (rtcp(), out)
    assert rig.plane.stats(out).packets_out == 2


async def test_a_packet_may_leave_several_ways(rig: Rig) -> None:
    alice, bob, carol = rig.peer(), rig.peer(), rig.peer()
    relay = one_way(rig, alice, bob)
    rig.add(replace(relay, rtp=(*relay.rtp, Forward(relay.local, carol.address))))
    alice.send(rtp(), relay.local)
    assert (await bob.receive())[0] == rtp()
    assert await carol.receive() == (rtp(), relay.local)
    assert rig.plane.stats(relay.local).packets == 1


async def test_packets_without_a_way_are_counted_as_unrouted(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    relay = replace(one_way(rig, alice, bob), rtcp=())
    rig.add(relay)
    alice.send(rtcp(), relay.local)
    alice.send(rtp(), relay.local)
    assert (await bob.receive())[0] == rtp()
    stats = rig.plane.stats(relay.local)
    assert (stats.unrouted, stats.packets) == (1, 1)


async def test_foreign_packets_are_judged_dropped_and_counted(rig: Rig) -> None:
    alice, bob, mallory = rig.peer(), rig.peer(), rig.peer()
    relay = one_way(rig, alice, bob)
    rig.add(relay)
    mallory.send(rtp(66), relay.local)
    alice.send(rtp(1), relay.local)
    assert (await bob.receive())[0] == rtp(1)
    assert rig.judged == [(relay.local, mallory.address, rtp(66), 100.0)]
    stats = rig.plane.stats(relay.local)
    assert (stats.foreign, stats.packets, stats.ssrc) == (1, 1, 0x1234)


async def test_a_stranger_is_not_known_because_the_remote_was(rig: Rig) -> None:
    alice, bob, mallory = rig.peer(), rig.peer(), rig.peer()
    relay = one_way(rig, alice, bob)
    rig.add(relay)
    for sequence in (1, 2):
        alice.send(rtp(sequence), relay.local)
        mallory.send(rtp(66), relay.local)
        assert (await bob.receive())[0] == rtp(sequence)
    alice.send(rtp(3), relay.local)
    assert (await bob.receive())[0] == rtp(3)
    assert rig.plane.stats(relay.local).foreign == 2


async def test_packets_on_hold_are_dropped_and_counted(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    relay = replace(one_way(rig, alice, bob), remote=None)
    rig.add(relay)
    verdicts = iter([Verdict.HOLD, Verdict.HOLD, Verdict.FORWARD])
    rig.judge = lambda *_: next(verdicts)
    for sequence in (1, 2, 3):
        alice.send(rtp(sequence), relay.local)
    assert (await bob.receive())[0] == rtp(3)
    stats = rig.plane.stats(relay.local)
    assert (stats.held, stats.packets) == (2, 1)


async def test_a_packet_is_relayed_by_the_relay_that_its_judgement_has_made(rig: Rig) -> None:
    alice, bob, carol = rig.peer(), rig.peer(), rig.peer()
    relay = replace(one_way(rig, alice, bob), remote=None)
    settled = replace(relay, remote=alice.address, rtp=(Forward(relay.rtp[0].source, carol.address),))
    rig.add(relay)

    def judge(*_: object) -> Verdict:
        rig.plane.apply((relay,), (settled,))
        return Verdict.FORWARD

    rig.judge = judge
    for sequence in (1, 2):
        alice.send(rtp(sequence), relay.local)
        assert (await carol.receive())[0] == rtp(sequence)
    assert len(rig.judged) == 1


async def test_a_judgement_may_end_the_relay(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    relay = one_way(rig, alice, bob)
    ended = replace(one_way(rig, alice, bob), remote=None)
    rig.add(relay, ended)

    def judge(*_: object) -> Verdict:
        rig.plane.apply((ended,), ())
        return Verdict.FORWARD

    rig.judge = judge
    alice.send(rtp(1), ended.local)
    alice.send(rtp(2), ended.local)
    alice.send(rtp(3), relay.local)
    assert (await bob.receive())[0] == rtp(3)
    assert len(rig.judged) <= 1


async def test_any_source_is_never_judged(rig: Rig) -> None:
    alice, bob, carol = rig.peer(), rig.peer(), rig.peer()
    relay = replace(one_way(rig, alice, bob), any_source=True)
    rig.add(relay)
    for sender in (carol, alice, carol):
        sender.send(rtp(), relay.local)
        assert (await bob.receive())[0] == rtp()
    assert not rig.judged


@pytest.mark.parametrize("packet", [STUN, DTLS, b"", b"\x80\x08", b"\xff" * 40])
async def test_what_is_no_media_is_counted_not_judged(rig: Rig, packet: bytes) -> None:
    alice, bob, mallory = rig.peer(), rig.peer(), rig.peer()
    relay = one_way(rig, alice, bob)
    rig.add(relay)
    mallory.send(packet, relay.local)
    alice.send(packet, relay.local)
    alice.send(rtp(), relay.local)
    assert (await bob.receive())[0] == rtp()
    stats = rig.plane.stats(relay.local)
    assert (stats.malformed, stats.packets) == (2, 1)
    assert not rig.judged


async def test_opaque_media_goes_one_way_whatever_it_is_but_only_of_its_source(rig: Rig) -> None:
    fax, bob, mallory = rig.peer(), rig.peer(), rig.peer()
    relay = replace(one_way(rig, fax, bob), opaque=True, rtcp=())
    rig.add(relay)
    mallory.send(STUN, relay.local)
    for packet in (b"\x00", rtcp(), STUN, b""):
        fax.send(packet, relay.local)
        assert (await bob.receive())[0] == packet
    assert [packet for _, _, packet, _ in rig.judged] == [STUN]
    assert rig.plane.stats(relay.local).foreign == 1


async def test_a_relay_replaced_in_mid_stream_keeps_its_counters(rig: Rig) -> None:
    alice, moved, bob = rig.peer(), rig.peer(), rig.peer()
    relay = one_way(rig, alice, bob)
    rig.add(relay)
    alice.send(rtp(1), relay.local)
    await bob.receive()
    changed = replace(relay, remote=moved.address)
    rig.plane.apply((relay,), (changed,))
    assert list(rig.plane.relays) == [changed]
    alice.send(rtp(2), relay.local)
    moved.send(rtp(3), relay.local)
    assert (await bob.receive())[0] == rtp(3)
    stats = rig.plane.stats(relay.local)
    assert (stats.packets, stats.foreign) == (2, 1)


@pytest.mark.parametrize(("alice_host", "bob_host"), [(V6, V6), (V4, V6), (V6, V4)])
async def test_ipv6_and_between_the_families(rig: Rig, alice_host: str, bob_host: str) -> None:
    alice, bob, mallory = rig.peer(alice_host), rig.peer(bob_host), rig.peer(alice_host)
    relay = one_way(rig, alice, bob)
    rig.add(relay)
    mallory.send(rtp(66), relay.local)
    for sequence in (1, 2):
        alice.send(rtp(sequence), relay.local)
        assert await bob.receive() == (rtp(sequence), relay.rtp[0].source)
    assert rig.judged == [(relay.local, mallory.address, rtp(66), 100.0)]


async def test_a_target_that_cannot_be_reached_is_counted_and_the_stream_goes_on(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    relay = one_way(rig, alice, bob)
    out = relay.rtp[0].source
    beyond = Forward(out, Address("192.0.2.1", 9))  # the kernel lets no loopback source out
    rig.add(replace(relay, rtp=(beyond, *relay.rtp)))
    for sequence in (1, 2):
        alice.send(rtp(sequence), relay.local)
        assert (await bob.receive())[0] == rtp(sequence)
    stats = rig.plane.stats(relay.local)
    assert (stats.packets, stats.errors) == (2, 2)
    assert (rig.plane.stats(out).errors_out, rig.plane.stats(out).packets_out) == (2, 2)


async def test_a_flood_on_one_socket_does_not_starve_another(rig: Rig) -> None:
    alice, bob, flooder, nobody = rig.peer(), rig.peer(), rig.peer(), rig.peer()
    quiet, flooded = one_way(rig, alice, bob), one_way(rig, flooder, nobody)
    rig.add(flooded, quiet)
    for sequence in range(300):
        flooder.send(rtp(sequence), flooded.local)
    alice.send(rtp(), quiet.local)
    await bob.receive()
    assert 0 < rig.plane.stats(flooded.local).packets < 150
    for _ in range(300):
        await nobody.receive()
    assert rig.plane.stats(flooded.local).packets == 300


async def test_the_tos_byte_is_set_and_reset(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    relay = one_way(rig, alice, bob)
    back = Relay(relay.rtp[0].source, bob.address, rtp=(Forward(relay.local, alice.address),), tos=184)
    bob.socket.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
    rig.add(relay, back)
    assert await _tos(alice, relay, bob) == 184
    rig.plane.apply((back,), (replace(back, tos=None),))
    assert await _tos(alice, relay, bob) == 0


async def test_the_traffic_class_of_ipv6_is_set(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer(V6)
    relay = one_way(rig, alice, bob)
    bob.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
    rig.add(relay, Relay(relay.rtp[0].source, bob.address, tos=184))
    assert await _tos(alice, relay, bob) == 184


async def _tos(alice: Peer, relay: Relay, bob: Peer) -> int:
    arrived = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(bob.socket, arrived.set)
    alice.send(rtp(), relay.local)
    async with asyncio.timeout(5):
        await arrived.wait()
    loop.remove_reader(bob.socket)
    _, ancillary, _, _ = bob.socket.recvmsg(2048, 64)
    return ancillary[0][2][0]


async def test_an_unknown_address_changes_nothing(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    relay = one_way(rig, alice, bob)
    rig.add(relay)
    nowhere = replace(one_way(rig, alice, bob), rtp=(Forward(Address(V4, 9), bob.address),))
    with pytest.raises(KeyError):
        rig.plane.apply((relay,), (nowhere,))
    assert list(rig.plane.relays) == [relay]


async def test_a_removed_relay_reads_no_more_and_forgets_its_counters(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    relay = one_way(rig, alice, bob)
    rig.add(relay)
    rig.plane.apply((relay,), ())
    alice.send(rtp(), relay.local)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(5):
        assert await loop.sock_recv(rig.sockets[relay.local], 2048) == rtp()
    for address in (relay.local, relay.rtp[0].source):
        with pytest.raises(KeyError):
            rig.plane.stats(address)


async def test_a_way_out_keeps_its_counters_as_long_as_somebody_sends_by_it(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    relay = one_way(rig, alice, bob)
    out = relay.rtp[0].source
    back = Relay(out, bob.address)
    rig.add(relay, back)
    alice.send(rtp(), relay.local)
    await bob.receive()
    rig.plane.apply((back,), ())
    assert rig.plane.stats(out).packets_out == 1
    rig.plane.apply((relay,), ())
    with pytest.raises(KeyError):
        rig.plane.stats(out)


async def test_closing_leaves_no_reader_and_the_sockets_to_their_owner(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    opened = rig.sockets
    relay = one_way(rig, alice, bob)
    plane = MediaPlane(asyncio.get_running_loop(), opened.__getitem__, rig.judge, lambda: 0.0, gather=0.0)
    plane.apply((), (relay,))
    alice.send(rtp(), relay.local)
    assert (await bob.receive())[0] == rtp()
    plane.close()
    assert not plane.relays
    assert all(sock.fileno() >= 0 for sock in opened.values())
    with pytest.raises(KeyError):
        plane.stats(relay.local)


class CountedAddress(Address):
    """An address that counts how often a table is asked for any of them."""

    asked = 0

    def __hash__(self) -> int:
        CountedAddress.asked += 1
        return super().__hash__()


async def test_a_change_does_not_look_at_the_other_relays(rig: Rig) -> None:
    others = [Relay(CountedAddress(*rig.local())) for _ in range(50)]
    rig.add(*others)
    CountedAddress.asked = 0
    relay = Relay(rig.local())
    rig.add(relay)
    rig.plane.apply([relay], ())
    assert CountedAddress.asked == 0


async def test_one_empty_packet_opens_the_way(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    relay = Relay(rig.local(), pierce=alice.address)
    rig.add(relay)
    assert await alice.receive() == (b"", relay.local)
    rig.add(replace(relay, tos=184))
    rig.add(replace(relay, pierce=bob.address))
    assert await bob.receive() == (b"", relay.local)
    rig.add(replace(relay, rtp=(Forward(relay.local, alice.address),), pierce=None, any_source=True))
    bob.send(rtp(), relay.local)
    assert await alice.receive() == (rtp(), relay.local)
