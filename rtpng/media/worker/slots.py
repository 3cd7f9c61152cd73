"""Counters of streams in memory that the daemon and its workers share: read at any time, without asking."""

import mmap
import os
from enum import IntEnum
from struct import Struct
from typing import Final

COUNT: Final = 65536  # streams; pages that no stream has used take no memory


class Field(IntEnum):
    """The 64-bit words of one slot. The worker that carries the stream writes them, nobody else."""

    PACKETS = 0  # relayed
    BYTES = 1  # of these, as received
    LAST = 2  # microseconds, monotonic: the last relayed packet
    HEADER = 3  # of that packet, 12 bytes of RTP; takes two words
    ERRORS = 5  # of those relayed, could not be sent
    ERROR_BYTES = 6  # of those, as they would have been sent
    AUTH_FAILURES = 7
    REPLAYED = 8
    ERRORS_IN = 9  # reported by the socket in place of a packet (ICMP)
    OPENED_ROC = 10  # rollover counters of the last SSRC, as of SEQUENCE
    PROTECTED_ROC = 11
    SEQUENCE = 12


# What a relayed packet changes, PACKETS to HEADER: written in one call, which takes half the time of four. In native
# format, which writes a word at a time: with "=" it would be bytes, of which a reader could find some old, some new
RELAYED: Final = Struct("QQQ12s")

WORDS: Final = 16  # two cache lines, of which a packet needs the first
_SIZE: Final = WORDS * 8
_HEADER: Final = slice(Field.HEADER * 8, Field.HEADER * 8 + 12)
_EMPTY: Final = bytes(_SIZE)


class Slot:
    """One stream's part of the memory. ``start``: where that is."""

    __slots__ = ("header", "start", "words")

    def __init__(self, memory: memoryview, number: int) -> None:
        self.start = number * _SIZE
        own = memory[self.start : self.start + _SIZE]
        self.words = own.cast("Q")
        self.header = own[_HEADER]

    def clear(self) -> None:
        self.words.cast("B")[:] = _EMPTY

    def release(self) -> None:
        """Lets go of the memory."""
        self.header.release()
        self.words.release()


class Slots:
    """The shared memory, behind a descriptor that workers inherit."""

    def __init__(self, descriptor: int) -> None:
        self.memory = mmap.mmap(descriptor, COUNT * _SIZE)
        self._view = memoryview(self.memory)

    def slot(self, number: int) -> Slot:
        return Slot(self._view, number)

    def close(self) -> None:
        """Every slot must have been released."""
        self._view.release()
        self.memory.close()


def shared_memory() -> int:
    """A descriptor of memory for slots, all of them zero."""
    descriptor = os.memfd_create("rtpng-counters", os.MFD_CLOEXEC)
    os.ftruncate(descriptor, COUNT * _SIZE)
    return descriptor
