"""Streams that go to a worker process and come back, on real sockets."""

import asyncio
import errno
import os
import resource
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from rtpng.media.forward import MOST_WAITING
from rtpng.media.handover import KNOCKS, REST, Handover, stream_of
from rtpng.media.relay import Forward, Relay, Treatment, Verdict
from rtpng.media.worker import crew
from rtpng.media.worker.orders import Stream
from rtpng.ports import open_media_socket
from sipcore.address import Address
from sipcore.srtp import SUITES, Keys, fresh
from tests.rtpng.media.rig import PATIENCE, STUN, V4, V6, Rig, rtcp, rtp
from tests.rtpng.media.test_secure_relay import Phone

FIRST = 65_400  # soon to wrap
AES_CM = SUITES["AES_CM_128_HMAC_SHA1_80"]


class Pair:
    """Alice and Bob talk, Bob's leg secure or not; both streams may be a worker's."""

    def __init__(self, rig: Rig, *, secure: bool = True, host: str = V4) -> None:
        self.rig = rig
        self.alice, self.bob = rig.peer(host), rig.peer(host)
        self.left, self.right = rig.local(host), rig.local(host)
        self.to_bob, self.from_bob = fresh(AES_CM), fresh(AES_CM)
        self.phone = Phone(sends=self.from_bob, receives=self.to_bob)
        self.secure = secure
        self.sequence = FIRST
        to_bob = (Forward(self.right, self.bob.address, protect=self.to_bob if secure else None),)
        to_alice = (Forward(self.left, self.alice.address),)
        self.outward = Relay(self.left, self.alice.address, rtp=to_bob, rtcp=to_bob)
        keys = self.from_bob if secure else None
        self.inward = Relay(self.right, self.bob.address, rtp=to_alice, rtcp=to_alice, unprotect=keys)
        rig.add(self.outward, self.inward)

    @property
    def handover(self) -> Handover:
        assert self.rig.plane.handover is not None
        return self.rig.plane.handover

    @property
    def carried(self) -> bool:
        return self.handover.carries(self.left) and self.handover.carries(self.right)

    async def talk(self, rounds: int = 1) -> None:
        """A packet each way, each heard by the other."""
        for _ in range(rounds):
            packet = rtp(self.sequence & 0xFFFF)
            self.sequence += 1
            self.alice.send(packet, self.left)
            heard, source = await self.bob.receive()
            assert (self.phone.unprotect(heard) if self.secure else heard, source) == (packet, self.right)
            self.bob.send(self.phone.protect(packet) if self.secure else packet, self.right)
            assert await self.alice.receive() == (packet, self.left)

    async def talk_until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(2 * PATIENCE):
            while not true():
                await self.talk()

    def counted(self) -> list[tuple[int, int, int, int]]:
        stats = [self.rig.plane.stats(local) for local in (self.left, self.right)]
        return [(s.packets, s.bytes, s.packets_out, s.bytes_out) for s in stats]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    made = Rig(asyncio.get_running_loop(), workers=1)
    yield made
    made.close()


@pytest.mark.parametrize("host", [V4, V6])
@pytest.mark.parametrize("secure", [False, True])
async def test_a_stream_that_goes_on_becomes_a_workers_and_is_counted_on(rig: Rig, secure: bool, host: str) -> None:
    pair = Pair(rig, secure=secure, host=host)
    await pair.talk_until(lambda: pair.carried)
    await pair.talk(200)  # across the wrap of the sequence numbers
    packets, sealed = pair.sequence - FIRST, 172 + 10 * secure
    assert pair.counted() == [(packets, 172 * packets, packets, 172 * packets), (packets, sealed * packets) * 2]
    stats = rig.plane.stats(pair.left)
    assert (stats.sequence, stats.ssrc, stats.first_ssrc) == (pair.sequence - 1 & 0xFFFF, 0x1234, 0x1234)
    assert not rig.judged


async def test_it_comes_back_for_another_relay_and_goes_again(rig: Rig) -> None:
    pair = Pair(rig)
    for tos in (0x20, 0x40, None):
        await pair.talk_until(lambda: pair.carried)
        await pair.talk(100)
        rig.add(replace(pair.outward, tos=tos), replace(pair.inward, tos=tos))
        assert not pair.carried
        await pair.talk(5)
    packets = pair.sequence - FIRST
    assert pair.counted() == [(packets, 172 * packets) * 2, (packets, 182 * packets) * 2]


async def test_nothing_is_lost_or_doubled_on_the_way_there_and_back(rig: Rig) -> None:
    pair = Pair(rig)
    await pair.talk_until(lambda: pair.carried)
    sent, moves = pair.sequence, 0
    while moves < 10:
        for number in range(sent, sent + 10):
            pair.alice.send(rtp(number & 0xFFFF), pair.left)
            if number - sent == 5 and pair.handover.carries(pair.left):
                moves += 1
                rig.add(replace(pair.outward, tos=moves))
        heard = [pair.phone.unprotect((await pair.bob.receive())[0]) for _ in range(10)]
        assert heard == [rtp(number & 0xFFFF) for number in range(sent, sent + 10)]
        sent += 10
    assert rig.plane.stats(pair.left).packets == sent - FIRST


async def test_when_a_worker_dies_its_streams_go_on_and_another_takes_them(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    pair = Pair(rig)
    await pair.talk_until(lambda: pair.carried)
    await pair.talk(200)
    (first,) = pair.handover.processes
    os.kill(first, signal.SIGKILL)
    await pair.talk_until(lambda: not pair.carried)
    assert "A media worker has died (-9): its 2 streams go on in the daemon" in caplog.messages
    await pair.talk(20)
    packets = pair.sequence - FIRST
    assert pair.counted() == [(packets, 172 * packets) * 2, (packets, 182 * packets) * 2]
    rig.now += crew.REST
    await pair.talk_until(lambda: pair.carried)
    assert pair.handover.processes != [first]


async def test_a_worker_that_cannot_be_started_is_tried_again(
    rig: Rig, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    pair = Pair(rig)
    with monkeypatch.context() as patched:
        patched.setattr("rtpng.media.worker.crew.subprocess.Popen", refused)
        await pair.talk_until(lambda: bool(caplog.messages))
        await pair.talk(20)
    assert caplog.messages == [
        "A media worker cannot be started (Resource temporarily unavailable): media stays in the daemon"
    ]
    rig.now += crew.REST
    await pair.talk_until(lambda: pair.carried)


@pytest.mark.parametrize("spare", [0, 1])  # of an order's two sockets it gets none, or the first
async def test_a_worker_that_may_not_open_more_files_leaves_streams_where_they_are(
    rig: Rig, caplog: pytest.LogCaptureFixture, spare: int
) -> None:
    pair = Pair(rig)
    await pair.talk_until(lambda: pair.carried)
    (worker,) = pair.handover.processes
    usual = resource.prlimit(worker, resource.RLIMIT_NOFILE)
    without_streams = len(os.listdir(f"/proc/{worker}/fd")) - 4
    resource.prlimit(worker, resource.RLIMIT_NOFILE, (without_streams + spare, usual[1]))
    rig.add(replace(pair.outward, tos=1), replace(pair.inward, tos=1))
    await pair.talk_until(lambda: "A media worker may not open more files: " in caplog.text)
    await pair.talk(20)
    assert not pair.carried
    resource.prlimit(worker, resource.RLIMIT_NOFILE, usual)
    rig.now += REST
    await pair.talk_until(lambda: pair.carried)
    assert pair.handover.processes == [worker]
    packets = pair.sequence - FIRST
    assert pair.counted() == [(packets, 172 * packets) * 2, (packets, 182 * packets) * 2]


async def test_what_waited_at_a_dead_worker_may_change_the_relays_of_its_other_streams(rig: Rig) -> None:
    pair = Pair(rig)
    relays = [replace(relay, agent=True) for relay in (pair.outward, pair.inward)]
    rig.add(*relays)
    await pair.talk_until(lambda: pair.carried)
    heard = asyncio.Semaphore(0)

    def control(*_: object) -> None:
        rig.add(*(replace(relay, tos=8) for relay in relays))
        heard.release()

    rig.control = control
    (process,) = pair.handover.processes
    os.kill(process, signal.SIGSTOP)
    pair.alice.send(STUN, pair.left)
    pair.bob.send(STUN, pair.right)
    os.kill(process, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        for _ in relays:
            await heard.acquire()
    await pair.talk(5)
    assert not pair.carried


async def test_rtcp_and_stun_of_a_carried_stream_reach_the_daemon(rig: Rig) -> None:
    pair = Pair(rig)
    rig.add(replace(pair.outward, agent=True))
    await pair.talk_until(lambda: pair.carried)
    pair.alice.send(STUN, pair.left)
    pair.alice.send(rtcp(), pair.left)
    assert pair.phone.unprotect_rtcp((await pair.bob.receive())[0]) == rtcp()
    assert rig.controlled == [(pair.left, pair.alice.address, STUN, 100.0)]
    pair.bob.send(pair.phone.protect_rtcp(rtcp()), pair.right)
    assert await pair.alice.receive() == (rtcp(), pair.left)
    assert pair.carried


async def test_forged_and_repeated_packets_of_a_carried_stream_are_counted(rig: Rig) -> None:
    pair = Pair(rig)
    early = pair.phone.protect(rtp(FIRST - 1))
    pair.bob.send(early, pair.right)
    await pair.alice.receive()
    await pair.talk_until(lambda: pair.carried)
    stats = rig.plane.stats(pair.right)
    last = stats.last_packet
    late = pair.phone.protect(rtp(pair.sequence))
    pair.sequence += 1
    for packet in (early, late[:-1] + b"x", rtp(pair.sequence), late, late):
        pair.bob.send(packet, pair.right)
    await pair.alice.receive()
    await pair.talk()
    stats = rig.plane.stats(pair.right)
    assert (stats.auth_failures, stats.replayed) == (2, 2)
    assert stats.last_packet is not None
    assert stats.last_packet > (last or 0.0)


async def test_a_strangers_packets_go_to_the_judge_and_not_to_the_worker(rig: Rig) -> None:
    pair = Pair(rig, secure=False)
    await pair.talk_until(lambda: pair.carried)
    stranger = rig.peer()
    stranger.send(rtp(7), pair.left)
    await pair.talk_until(lambda: bool(rig.judged))
    assert rig.plane.stats(pair.left).foreign == 1
    assert pair.carried


async def test_a_stranger_with_a_secure_stream_is_judged_where_its_keys_are(rig: Rig) -> None:
    """The peer's packets may come from another address at any time; only with live counters can they prove it."""
    pair = Pair(rig)
    rig.judge = lambda *_: Verdict.FORWARD
    await pair.talk_until(lambda: pair.carried)
    rig.now += KNOCKS
    elsewhere = rig.peer()
    elsewhere.send(pair.phone.protect(rtp(pair.sequence + 10)), pair.right)
    await pair.talk_until(lambda: not pair.handover.carries(pair.right))
    elsewhere.send(pair.phone.protect(rtp(pair.sequence + 20)), pair.right)
    await pair.alice.receive()
    assert [source for _, source, _, _ in rig.judged] == [elsewhere.address]


async def test_what_a_peer_sends_from_another_address_waits_for_its_stream(rig: Rig) -> None:
    """As after an ICE restart: the peer is believed at once, and a worker still has the counters of its keys."""
    pair = Pair(rig)
    await pair.talk_until(lambda: pair.carried)
    moved = rig.peer()
    rig.add(replace(pair.inward, remote=moved.address))
    packets = [rtp(pair.sequence + number & 0xFFFF) for number in range(5)]
    for packet in packets:
        moved.send(pair.phone.protect(packet), pair.right)
    pair.handover._media(pair.right).drain()  # before the worker can have answered
    assert [await pair.alice.receive() for _ in packets] == [(packet, pair.left) for packet in packets]
    assert rig.plane.stats(pair.right).held == 0


async def test_more_than_some_packets_do_not_wait(rig: Rig) -> None:
    pair = Pair(rig)
    await pair.talk_until(lambda: pair.carried)
    moved = rig.peer()
    rig.add(replace(pair.inward, remote=moved.address))
    for number in range(MOST_WAITING + 3):
        moved.send(pair.phone.protect(rtp(pair.sequence + number & 0xFFFF)), pair.right)
    pair.handover._media(pair.right).drain()
    assert rig.plane.stats(pair.right).held == 3
    for _ in range(MOST_WAITING):
        await pair.alice.receive()


async def test_a_hold_keeps_the_counters_of_the_keys(rig: Rig) -> None:
    pair = Pair(rig)
    await pair.talk_until(lambda: pair.carried)
    await pair.talk(200)
    rig.add(replace(pair.outward, rtp=()), replace(pair.inward, rtp=()))
    async with asyncio.timeout(PATIENCE):
        while not rig.plane.stats(pair.left).unrouted or not rig.plane.stats(pair.right).unrouted:
            pair.alice.send(rtp(pair.sequence - 1 & 0xFFFF), pair.left)
            pair.bob.send(pair.phone.protect(rtp(pair.sequence & 0xFFFF)), pair.right)
            pair.sequence += 1
            await asyncio.sleep(0.001)
    rig.add(pair.outward, pair.inward)
    await pair.talk(10)


async def test_keys_that_both_sides_have_are_passed_through_by_a_worker_too(rig: Rig) -> None:
    pair = Pair(rig)
    rig.add(replace(pair.inward, rtp=(Forward(pair.left, pair.alice.address, protect=pair.from_bob),)))
    async with asyncio.timeout(2 * PATIENCE):
        while not pair.handover.carries(pair.right):
            await one_sealed(pair)
        pair.bob.send(rtp(pair.sequence + 50 & 0xFFFF), pair.right)
        await one_sealed(pair)
    assert rig.plane.stats(pair.right).auth_failures == 1


async def one_sealed(pair: Pair) -> None:
    pair.sequence += 1
    sealed = pair.phone.protect(rtp(pair.sequence & 0xFFFF))
    pair.bob.send(sealed, pair.right)
    assert await pair.alice.receive() == (sealed, pair.left)


async def test_a_port_that_is_given_up_is_soon_free(rig: Rig) -> None:
    pair = Pair(rig)
    await pair.talk_until(lambda: pair.carried)
    rig.plane.apply((pair.outward, pair.inward), ())
    rig.sockets.pop(pair.left).close()
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                open_media_socket(pair.left).close()
            except OSError:
                await asyncio.sleep(0.001)
            else:
                return


LOCAL, PEER, SOURCE, TARGET = (Address("192.0.2.1", port) for port in (10000, 20000, 10002, 20002))
KEYS = fresh(AES_CM)
PLAIN = Relay(LOCAL, PEER, rtp=(Forward(SOURCE, TARGET),), tos=8)


def test_a_worker_gets_what_the_relay_says_of_its_only_way() -> None:
    assert stream_of(PLAIN, PEER) == Stream(LOCAL, PEER, SOURCE, TARGET, 8)
    secure = replace(PLAIN, unprotect=KEYS, rtp=(Forward(SOURCE, TARGET, protect=KEYS),))
    assert stream_of(secure, PEER) == Stream(LOCAL, PEER, SOURCE, TARGET, 8, KEYS, KEYS)
    assert stream_of(replace(PLAIN, remote=None, sources=frozenset({PEER})), PEER) == stream_of(PLAIN, PEER)


@pytest.mark.parametrize(
    "relay",
    [
        replace(PLAIN, remote=SOURCE),
        replace(PLAIN, sources=frozenset()),
        replace(PLAIN, any_source=True),
        replace(PLAIN, opaque=True),
        replace(PLAIN, events=frozenset({(101, 8000)})),
        replace(PLAIN, rtp=()),
        replace(PLAIN, rtp=PLAIN.rtp * 2),
        replace(PLAIN, rtp=(Forward(SOURCE, TARGET, Treatment(blocked=True)),)),
        replace(PLAIN, rtp=(Forward(SOURCE, TARGET, protect=replace(KEYS, mki=b"1")),)),
        replace(PLAIN, unprotect=replace(KEYS, mki=b"1")),
    ],
)
def test_what_needs_the_daemon_stays_in_it(relay: Relay) -> None:
    assert stream_of(relay, PEER) is None


@pytest.mark.parametrize(
    ("unprotect", "protect", "growth"),
    [(None, None, 0), (None, KEYS, 10), (KEYS, None, -10), (KEYS, KEYS, 0), (KEYS, fresh(AES_CM), 0)],
)
def test_how_much_packets_grow(unprotect: Keys | None, protect: Keys | None, growth: int) -> None:
    assert Stream(LOCAL, PEER, SOURCE, TARGET, None, unprotect, protect).growth == growth
