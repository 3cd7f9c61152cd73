"""SRTP that the kernel takes to a worker past the sockets, over real devices, and back."""

import asyncio
import errno
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from kernel import ring
from kernel.errors import KernelError
from kernel.nft import NftTable
from kernel.table import FlowTable, NullTable
from rtpng.bypass import KernelBypass
from rtpng.media.plane import MediaPlane
from rtpng.media.relay import Forward, Relay, Verdict
from rtpng.media.worker.ring import FRAMES
from sipcore.address import Address
from sipcore.srtp import SUITES, fresh
from tests.netns.topology import Cable, ThreeHosts
from tests.rtpng.media.rig import PATIENCE, STUN, rtp
from tests.rtpng.media.test_secure_relay import Phone

pytestmark = pytest.mark.netns

FIRST = 65_000  # wraps on the way
SUITE = SUITES["AES_CM_128_HMAC_SHA1_80"]
BURST = 40  # packets that wait together
MANY = 120  # the same, still fewer than fill the receive buffer of a phone


class Pair:
    """Alice, plain, and Bob, secure, on hosts of their own."""

    def __init__(self, three: ThreeHosts, table: FlowTable, family: int) -> None:
        loop = asyncio.get_running_loop()
        self.table = table
        self.sockets: dict[Address, socket.socket] = {}
        self.alice, alice, self.left = self._leg(three, three.inner, family, 5000)
        self.bob, bob, self.right = self._leg(three, three.outer, family, 6000)
        self.strangers: list[bytes] = []
        self.plane = MediaPlane(
            loop,
            self.sockets.__getitem__,
            self._judge,
            loop.time,
            control=lambda _local, _source, data, _now: self.strangers.append(data),
            workers=1,
            bypass=KernelBypass(lambda: self.table),
        )
        to_bob, from_bob = fresh(SUITE), fresh(SUITE)
        self.phone = Phone(sends=from_bob, receives=to_bob)
        self.sequence = FIRST
        out, back = (Forward(self.right, bob, protect=to_bob),), (Forward(self.left, alice),)
        self.outward = Relay(self.left, alice, rtp=out, rtcp=out, agent=True)
        self.inward = Relay(self.right, bob, rtp=back, rtcp=back, unprotect=from_bob)
        self.plane.apply((), (self.outward, self.inward))

    def _leg(self, three: ThreeHosts, cable: Cable, family: int, port: int) -> tuple[socket.socket, Address, Address]:
        there, here = (end.ip4 if family == 4 else end.ip6 for end in (cable.far, cable.near))
        remote, local = Address(there, port), Address(here, port + 4000)
        phone = cable.far.host.udp(*remote)
        self.sockets[local] = three.relay.udp(*local)
        for each in (phone, self.sockets[local]):
            each.setblocking(False)
        return phone, remote, local

    def _judge(self, *_: object) -> Verdict:
        return Verdict.FOREIGN

    @property
    def diverted(self) -> bool:
        assert self.plane.handover is not None
        return all(self.plane.handover.is_diverted(local) for local in (self.left, self.right))

    async def talk(self, packets: int = 1) -> None:
        """Packets each way, sent together, each heard once and in order by the other."""
        await self.hear(self.say(packets))

    def say(self, packets: int) -> list[bytes]:
        said = [rtp(number & 0xFFFF) for number in range(self.sequence, self.sequence + packets)]
        self.sequence += packets
        for packet in said:
            self.alice.sendto(packet, self.left)
            self.bob.sendto(self.phone.protect(packet), self.right)
        return said

    async def hear(self, said: list[bytes]) -> None:
        heard = [await _heard(self.bob) for _ in said]
        assert [(self.phone.unprotect(data), source) for data, source in heard] == [(each, self.right) for each in said]
        assert [await _heard(self.alice) for _ in said] == [(each, self.left) for each in said]

    async def talk_until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(3 * PATIENCE):
            while not true():
                await self.talk()

    def through_sockets(self) -> int:
        """Datagrams that UDP of this host has received."""
        with open("/proc/thread-self/net/snmp") as counters:
            values = [line.split() for line in counters if line.startswith("Udp:")]
        four = int(values[1][values[0].index("InDatagrams")])
        with open("/proc/thread-self/net/snmp6") as counters:
            six = next(int(line.split()[1]) for line in counters if line.startswith("Udp6InDatagrams"))
        return four + six

    def close(self) -> None:
        self.plane.close()
        for each in (*self.sockets.values(), self.alice, self.bob):
            each.close()


async def _heard(phone: socket.socket) -> tuple[bytes, Address]:
    async with asyncio.timeout(PATIENCE):
        data, source = await asyncio.get_running_loop().sock_recvfrom(phone, 65535)
    return data, Address(*source[:2])


@pytest.fixture(params=[4, 6], ids=["ip4", "ip6"])
async def pair(three: ThreeHosts, request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    with three.relay.inside():
        table = NftTable(0, max_flows=10)
        made = Pair(three, table, request.param)
        yield made
        made.close()
        table.close()
        assert not [name for _, name in socket.if_nameindex() if name.startswith("rtpng")]


async def test_there_in_the_ring_and_back_nothing_is_lost_doubled_or_overtaken(pair: Pair) -> None:
    await pair.talk_until(lambda: pair.diverted)
    before = pair.through_sockets()
    for _ in range(60):  # twice around the ring
        await pair.talk(BURST)
    assert pair.through_sockets() == before
    for tos in (0x20, None):
        pair.plane.apply((), (replace(pair.outward, tos=tos), replace(pair.inward, tos=tos)))
        await pair.talk_until(lambda: pair.diverted)
        await pair.talk(BURST)
    packets = pair.sequence - FIRST
    stats = [pair.plane.stats(local) for local in (pair.left, pair.right)]
    assert [(each.packets, each.bytes) for each in stats] == [(packets, 172 * packets), (packets, 182 * packets)]
    assert [(each.packets_out, each.errors) for each in stats] == [(packets, 0)] * 2


async def test_a_stream_that_is_recalled_leaves_nothing_behind_wherever_the_ring_ends(pair: Pair) -> None:
    assert pair.plane.handover is not None
    for tos in range(FRAMES // MANY):  # twice around, as both speak
        await pair.talk_until(lambda: pair.diverted)
        (worker,) = pair.plane.handover.processes
        os.kill(worker, signal.SIGSTOP)
        said = pair.say(MANY)
        pair.plane.apply((), (replace(pair.outward, tos=tos), replace(pair.inward, tos=tos)))
        os.kill(worker, signal.SIGCONT)
        await pair.hear(said)


async def test_what_is_not_rtp_of_the_stream_reaches_the_daemon(pair: Pair) -> None:
    await pair.talk_until(lambda: pair.diverted)
    pair.alice.sendto(STUN, pair.left)
    await pair.talk_until(lambda: bool(pair.strangers))
    assert pair.strangers == [STUN]


async def test_forged_packets_are_counted_and_harm_nothing(pair: Pair) -> None:
    await pair.talk_until(lambda: pair.diverted)
    pair.bob.sendto(rtp(7), pair.right)
    await pair.talk(BURST)
    assert pair.plane.stats(pair.right).auth_failures == 1


async def test_what_no_device_takes_is_counted_as_not_sent(pair: Pair, three: ThreeHosts) -> None:
    await pair.talk_until(lambda: pair.diverted)
    before = _left(pair)
    three.relay.ip("link", "set", three.outer.near.device, "mtu", "1280")
    try:
        for number in range(BURST):
            pair.alice.sendto(rtp(pair.sequence + number & 0xFFFF) + bytes(1200), pair.left)
        async with asyncio.timeout(PATIENCE):
            while pair.plane.stats(pair.left).errors < BURST:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0)
    finally:
        three.relay.ip("link", "set", three.outer.near.device, "mtu", "1500")
    assert _left(pair) == before


def _left(pair: Pair) -> tuple[int, int]:
    """Packets and bytes that were sent to Bob."""
    stats = pair.plane.stats(pair.right)
    return stats.packets_out, stats.bytes_out


async def test_the_call_goes_on_when_the_worker_dies(pair: Pair) -> None:
    await pair.talk_until(lambda: pair.diverted)
    assert pair.plane.handover is not None
    os.kill(pair.plane.handover.processes[0], signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        while pair.plane.handover.processes:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
    await pair.talk(BURST)
    assert not pair.table.installed


class Refusing(NullTable):
    """Flows work, but devices cannot be made."""

    active = True


@pytest.mark.parametrize("table", [NullTable(), Refusing()], ids=["no-table", "refused"])
async def test_where_there_is_no_ring_everything_stays_on_sockets(three: ThreeHosts, table: FlowTable) -> None:
    with three.relay.inside():
        pair = Pair(three, table, 4)
        handover = pair.plane.handover
        assert handover is not None
        await pair.talk_until(lambda: handover.carries(pair.left) and handover.carries(pair.right))
        await pair.talk(BURST)
        assert not pair.diverted
        pair.close()


def test_the_devices_of_a_process_that_was_killed_go_with_the_next_table(three: ThreeHosts) -> None:
    with three.relay.inside():
        before = socket.if_nameindex()
        killed = ring.Rings("rtpng")
        for number in (0, 11):
            killed.open(number)
        others = ring.Rings("other")
        others.open(0)
        NftTable("rtpng", max_flows=10).close()
        assert {name for _, name in socket.if_nameindex()} == {name for _, name in before} | {"other-r0", "other-t0"}
        others.close()
        assert socket.if_nameindex() == before


def test_a_pair_of_devices_that_cannot_be_used_is_not_left(three: ThreeHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise KernelError(errno.EPERM, "refused")

    monkeypatch.setattr(ring, "_bring_up", refused)
    with three.relay.inside():
        before = socket.if_nameindex()
        with pytest.raises(KernelError, match="refused"):
            ring.Rings("rtpng").open(0)
        assert socket.if_nameindex() == before
