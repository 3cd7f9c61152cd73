"""Two relays that are told the same: one over fakes, one over nftables, sockets and the media plane of the daemon.

Both hear every command and every packet. After each packet the real relay must have delivered what the fake one says,
to the same place; a packet that goes nowhere must show in the counters of the port that it reached.
"""

import asyncio
import random
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kernel.nft import NftTable
from kernel.table import FlowTable
from rtpng.calls.negotiate import Negotiator, Settings
from rtpng.calls.plan import PlanSettings
from rtpng.calls.secure import Preferences
from rtpng.carrier import Control, Hear, Judge, Plane, Report
from rtpng.engine import Engine
from rtpng.errors import NgError
from rtpng.interfaces import Interface, Interfaces
from rtpng.legs.spec import Listener
from rtpng.media.plane import MediaPlane
from rtpng.media.relay import SocketStats
from rtpng.ng.commands.context import Context, Reply
from rtpng.ng.commands.table import run
from rtpng.ng.flags import read
from rtpng.ng.message import Message, Value
from rtpng.ng.tally import Tally
from rtpng.ports import PortPool, open_media_socket
from sipcore.address import Address
from tests.fakes import FakeClock, FakeIdentity, FakeLegs, FakePorts, FakeTable
from tests.netns.topology import PATIENCE, Host
from tests.rtpng.air import PacketPlane

STARTING = 20.0  # seconds for the interpreters of workers
CALLS = ("one", "two", "three")

Word: TypeAlias = "Value | None"  # None leaves a key out


def _no_legs(plane: Plane, listener: Listener) -> FakeLegs:
    del plane, listener
    return FakeLegs()


@dataclass(eq=False)
class Told:
    """One relay: its engine, and ng commands for it."""

    engine: Engine
    context: Context

    @classmethod
    def over(
        cls,
        interfaces: Sequence[Interface],
        ports: PortPool,
        table: FlowTable,
        plane: Callable[[Judge, Control, Hear, Report], Plane],
        clock: FakeClock,
        forwarding: PlanSettings,
    ) -> "Told":
        negotiator = Negotiator(Interfaces(interfaces), Settings(), Preferences(FakeIdentity))
        engine = Engine(negotiator, ports, table, plane, _no_legs, clock.clock, forwarding=forwarding)
        return cls(engine, Context(engine, Tally(), interfaces))

    def command(self, words: dict[str, Word]) -> Reply | str:
        """The reply, or the reason for which there is none."""
        try:
            return run(self.context, read(Message(tuple((k, v) for k, v in words.items() if v is not None)), "proxy"))
        except NgError as error:
            return str(error)

    def locals(self) -> list[Address]:
        """All local ports, call by call, in the order of the model: the same in both relays."""
        return [endpoint.local for call in self.engine.calls for endpoint in call.endpoints]


@dataclass(eq=False)
class TwoRelays:
    """``peers``: every socket that may send or be sent to, by its address."""

    relay: Host
    interfaces: Sequence[Interface]
    peers: dict[Address, socket.socket]
    forwarding: PlanSettings
    workers: int = 0
    flows: int = 1000  # that the kernel takes
    clock: FakeClock = field(default_factory=FakeClock)
    ports: FakePorts = field(default_factory=FakePorts)
    table: FakeTable = field(init=False)
    fake: Told = field(init=False)
    real: Told = field(init=False)
    air: PacketPlane = field(init=False)

    def __post_init__(self) -> None:
        def air(judge: Judge, control: Control, hear: Hear, report: Report) -> PacketPlane:
            del control, report
            self.air = PacketPlane(self.ports, judge=judge, hear=hear)
            return self.air

        self.table = FakeTable(self.flows)
        loop = asyncio.get_running_loop()
        pool = PortPool(self.interfaces, (), self._open, random.Random(7))

        def plane(judge: Judge, control: Control, hear: Hear, report: Report) -> MediaPlane:
            del control, report
            return MediaPlane(
                loop, pool.socket, judge, lambda: self.clock.now, gather=0, workers=self.workers, hear=hear
            )

        with self.relay.inside():
            nftables = NftTable(0, self.flows)
        pools = self.ports.pool(self.interfaces), pool
        self.fake = Told.over(self.interfaces, pools[0], self.table, air, self.clock, self.forwarding)
        self.real = Told.over(self.interfaces, pools[1], nftables, plane, self.clock, self.forwarding)

    async def workers_are_up(self) -> None:
        """From here on every stream with a packet goes to a worker."""
        plane = self.real.engine.plane
        assert isinstance(plane, MediaPlane)
        handover = plane.handover
        if handover is not None:
            ready = handover.is_ready
            await self._until(lambda: sum(map(ready, CALLS)) == len(CALLS), "no worker has come up", STARTING)

    def command(self, **words: Word) -> bool:
        """Tells both; whether they have agreed to do it."""
        fake, real = self.fake.command(dict(words)), self.real.command(dict(words))
        if isinstance(fake, str) or isinstance(real, str):
            assert fake == real
            return False
        return True

    async def packet(self, source: Address, local: Address, data: bytes) -> None:
        """One packet from a peer to a port of ours (named as in the fake relay)."""
        there = self.translation()
        goes = self._on_air(source, local, data)
        before = self._handled(there[local])
        self.peers[source].sendto(data, there[local])
        if goes is None:
            await self._until(lambda: self._handled(there[local]) > before, f"{source} was not heard at {local}")
            goes = [(*sent, packet) for sent, packet in zip(self.air.sent, self.air.packets, strict=True)]
        for ours, target, packet in goes:
            assert await self._arrival(target) == (packet, there[ours])

    def _on_air(self, source: Address, local: Address, data: bytes) -> list[tuple[Address, Address, bytes]] | None:
        """Where the fake kernel sends a packet, from where, and what; None if it leaves it to the daemon."""
        carried = self.table.carry(source, local, data)
        if carried == "socket":
            self.air.receive(local, source, data, self.clock.now)
            return None
        return [(*carried, data)] if isinstance(carried, tuple) else []

    async def _arrival(self, target: Address) -> tuple[bytes, Address]:
        found: list[tuple[bytes, Address]] = []

        def look() -> bool:
            try:
                data, sender = self.peers[target].recvfrom(65535)
            except BlockingIOError:
                return False
            found.append((data, Address(sender[0], sender[1])))
            return True

        await self._until(look, f"nothing has arrived at {target}")
        return found[0]

    async def _until(self, happened: Callable[[], bool], otherwise: str, patience: float = PATIENCE) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        while not happened():
            assert loop.time() < end, otherwise
            await asyncio.sleep(0)

    def _handled(self, local: Address) -> int:
        """Packets that the real daemon has had in its hands at a port."""
        stats = self.real.engine.plane.stats(local)
        return stats.packets + stats.foreign + stats.held + stats.malformed + stats.unrouted

    def translation(self) -> dict[Address, Address]:
        """The real relay's address for each of the fake one's."""
        return dict(zip(self.fake.locals(), self.real.locals(), strict=True))

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.fake.engine.sweep()
        self.real.engine.sweep()

    def check(self) -> None:
        """Same flows, same counters, and no packet can match two flows."""
        there = self.translation()
        assert set(self.real.engine.offload.table.installed) == set(self._translated(there))
        keys = [flow.local for flow in self.table.installed]
        assert len(keys) == len(set(keys)), "two flows at one port"
        self.fake.engine.refresh_all()
        self.real.engine.refresh_all()
        for fake, real in there.items():
            one, other = self.fake.engine.traffic.stats(fake), self.real.engine.traffic.stats(real)
            assert (one.kernel, one.kernel_out, one.blocked) == (other.kernel, other.kernel_out, other.blocked)
            assert _counted(one.user) == _counted(other.user)

    def _translated(self, there: dict[Address, Address]) -> Iterator[object]:
        for flow in self.table.installed:
            yield type(flow)(there[flow.local], flow.remote, there[flow.source], flow.target, flow.tos)

    def silent(self) -> None:
        """Nobody has got a packet that was not accounted for."""
        for address, peer in self.peers.items():
            try:
                data, sender = peer.recvfrom(65535)
            except BlockingIOError:
                continue
            raise AssertionError(f"{address} got {data[:16].hex()} from {sender}")

    def empty(self) -> bool:
        """Whether neither has anything left of any call."""
        engine = self.real.engine
        used = sum(engine.ports.usage(interface).used for interface in self.interfaces)
        assert isinstance(engine.plane, MediaPlane)
        real = (
            used,
            len(engine.plane.relays),
            len(engine.offload.table.installed),
            len(engine.calls),
            engine.traffic.ports,
        )
        fake = self.ports.ours, self.air.relays, self.table.installed
        return not any(real) and not any(fake)

    def close(self) -> None:
        self.fake.engine.close()
        self.real.engine.close()

    def _open(self, address: Address) -> socket.socket:
        with self.relay.inside():
            return open_media_socket(address)


def _counted(stats: SocketStats) -> tuple[int, ...]:
    dropped = stats.foreign, stats.held, stats.malformed, stats.unrouted, stats.blocked
    return stats.packets, stats.bytes, stats.packets_out, stats.bytes_out, *dropped
