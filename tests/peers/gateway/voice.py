"""The media side of the phone: speaks a tone all the time, and knows what it has heard lately."""

import struct
import threading
import time
from collections import deque
from itertools import count
from socket import socket

from sipcore.address import Address
from tests.peers.gateway import tone

PITCH = 425.0  # Hz, what the phone says
BROWSER_PITCH = 1000.0  # what page/softphone.js says
PACKET = 160  # samples: 20 ms
LATELY = 20  # packets
_HEADER = struct.Struct("!BBHII")


class Voice(threading.Thread):
    """``target`` is where its packets go; None keeps it silent."""

    def __init__(self, media: socket) -> None:
        super().__init__(daemon=True)
        self.target: Address | None = None
        self.received = 0
        self._media = media
        self._lately: deque[bytes] = deque(maxlen=LATELY)
        self._ended = threading.Event()
        media.setblocking(False)

    def run(self) -> None:
        started = time.perf_counter()
        for number in count():
            self._speak(number)
            self._listen()
            if self._ended.wait(max(0.0, started + (number + 1) * 0.02 - time.perf_counter())):
                return

    def pitch(self) -> float:
        """What was heard in the last 0.4 s; 0 for nothing, or something else than the browser's and its own tone."""
        return tone.heard(b"".join(self._lately), (PITCH, BROWSER_PITCH))

    def forget(self) -> None:
        """Only what comes from now on counts."""
        self._lately.clear()

    def end(self) -> None:
        self._ended.set()
        self.join()

    def _speak(self, number: int) -> None:
        if (target := self.target) is not None:  # another thread may take it away
            header = _HEADER.pack(0x80, 0, number & 0xFFFF, number * PACKET, 0xB0B)
            self._media.sendto(header + tone.spoken(PITCH, number * PACKET, PACKET), target)

    def _listen(self) -> None:
        while True:
            try:
                packet = self._media.recv(2000)
            except BlockingIOError:
                return
            if packet[1] & 0x7F == 0:
                self.received += 1
                self._lately.append(packet[_HEADER.size :])
