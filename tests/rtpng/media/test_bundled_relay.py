"""Relays of ports that several streams share, over real sockets."""

from dataclasses import replace

from rtpng.media.relay import Forward, Lane, Relay, Treatment
from sipcore.extensions import edited
from tests.rtpng.media.rig import Peer, Rig, rtcp, rtp

MID_ID = 4


def bundle(rig: Rig, alice: Peer, bob: Peer, carol: Peer) -> Relay:
    """Alice's audio is for Bob, her video for Carol."""
    lanes = tuple(
        Lane(
            place, frozenset({mid}), types, (Forward(rig.local(), peer.address),), (Forward(rig.local(), peer.address),)
        )
        for place, mid, types, peer in (
            (0, b"a", frozenset({0}), bob),
            (1, b"v", frozenset({96}), carol),
        )
    )
    return Relay(rig.local(), alice.address, lanes=lanes, mid_extension=MID_ID)


async def test_every_packet_goes_the_way_of_its_stream(rig: Rig) -> None:
    alice, bob, carol = rig.peer(), rig.peer(), rig.peer()
    relay = bundle(rig, alice, bob, carol)
    rig.add(relay)
    for number, (payload_type, peer) in enumerate(((0, bob), (96, carol), (0, bob)), 1):
        data = rtp(number, ssrc=payload_type, payload_type=payload_type)
        alice.send(data, relay.local)
        assert (await peer.receive())[0] == data
    stats = rig.plane.stats(relay.local)
    assert (stats.packets, stats.unrouted) == (3, 0)


async def test_a_stream_that_there_is_not_is_counted(rig: Rig) -> None:
    alice, bob, carol = rig.peer(), rig.peer(), rig.peer()
    relay = bundle(rig, alice, bob, carol)
    rig.add(relay)
    alice.send(edited(rtp(1, payload_type=0), (), (MID_ID, b"new")), relay.local)
    alice.send(rtp(2, payload_type=0), relay.local)
    assert (await bob.receive())[0] == rtp(2, payload_type=0)
    stats = rig.plane.stats(relay.local)
    assert (stats.packets, stats.unrouted) == (1, 1)


async def test_what_was_heard_outlives_another_relay(rig: Rig) -> None:
    """The mid may be in the first packets only (RFC 9143 15)."""
    alice, bob, carol = rig.peer(), rig.peer(), rig.peer()
    relay = bundle(rig, alice, bob, carol)
    rig.add(relay)
    alice.send(edited(rtp(1, ssrc=7, payload_type=77), (), (MID_ID, b"v")), relay.local)
    await carol.receive()
    rig.plane.apply((), [replace(relay, tos=184)])
    alice.send(rtp(2, ssrc=7, payload_type=77), relay.local)
    assert (await carol.receive())[0] == rtp(2, ssrc=7, payload_type=77)


async def test_a_port_for_rtcp_asks_that_for_rtp_whose_report_it_is(rig: Rig) -> None:
    alice, alice_rtcp, bob, carol = rig.peer(), rig.peer(), rig.peer(), rig.peer()
    relay = bundle(rig, alice, bob, carol)
    lanes = tuple(replace(lane, rtp=()) for lane in relay.lanes)
    beside = Relay(rig.local(), alice_rtcp.address, lanes=lanes, heard_at=relay.local)
    rig.add(relay, beside)
    alice.send(rtp(1, ssrc=7, payload_type=96), relay.local)
    await carol.receive()
    alice_rtcp.send(rtcp(7), beside.local)
    assert (await carol.receive())[0] == rtcp(7)
    alice_rtcp.send(rtcp(8), beside.local)
    assert (await carol.receive())[0] == (await bob.receive())[0] == rtcp(8)


async def test_rtcp_of_nobody_goes_once_to_a_receiver_that_bundles_too(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    way = (Forward(rig.local(), bob.address),)
    relay = Relay(rig.local(), alice.address, lanes=(Lane(0, rtcp=way), Lane(1, rtcp=way)))
    rig.add(relay)
    alice.send(rtcp(1), relay.local)
    alice.send(rtcp(2), relay.local)
    assert [(await bob.receive())[0] for _ in range(2)] == [rtcp(1), rtcp(2)]
    assert rig.plane.stats(way[0].source).packets_out == 2


async def test_extensions_are_edited_on_the_way_out(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    treated = Treatment(removed_extensions=frozenset({2}), mid=(MID_ID, b"video"))
    relay = Relay(rig.local(), alice.address, rtp=(Forward(rig.local(), bob.address, treated),))
    rig.add(relay)
    plain = rtp(1)
    alice.send(edited(plain, (), (2, b"level")), relay.local)
    sent, _ = await bob.receive()
    assert sent == edited(plain, (), (MID_ID, b"video"))
    assert rig.plane.stats(relay.rtp[0].source).bytes_out == len(sent)


async def test_a_relay_that_goes_forgets_what_was_heard(rig: Rig) -> None:
    alice, bob, carol = rig.peer(), rig.peer(), rig.peer()
    relay = bundle(rig, alice, bob, carol)
    rig.add(relay)
    alice.send(edited(rtp(1, ssrc=7, payload_type=77), (), (MID_ID, b"v")), relay.local)
    await carol.receive()
    rig.plane.apply([relay], ())
    assert not rig.plane.relays
    rig.add(relay)
    alice.send(rtp(2, ssrc=7, payload_type=77), relay.local)
    assert (await bob.receive())[0] == rtp(2, ssrc=7, payload_type=77)
