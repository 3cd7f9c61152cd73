"""A network that loses, doubles and reorders, by a seed, on a clock that jumps from one event to the next."""

import heapq
import itertools
from dataclasses import dataclass, field
from random import Random

from rtpng.dtls.events import State
from rtpng.dtls.session import DtlsSession
from tests.rtpng.dtls.pair import Pair

FOREVER = 200.0  # seconds; six attempts of 30


@dataclass(frozen=True, slots=True)
class Weather:
    """``loss`` and ``copies`` are shares of the datagrams; ``delay`` and ``jitter`` are seconds."""

    loss: float
    copies: float = 0.1
    delay: float = 0.02
    jitter: float = 0.06  # more than the delay: reorders


@dataclass
class LossyNetwork:
    """Carries what the two sessions of a pair say to each other."""

    pair: Pair
    weather: Weather
    seed: int
    sent: int = 0
    _flying: list[tuple[float, int, DtlsSession, bytes]] = field(default_factory=list)
    _serial: "itertools.count[int]" = field(default_factory=itertools.count)

    def run(self) -> float:
        """Until both sides are connected; the seconds that it took."""
        self._random = Random(self.seed)
        start = self.pair.now
        self._collect()
        while not self._connected():
            self.pair.now = self._next()
            assert self.pair.now - start < FOREVER, f"seed {self.seed}: {self.pair.client.state}"
            self._arrive()
            for session in (self.pair.client, self.pair.server):
                due = session.timer()
                if due is not None and due <= self.pair.now:
                    session.on_time(self.pair.now)
            self._collect()
        return self.pair.now - start

    def _connected(self) -> bool:
        return self.pair.client.state is self.pair.server.state is State.CONNECTED

    def _next(self) -> float:
        timers = [time for session in (self.pair.client, self.pair.server) if (time := session.timer()) is not None]
        return min([*timers, *(flight[0] for flight in self._flying[:1])])

    def _arrive(self) -> None:
        while self._flying and self._flying[0][0] <= self.pair.now:
            _, _, receiver, datagram = heapq.heappop(self._flying)
            receiver.receive(datagram, self.pair.now)

    def _collect(self) -> None:
        for sender, receiver in ((self.pair.client, self.pair.server), (self.pair.server, self.pair.client)):
            for datagram in sender.outgoing():
                self.sent += 1
                self._launch(receiver, datagram)
        self.pair.note_events()

    def _launch(self, receiver: DtlsSession, datagram: bytes) -> None:
        copies = 2 if self._random.random() < self.weather.copies else 1
        for _ in range(copies):
            if self._random.random() >= self.weather.loss:
                arrival = self.pair.now + self.weather.delay + self._random.uniform(0, self.weather.jitter)
                heapq.heappush(self._flying, (arrival, next(self._serial), receiver, datagram))
