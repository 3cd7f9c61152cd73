"""Recognises events (RFC 4733: DTMF digits, flash) in the packets of one stream."""

from collections.abc import Collection
from struct import Struct
from typing import Final

from rtpng.media.relay import Digit
from sipcore.errors import ParseError
from sipcore.rtp import payload_bounds, peek

_EVENT = Struct("!BBH")  # event, end bit and volume, duration
_END, _VOLUME = 0x80, 0x3F
_LONGEST = 0xFFFF  # duration of a segment, after which an event goes on with another timestamp (RFC 4733 2.5.1.3)
_HALF = 1 << 31


class DigitReader:
    """``rates``: the payload types of events and their clock rates, in Hz."""

    def __init__(self, rates: Collection[tuple[int, int]]) -> None:
        self.rates = frozenset(rates)
        self._rates = dict(rates)
        self._current: tuple[int, int, int] | None = None  # SSRC, timestamp, event
        self._before = 0  # duration of the former segments
        self._duration = 0  # of this segment
        self._told = False

    def read(self, data: bytes) -> list[Digit]:
        """The digits that end with this packet, mostly none. A digit whose end packets are lost ends with the next.

        End packets come three times, packets may overtake each other; each digit is told once.
        """
        rate = self._rates.get(data[1] & 0x7F)
        payload = _payload(data) if rate is not None else b""
        if not rate or len(payload) < _EVENT.size:
            return []
        event, flags, duration = _EVENT.unpack_from(payload)
        _, _, _, timestamp, ssrc = peek(data)
        lost: list[Digit] = []
        if (ssrc, timestamp, event) != self._current:
            if self._is_late(ssrc, timestamp):
                return []
            if not self._goes_on(ssrc, timestamp, event):
                lost = self._digit(rate)
                self._before, self._told = 0, False
            else:
                self._before += self._duration
            self._current, self._duration = (ssrc, timestamp, event), 0
        self._duration = max(self._duration, duration)
        self._volume = flags & _VOLUME
        return lost + self._digit(rate) if flags & _END else lost

    def _is_late(self, ssrc: int, timestamp: int) -> bool:
        """Whether a packet belongs to an event before the current one."""
        if self._current is None or ssrc != self._current[0]:
            return False
        return (timestamp - self._current[1]) % (2 * _HALF) >= _HALF

    def _goes_on(self, ssrc: int, timestamp: int, event: int) -> bool:
        """Whether this is a further segment of a long event."""
        if self._current is None or self._told or self._duration != _LONGEST:
            return False
        return (ssrc, (timestamp - self._duration) % (2 * _HALF), event) == self._current

    def _digit(self, rate: int) -> list[Digit]:
        if self._current is None or self._told:
            return []
        self._told = True
        return [Digit(self._current[2], (self._before + self._duration) * 1000 // rate, self._volume)]


def _payload(data: bytes) -> bytes:
    try:
        start, end = payload_bounds(data)
    except ParseError:
        return b""
    return data[start:end]


NO_DIGITS: Final = DigitReader(())  # reads nothing and remembers nothing, so one is enough for all streams
