"""Counters of streams in memory that the daemon and its workers share: read at any time, without asking."""

import mmap
import os
from enum import IntEnum
from typing import Final

COUNT: Final = 65536  # streams; pages that no stream has used take no memory


class Field(IntEnum):
    """The 64-bit words of one slot. The worker that carries the stream writes them, nobody else."""

    PACKETS = 0  # relayed
    BYTES = 1  # of these, as received
    LAST = 2  # microseconds, monotonic: the last relayed packet
    ERRORS = 3  # of these, could not be sent
    ERROR_BYTES = 4  # of those, as they would have been sent
    AUTH_FAILURES = 5
    REPLAYED = 6
    ERRORS_IN = 7  # reported by the socket in place of a packet (ICMP)
    OPENED_ROC = 8  # rollover counters of the last SSRC, as of SEQUENCE
    PROTECTED_ROC = 9
    SEQUENCE = 10
    HEADER = 11  # the last RTP header, 12 bytes; takes two words


WORDS: Final = 13
_SIZE: Final = WORDS * 8
_HEADER: Final = slice(Field.HEADER * 8, Field.HEADER * 8 + 12)
_EMPTY: Final = bytes(_SIZE)


class Slot:
    """One stream's part of the memory."""

    __slots__ = ("header", "words")

    def __init__(self, memory: memoryview) -> None:
        self.words = memory.cast("Q")
        self.header = memory[_HEADER]

    def clear(self) -> None:
        self.words.cast("B")[:] = _EMPTY

    def release(self) -> None:
        """Lets go of the memory."""
        self.header.release()
        self.words.release()


class Slots:
    """The shared memory, behind a descriptor that workers inherit."""

    def __init__(self, descriptor: int) -> None:
        self._map = mmap.mmap(descriptor, COUNT * _SIZE)
        self._view = memoryview(self._map)

    def slot(self, number: int) -> Slot:
        return Slot(self._view[number * _SIZE : (number + 1) * _SIZE])

    def close(self) -> None:
        """Every slot must have been released."""
        self._view.release()
        self._map.close()


def shared_memory() -> int:
    """A descriptor of memory for slots, all of them zero."""
    descriptor = os.memfd_create("rtpng-counters", os.MFD_CLOEXEC)
    os.ftruncate(descriptor, COUNT * _SIZE)
    return descriptor
