"""Plays digits as events (RFC 4733) in place of the packets of a running stream.

A packet that comes in is a packet that goes out: its sequence number, SSRC and header extensions stay, so nothing has
to be renumbered during or after a digit, and no clock is needed. A stream that pauses pauses the digit.
"""

from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from struct import Struct

from rtpng.media.relay import EventType, Play
from sipcore.errors import ParseError
from sipcore.rtp import payload_bounds, peek

_EVENT = Struct("!BBH")  # event, end bit and volume, duration
_END = 0x80
_MARKER = 0x80
_ENDS = 3  # packets that say that the event has ended (RFC 4733 2.5.1.4)
_LONGEST = 0xFFFF
_FRAME = 50  # packets per second, for the length of the first one
_WRAP = 1 << 32


class _State(Enum):
    IDLE = auto()
    SOUNDING = auto()
    ENDING = auto()
    RESTING = auto()


class Player:
    """The digits of one way out; ``done`` is told the number of each when its pause is over."""

    def __init__(self, done: Callable[[int], None]) -> None:
        self._done = done
        self._waiting: deque[Play] = deque()
        self._last = -1  # the number of the last digit that was taken on
        self._state = _State.IDLE
        self._start = 0  # timestamps
        self._end = 0
        self._duration = 0  # in units of the event's clock
        self._ends = 0

    def adopt(self, playing: tuple[Play, ...], kind: EventType) -> None:
        """Takes on the digits that it has not had yet."""
        self._kind = kind
        fresh = [play for play in playing if play.number > self._last]
        self._waiting.extend(fresh)
        self._last = max([self._last, *(play.number for play in fresh)])

    def step(self, data: bytes) -> bytes | None:
        """What is sent in place of a packet of RTP."""
        timestamp = peek(data).timestamp
        if self._state is _State.RESTING and self._passed(self._end, timestamp) >= self._waiting[0].pause:
            self._finish()
        if self._state is _State.IDLE and self._waiting:
            self._state, self._start = _State.SOUNDING, timestamp
        if self._state in (_State.IDLE, _State.RESTING):
            return data
        first = self._state is _State.SOUNDING and timestamp == self._start
        flags = self._advance(timestamp)
        return self._packet(data, flags, marker=first)

    def _advance(self, timestamp: int) -> int:
        """One packet further; the end bit and the volume of the packet that is sent for it."""
        play, rate = self._waiting[0], self._kind.rate
        if self._state is _State.SOUNDING:
            passed = self._passed(self._start, timestamp) + 1000 // _FRAME
            self._duration = min(min(passed, play.duration) * rate // 1000, _LONGEST)
            if passed < play.duration and self._duration < _LONGEST:
                return play.volume
            self._state, self._ends = _State.ENDING, 0
        self._ends += 1
        if self._ends == _ENDS:
            self._state, self._end = _State.RESTING, timestamp
        return _END | play.volume

    def _packet(self, data: bytes, flags: int, *, marker: bool) -> bytes | None:
        """The event in the header of the packet whose place it takes, without padding."""
        try:
            start, _ = payload_bounds(data)
        except ParseError:
            return None
        head = bytearray(data[:start])
        head[0] &= 0xDF
        head[1] = self._kind.payload_type | (_MARKER if marker else 0)
        head[4:8] = self._start.to_bytes(4, "big")
        return bytes(head) + _EVENT.pack(self._waiting[0].event, flags, self._duration)

    def _finish(self) -> None:
        self._state = _State.IDLE
        self._done(self._waiting.popleft().number)

    def _passed(self, since: int, timestamp: int) -> int:
        """Milliseconds of the stream's clock."""
        return (timestamp - since) % _WRAP * 1000 // self._kind.clock
