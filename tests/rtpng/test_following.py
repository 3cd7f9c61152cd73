"""Flows follow routes in steps; the daemon works in between."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from kernel.errors import KernelError
from kernel.flow import Flow, FlowChange
from rtpng.following import follow_routes
from sipcore.address import Address
from tests.fakes import FakeTable

FAR = "198.51.100.1"
FLOWS = frozenset(
    Flow(Address("203.0.113.1", port), Address(FAR, 4000), Address("203.0.113.1", port + 2), Address(FAR, 5000))
    for port in range(30000, 30400, 4)
)


class FakeMonitor:
    """One notification for each byte that a test sends."""

    def __init__(self) -> None:
        self.told, self._heard = socket.socketpair()
        self._heard.setblocking(False)
        self.closed = False

    def fileno(self) -> int:
        return self._heard.fileno()

    def drain(self) -> bool:
        return bool(self._heard.recv(100))

    def close(self) -> None:
        self.closed = True
        self.told.close()
        self._heard.close()


class ObservedTable(FakeTable):
    """Counts refreshes, and says when one is over."""

    def __init__(self) -> None:
        super().__init__(unreachable=(FAR,))
        self.steps = self.refreshes = 0
        self.refreshed = asyncio.Event()

    def refresh_steps(self) -> Iterator[None]:
        self.refreshes += 1
        for _ in super().refresh_steps():
            self.steps += 1
            yield
        self.refreshed.set()


@asynccontextmanager
async def following(table: FakeTable) -> AsyncIterator[FakeMonitor]:
    monitor = FakeMonitor()
    async with asyncio.TaskGroup() as tasks:
        follower = tasks.create_task(follow_routes(table, monitor, asyncio.get_running_loop()))
        yield monitor
        follower.cancel()
    assert monitor.closed


async def test_a_burst_of_changes_is_followed_once_and_others_have_their_turn_after_each_step() -> None:
    table = ObservedTable()
    table.apply(FlowChange(frozenset(), FLOWS))
    async with following(table) as monitor:
        monitor.told.send(b"xx")
        await asyncio.sleep(0)
        monitor.told.send(b"x")
        table.unreachable.clear()
        turns = set()
        while not table.refreshed.is_set():
            turns.add(table.steps)
            await asyncio.sleep(0)
    assert table.installed == FLOWS
    assert table.refreshes == 1
    assert len(turns) >= len(FLOWS)


async def test_a_flow_may_be_taken_back_between_two_steps() -> None:
    table = ObservedTable()
    table.apply(FlowChange(frozenset(), FLOWS))
    table.unreachable.clear()
    steps = table.refresh_steps()
    next(steps)
    table.apply(FlowChange(FLOWS, frozenset()))
    assert list(steps) == []
    assert not table.installed


class FailingTable(ObservedTable):
    def refresh_steps(self) -> Iterator[None]:
        self.refreshed.set()
        raise KernelError(105, "No buffer space available")


async def test_a_refusal_is_one_warning_and_the_next_change_is_followed(caplog: pytest.LogCaptureFixture) -> None:
    table = FailingTable()
    async with following(table) as monitor:
        for _ in range(2):
            table.refreshed.clear()
            monitor.told.send(b"x")
            await table.refreshed.wait()
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "No buffer space available" in caplog.text
