"""Flows follow routes, addresses and devices, in steps between which the daemon does its other work."""

import asyncio
import logging
from typing import Protocol

from kernel.errors import KernelError
from kernel.table import FlowTable

logger = logging.getLogger(__name__)

SETTLE = 0.1  # seconds after the last route change before flows follow it


class Monitor(Protocol):
    """Says when routes have changed; see ``kernel.routes.RouteMonitor``."""

    def fileno(self) -> int: ...
    def drain(self) -> bool: ...
    def close(self) -> None: ...


async def follow_routes(table: FlowTable, monitor: Monitor, loop: asyncio.AbstractEventLoop) -> None:
    """Refreshes the table once after each burst of changes, until it is cancelled; closes the monitor then."""
    changed = asyncio.Event()

    def notice() -> None:
        if monitor.drain():
            changed.set()

    loop.add_reader(monitor.fileno(), notice)
    try:
        while True:
            await changed.wait()
            await asyncio.sleep(SETTLE)
            changed.clear()
            started = loop.time()
            await _refresh(table)
            await asyncio.sleep(loop.time() - started)  # routes that never rest take half of our time at most
    finally:
        loop.remove_reader(monitor.fileno())
        monitor.close()


async def _refresh(table: FlowTable) -> None:
    try:
        for _ in table.refresh_steps():
            await asyncio.sleep(0)
    except KernelError as error:
        logger.warning("Cannot follow a route change (%s): the flows concerned stay as they are", error)
