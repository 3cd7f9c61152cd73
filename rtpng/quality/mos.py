"""The mean opinion score of a report.

The R factor of ITU-T G.107 in the simplified form that is known for G.711 (Assem, Malone, Dunne, O'Sullivan:
"Monitoring VoIP call quality using improved simplified E-model", 2013), and its translation into a score (G.107 Annex
B). rtpengine 26 computes the same for every codec.
"""

from typing import Final

BEST: Final = 4.5
WORST: Final = 1.0

_SQUARE, _LINEAR, _CONSTANT = 0.18, -27.9, 1126.62  # of 93.2 minus the percentage of lost packets
_R0: Final = 93.2
_TURN: Final = _R0 + _LINEAR / (2 * _SQUARE)  # percent: the parabola rises again from here on
_LOWEST: Final = _CONSTANT - _LINEAR**2 / (4 * _SQUARE)
_NOTICED: Final = 177.3  # ms one way, above which people begin to interrupt each other


def opinion(loss: float, jitter: float, round_trip: float) -> float:
    """The score from 1.0 to 4.5. Loss in percent, jitter in ms, ``round_trip`` in ms, 0 for what is not to count."""
    delay = round_trip / 2 + jitter
    factor = _of_loss(loss) - 0.024 * delay - 0.11 * max(0.0, delay - _NOTICED)
    return _score(min(100.0, max(0.0, factor)))


def _of_loss(loss: float) -> float:
    """Beyond its turning point at 15.7 % the parabola goes on falling, by its mirror image.

    rtpengine 26 follows it up again: half of the packets lost come out as 4.5 there.
    """
    away = loss - _TURN
    fall = _SQUARE * away * away
    return _LOWEST + fall if away < 0 else _LOWEST - fall


def _score(factor: float) -> float:
    score = 1 + 0.035 * factor + 7e-6 * factor * (factor - 60) * (100 - factor)
    return min(BEST, max(WORST, score))
