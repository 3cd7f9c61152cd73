"""Tones in G.711 mu-law: how a phone speaks one, and which of some it hears."""

import math
from collections.abc import Iterable, Sequence

RATE = 8000  # samples per second
_BIAS = 33  # of the 14-bit code, ITU-T G.711 table 2a
_SILENT = 1e-4  # of the power of a full-scale tone


def spoken(pitch: float, start: int, samples: int) -> bytes:
    """Samples of a tone of half the full scale, ``start`` samples after its beginning."""
    turn = 2 * math.pi * pitch / RATE
    return bytes(_encoded(math.sin(turn * at) / 2) for at in range(start, start + samples))


def heard(payload: bytes, pitches: Iterable[float]) -> float:
    """The one of ``pitches`` that holds most of the sound's power; 0 if none holds half of it."""
    sound = [_DECODED[code] for code in payload]
    power = sum(sample * sample for sample in sound) / max(len(sound), 1)
    if power < _SILENT:
        return 0.0
    shares = {pitch: _power(sound, pitch) / power for pitch in pitches}
    loudest = max(shares, key=lambda pitch: shares[pitch])
    return loudest if shares[loudest] > 0.5 else 0.0


def _power(sound: Sequence[float], pitch: float) -> float:
    turn = 2 * math.pi * pitch / RATE
    real = sum(sample * math.cos(turn * at) for at, sample in enumerate(sound))
    imaginary = sum(sample * math.sin(turn * at) for at, sample in enumerate(sound))
    return 2 * (real * real + imaginary * imaginary) / len(sound) ** 2


def _encoded(sample: float) -> int:
    magnitude = min(int(abs(sample) * 8159), 8158) + _BIAS
    segment = magnitude.bit_length() - 6
    code = segment << 4 | magnitude >> segment + 1 & 0x0F
    return (0xFF if sample >= 0 else 0x7F) ^ code


def _decoded(code: int) -> float:
    inverted = ~code & 0xFF
    segment, step = inverted >> 4 & 7, inverted & 0x0F
    magnitude = ((2 * step + 33) << segment) - _BIAS
    return (-magnitude if inverted & 0x80 else magnitude) / 8159


_DECODED = tuple(_decoded(code) for code in range(256))
