"""What the kernel does with each kind of packet, over IPv4 and IPv6."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from kernel.flow import Counter, Flow, FlowChange
from kernel.nft import NftTable
from sipcore.address import Address
from tests.netns.packets import RTCP, STUN, Packet, Tap, inject, rtp
from tests.netns.topology import End, ThreeHosts, arrived, silent

pytestmark = pytest.mark.netns


@dataclass(frozen=True, slots=True)
class Leg:
    """A party with its socket, the relay's socket for it, and the flow of what it sends to the other party."""

    phone: socket.socket
    address: Address
    local: Address
    relay_socket: socket.socket

    def say(self, payload: bytes) -> None:
        self.phone.sendto(payload, self.local)


@dataclass(frozen=True, slots=True)
class Talk:
    """One call through the relay."""

    three: ThreeHosts
    caller: Leg
    callee: Leg

    @property
    def forth(self) -> Flow:
        return Flow(self.caller.local, self.caller.address, self.callee.local, self.callee.address)

    @property
    def back(self) -> Flow:
        return Flow(self.callee.local, self.callee.address, self.caller.local, self.caller.address)


def _host(end: End, family: int) -> str:
    return end.ip4 if family == 4 else end.ip6


@pytest.fixture(params=[4, 6], ids=["ip4", "ip6"])
def talk(three: ThreeHosts, request: pytest.FixtureRequest) -> Iterator[Talk]:
    legs = []
    for cable, port, local_port in ((three.inner, 5000, 10000), (three.outer, 6000, 10002)):
        address = Address(_host(cable.far, request.param), port)
        local = Address(_host(cable.near, request.param), local_port)
        legs.append(Leg(cable.far.host.udp(*address), address, local, three.relay.udp(*local)))
    yield Talk(three, *legs)
    for leg in legs:
        leg.phone.close()
        leg.relay_socket.close()


@pytest.fixture(params=[4, 6], ids=["ip4", "ip6"])
def path(three: ThreeHosts, request: pytest.FixtureRequest) -> Flow:
    """A flow from caller to callee between addresses that have no sockets, for packets made by hand."""
    local, remote = _host(three.inner.near, request.param), _host(three.inner.far, request.param)
    source, target = _host(three.outer.near, request.param), _host(three.outer.far, request.param)
    return Flow(Address(local, 10000), Address(remote, 5000), Address(source, 10002), Address(target, 6000))


def _add(*flows: Flow) -> FlowChange:
    return FlowChange(remove=frozenset(), add=frozenset(flows))


def _remove(*flows: Flow) -> FlowChange:
    return FlowChange(remove=frozenset(flows), add=frozenset())


def test_rtp_is_forwarded_both_ways_with_the_relays_addresses(talk: Talk, table: NftTable) -> None:
    table.apply(_add(talk.forth, talk.back))
    talk.caller.say(rtp(1))
    talk.callee.say(rtp(2))
    assert arrived(talk.callee.phone) == (rtp(1), talk.callee.local)
    assert arrived(talk.caller.phone) == (rtp(2), talk.caller.local)
    assert silent(talk.caller.relay_socket, talk.callee.relay_socket)


def test_counters_are_packets_and_bytes_of_payload(talk: Talk, table: NftTable) -> None:
    table.apply(_add(talk.forth, talk.back))
    for sequence in range(5):
        talk.caller.say(rtp(sequence, size=100 + sequence))
        assert arrived(talk.callee.phone)
    assert table.counters({talk.forth, talk.back}) == {talk.forth: Counter(5, 510), talk.back: Counter()}
    assert table.apply(_remove(talk.forth)) == {talk.forth: Counter(5, 510)}
    assert table.counters({talk.forth}) == {}


@pytest.mark.parametrize("payload", [RTCP, STUN, b"", b"\x80", rtp()[:11], b"\x16\xfe\xfd" + bytes(20)])
def test_what_is_no_rtp_reaches_the_socket(talk: Talk, table: NftTable, payload: bytes) -> None:
    table.apply(_add(talk.forth))
    talk.caller.say(payload)
    assert arrived(talk.caller.relay_socket) == (payload, talk.caller.address)


@pytest.mark.parametrize("second_byte", [0x00, 0x80, 0xBF, 0xE0, 0xFF])
def test_every_second_byte_but_rtcps_is_rtp(talk: Talk, table: NftTable, second_byte: int) -> None:
    table.apply(_add(talk.forth))
    payload = bytes((0x80, second_byte)) + rtp()[2:]
    talk.caller.say(payload)
    assert arrived(talk.callee.phone) == (payload, talk.callee.local)


def test_another_source_reaches_the_socket(talk: Talk, table: NftTable) -> None:
    table.apply(_add(talk.forth))
    stranger = talk.three.caller.udp(talk.caller.address.host, 5999)
    stranger.sendto(rtp(), talk.caller.local)
    assert arrived(talk.caller.relay_socket) == (rtp(), Address(talk.caller.address.host, 5999))
    stranger.close()


def test_any_source_flow_forwards_strangers_but_an_exact_one_goes_first(talk: Talk, table: NftTable) -> None:
    other = talk.three.callee.udp(talk.callee.address.host, 6002)
    anybody = Flow(talk.caller.local, None, talk.callee.local, talk.callee.address)
    exact = Flow(*talk.forth.key, talk.callee.local, Address(talk.callee.address.host, 6002), tos=184)
    stranger = talk.three.caller.udp(talk.caller.address.host, 5999)
    table.apply(_add(anybody, exact))
    stranger.sendto(rtp(1), talk.caller.local)
    talk.caller.say(rtp(2))
    assert arrived(talk.callee.phone) == (rtp(1), talk.callee.local)
    assert arrived(other) == (rtp(2), talk.callee.local)
    other.close()
    stranger.close()


def test_blocked_packets_are_counted_and_dropped(talk: Talk, table: NftTable) -> None:
    blocked = Flow(*talk.forth.key, talk.callee.local, target=None)
    table.apply(_add(blocked))
    talk.caller.say(rtp())
    assert silent(talk.caller.relay_socket, talk.callee.phone)
    assert table.counters({blocked}) == {blocked: Counter(1, 172)}


def test_a_removed_flow_falls_back_to_the_socket(talk: Talk, table: NftTable) -> None:
    table.apply(_add(talk.forth))
    table.apply(_remove(talk.forth))
    talk.caller.say(rtp())
    assert arrived(talk.caller.relay_socket) == (rtp(), talk.caller.address)
    assert not table.installed


@pytest.mark.parametrize("tos", [None, 0, 184])
def test_tos_is_set_or_left(three: ThreeHosts, table: NftTable, path: Flow, tos: int | None) -> None:
    flow = Flow(*path.key, path.source, path.target, tos)
    table.apply(_add(flow))
    assert path.remote
    with Tap(three.outer.far) as tap:
        inject(three.inner.far, three.inner.near, Packet(path.remote, path.local, tos=0x28).pack())
        packet = tap.next()
    assert packet
    assert packet.tos == (0x28 if tos is None else tos)


def test_tos_of_a_flow_can_change_and_both_kinds_live_together(talk: Talk, table: NftTable) -> None:
    marked = Flow(*talk.forth.key, talk.forth.source, talk.forth.target, tos=184)
    table.apply(_add(talk.forth, talk.back))
    table.apply(FlowChange(remove=frozenset((talk.forth,)), add=frozenset((marked,))))
    talk.caller.say(rtp(1))
    talk.callee.say(rtp(2))
    assert arrived(talk.callee.phone) == (rtp(1), talk.callee.local)
    assert arrived(talk.caller.phone) == (rtp(2), talk.caller.local)
    assert set(table.installed) == {marked, talk.back}
    assert table.counters(table.installed) == {marked: Counter(1, 172), talk.back: Counter(1, 172)}


@pytest.mark.parametrize("checksum", [True, False])
@pytest.mark.parametrize("tos", [None, 184])
def test_the_packet_leaves_whole(
    three: ThreeHosts, table: NftTable, path: Flow, checksum: bool, tos: int | None
) -> None:
    """One hop less to live, right checksums (unpack() checks them), none where there was none."""
    table.apply(_add(Flow(*path.key, path.source, path.target, tos)))
    assert path.remote
    with Tap(three.outer.far) as tap:
        sent = Packet(path.remote, path.local, rtp(size=171), ttl=9, checksum=checksum)
        inject(three.inner.far, three.inner.near, sent.pack())
        got = tap.next()
    assert got == Packet(path.source, path.target or path.source, rtp(size=171), tos or 0, ttl=8, checksum=checksum)


def test_the_last_hop_is_not_forwarded(three: ThreeHosts, table: NftTable, path: Flow) -> None:
    table.apply(_add(path))
    assert path.remote
    with Tap(three.outer.far) as tap:
        inject(three.inner.far, three.inner.near, Packet(path.remote, path.local, ttl=1).pack())
        assert tap.silent()


def test_ip_options_and_fragments_reach_the_socket(three: ThreeHosts, table: NftTable) -> None:
    local, remote = Address(three.inner.near.ip4, 10000), Address(three.inner.far.ip4, 5000)
    flow = Flow(local, remote, Address(three.outer.near.ip4, 10002), Address(three.outer.far.ip4, 6000))
    table.apply(_add(flow))
    receiver = three.relay.udp(*local)
    inject(three.inner.far, three.inner.near, Packet(remote, local, options=b"\x01\x01\x01\x00").pack())
    assert arrived(receiver) == (rtp(), remote)
    phone = three.caller.udp(*remote)
    phone.sendto(rtp(size=4000), local)
    assert arrived(receiver) == (rtp(size=4000), remote)
    assert table.counters({flow}) == {flow: Counter()}
    receiver.close()
    phone.close()


def test_tagged_frames_are_left_to_their_vlan(three: ThreeHosts, table: NftTable, path: Flow) -> None:
    table.apply(_add(path))
    assert path.remote
    inner = Packet(path.remote, path.local).pack()
    tag = b"\x00\x64" + (b"\x86\xdd" if ":" in path.local.host else b"\x08\x00")
    with Tap(three.outer.far) as tap:
        for ethertype in (0x8100, 0x88A8):
            inject(three.inner.far, three.inner.near, tag + inner, ethertype)
        assert tap.silent()
    assert table.counters({path}) == {path: Counter()}


def test_sender_and_receiver_on_the_relay_itself(talk: Talk, table: NftTable) -> None:
    """To a program of this host, from a phone and from another program; and from here to a phone."""
    own = talk.caller.local.host
    receiver, sender = talk.three.relay.udp(own, 20000), talk.three.relay.udp(own, 20002)
    here, there = Address(own, 20000), Address(own, 20002)
    flows = (
        Flow(talk.caller.local, talk.caller.address, talk.callee.local, here),
        Flow(talk.caller.local, there, talk.callee.local, here),
        Flow(talk.callee.local, there, talk.callee.local, talk.callee.address),
    )
    table.apply(_add(*flows))
    assert set(table.installed) == set(flows)
    talk.caller.say(rtp(1))
    assert arrived(receiver) == (rtp(1), talk.callee.local)
    sender.sendto(rtp(2), talk.caller.local)
    assert arrived(receiver) == (rtp(2), talk.callee.local)
    sender.sendto(rtp(3), talk.callee.local)
    assert arrived(talk.callee.phone) == (rtp(3), talk.callee.local)
    receiver.close()
    sender.close()


@pytest.mark.parametrize("loopback", ["127.0.0.1", "::1"])
def test_between_loopback_addresses(three: ThreeHosts, table: NftTable, loopback: str) -> None:
    sender, receiver = three.relay.udp(loopback, 5000), three.relay.udp(loopback, 6000)
    local, remote, source, target = (Address(loopback, port) for port in (10000, 5000, 10002, 6000))
    flow = Flow(local, remote, source, target)
    table.apply(_add(flow))
    sender.sendto(rtp(), flow.local)
    assert arrived(receiver) == (rtp(), flow.source)
    assert table.counters({flow}) == {flow: Counter(1, 172)}
    sender.close()
    receiver.close()


def test_flows_that_cannot_be_carried_are_left_out(talk: Talk, table: NftTable) -> None:
    target = talk.callee.address
    other_family = Address("fd78:2::2" if ":" not in target.host else "10.78.2.2", 6000)
    nowhere = Address("192.0.2.1" if ":" not in target.host else "2001:db8::1", 6000)
    loopback = Address("127.0.0.1" if ":" not in target.host else "::1", 6000)
    multicast = Address("224.0.0.5" if ":" not in target.host else "ff02::5", 6000)
    broadcast = Address("10.78.2.255" if ":" not in target.host else "fe80::1", 6000)
    for bad in (other_family, nowhere, loopback, multicast, broadcast, Address(target.host, 0), Address("host", 1)):
        table.apply(_add(Flow(*talk.forth.key, talk.forth.source, bad)))
        assert not table.installed
    stolen = Flow(*talk.forth.key, Address(nowhere.host, 10002), target)  # the source is not ours
    table.apply(_add(stolen, talk.back))
    assert set(table.installed) == {talk.back}
