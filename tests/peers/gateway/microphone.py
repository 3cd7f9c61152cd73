"""A microphone for Chromium that hears a steady tone: a sound file in place of the device."""

import math
import struct
import wave
from pathlib import Path

from tests.peers.gateway.voice import BROWSER_PITCH

_RATE = 48000


def switches(folder: Path) -> tuple[str, ...]:
    """What the browser must be started with. The file is one second long and repeated without a seam."""
    file = folder / "microphone.wav"
    turn = 2 * math.pi * BROWSER_PITCH / _RATE
    with wave.open(str(file), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(_RATE)
        written.writeframes(b"".join(struct.pack("<h", int(16000 * math.sin(turn * at))) for at in range(_RATE)))
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={file}",
    )
