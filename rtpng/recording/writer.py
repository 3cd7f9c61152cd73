"""The thread that writes recordings: neither media nor signalling ever waits for a disk."""

import logging
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple

from rtpng.recording.tape import Tape
from sipcore.address import Address

ROOM = 32 << 20  # bytes of packets that may wait: 4 s of 1000 calls
_OVERHEAD = 200  # bytes that a waiting packet takes beside its own

_log = logging.getLogger(__name__)


class _Order(NamedTuple):
    """What is to be done with a tape; ``size``: bytes of room that it takes while it waits, if it is a packet."""

    tape: Tape
    act: Callable[..., None]
    values: tuple[Any, ...]
    size: int = 0


class Writer:
    """Carries out orders for tapes, one after the other. ``failed`` is told, in that thread, what the system refused.

    Packets find no place while the disk lags behind; they are counted by the caller. The thread begins with the
    first order.
    """

    def __init__(self, failed: Callable[[Tape, OSError], None], room: int = ROOM) -> None:
        self._failed = failed
        self._room = room
        self._orders: SimpleQueue[_Order | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._taken = self._written = 0  # bytes; each has one thread that changes it

    def order(self, tape: Tape, act: Callable[..., None], *values: Any) -> None:
        """Has a method of a tape called."""
        if self._thread is None:
            self._thread = Thread(target=self._work, name="recordings", daemon=True)
            self._thread.start()
        self._orders.put(_Order(tape, act, values))

    def packet(self, tape: Tape, when: float, source: Address, local: Address, data: bytes) -> bool:
        """Whether there was room for the packet."""
        size = len(data) + _OVERHEAD
        if self._taken - self._written + size > self._room:
            return False
        self._taken += size
        self._orders.put(_Order(tape, tape.packet, (when, source, local, data), size))
        return True

    def close(self) -> None:
        """Waits until everything is written."""
        if self._thread is not None:
            self._orders.put(None)
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            if not order.tape.broken:
                self._carry_out(order)
            self._written += order.size

    def _carry_out(self, order: _Order) -> None:
        tape = order.tape
        try:
            order.act(*order.values)
        except OSError as error:
            tape.break_off()
            self._failed(tape, error)
        except Exception as error:  # noqa: BLE001 - the barrier of the thread: our bug in one must not end the others
            _log.exception("Internal error in a recording")
            tape.break_off()
            self._failed(tape, OSError(0, f"internal error ({type(error).__name__})"))
