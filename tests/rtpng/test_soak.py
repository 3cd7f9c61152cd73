"""Ten thousand calls, one after the other, through the whole control path: nothing grows."""

import asyncio
import gc
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from rtpng import assemble
from rtpng.config import Config
from rtpng.engine import Engine
from rtpng.interfaces import Interface
from rtpng.media.plane import MediaPlane
from rtpng.ng.responder import Responder
from sipcore.address import Address
from tests.fakes import FakeClock, FakeTable
from tests.rtpng.harness import ALICE, BOB, audio, sdp
from tests.rtpng.media.rig import rtp

CYCLES, WARM = 10_000, 3_000
BETWEEN = 0.1  # seconds of the fake clock from call to call: replies are remembered for some hundred calls
GROWTH = 400 * 1024  # bytes that the process may gain between WARM and CYCLES
PROXY = Address("192.0.2.99", 5060)
A, B = Address(ALICE, 4000), Address(BOB, 5000)


@dataclass(frozen=True)
class Levels:
    """How much there is of everything that could leak."""

    descriptors: int
    used_ports: int
    calls: int
    relays: int
    flows: int
    kernel_ports: int
    tasks: int


class Rounds:
    """The daemon without its control socket, and one caller after the other."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        interface = Interface("default", "127.0.0.1", "127.0.0.1", 21000, 21999)
        config = Config(interfaces=(interface,))
        self._clock, self._interface, self._table = FakeClock(), interface, FakeTable()
        self.engine: Engine = assemble.engine(config, self._table, self._clock.clock, loop)
        self._responder = Responder(assemble.Handler(self.engine, config), lambda: self._clock.now)
        self._serial = 0

    def call(self) -> None:
        """Offer, answer, a packet of each party, delete."""
        self._serial += 1
        self._ask(command="offer", from_tag="a", sdp=sdp(audio(A.port)))
        self._ask(command="answer", from_tag="a", to_tag="b", sdp=sdp(audio(B.port), host=BOB))
        call = self.engine.calls.get(f"call-{self._serial}")
        assert call is not None
        for party, source in zip(call.parties, (A, B), strict=True):
            rtp_port = party.streams[0].rtp
            assert rtp_port is not None
            self.engine.judge(rtp_port.local, source, rtp(), self._clock.now)
        assert len(self._table.installed) == 2
        self._ask(command="delete", delete_delay=0)
        self._table.history.clear()
        self._clock.advance(BETWEEN)
        if self._serial % 10 == 0:
            self.engine.sweep()

    def levels(self) -> Levels:
        gc.collect()
        plane = self.engine.plane
        assert isinstance(plane, MediaPlane)
        return Levels(
            descriptors=len(os.listdir("/proc/self/fd")),
            used_ports=self.engine.ports.usage(self._interface).used,
            calls=len(self.engine.calls),
            relays=len(plane.relays),
            flows=len(self._table.installed),
            kernel_ports=self.engine.traffic.ports,
            tasks=len(asyncio.all_tasks()),
        )

    def _ask(self, **words: str | int) -> None:
        """One datagram with a cookie of its own, and its reply."""
        keys = {"call-id": f"call-{self._serial}"} | {name.replace("_", "-"): word for name, word in words.items()}
        cookie = f"{self._serial}_{words['command']}"
        reply = self._responder.respond(f"{cookie} {_bencoded(keys)}".encode(), PROXY, self._clock.now)
        assert reply is not None
        assert reply.startswith(cookie.encode())
        assert b"6:result2:ok" in reply


def _bencoded(keys: dict[str, str | int]) -> str:
    def word(value: str | int) -> str:
        return f"i{value}e" if isinstance(value, int) else f"{len(value)}:{value}"

    return "d" + "".join(word(name) + word(value) for name, value in sorted(keys.items())) + "e"


def memory() -> int:
    """Bytes of this process that are in RAM."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@contextmanager
def rounds() -> Iterator[Rounds]:
    made = Rounds(asyncio.get_running_loop())
    try:
        yield made
    finally:
        made.engine.close()


@pytest.mark.slow
async def test_ten_thousand_calls_leave_nothing_and_cost_no_memory() -> None:
    with rounds() as relay:
        before = relay.levels()
        for _ in range(WARM):
            relay.call()
        warm = relay.levels(), memory()
        for _ in range(CYCLES - WARM):
            relay.call()
        assert warm[0] == relay.levels() == before
        assert memory() - warm[1] < GROWTH
