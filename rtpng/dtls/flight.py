"""The flight that was sent last, and when to send it again (RFC 6347 4.2.4).

OpenSSL repeats after a second at the earliest, and cannot be told otherwise. Here the same datagrams go out again much
sooner: where the first ones did arrive, replay protection drops these. OpenSSL's own repeats go on beside, because a
peer that has finished answers only to records that it has not seen.
"""

from dataclasses import dataclass, field

# seconds from one to the next: 100, 300, 700 and 1500 ms after the flight, and so on; the last one again and again
_DELAYS = (0.1, 0.2, 0.4, 0.8, 1.6)
_AT_MOST_EVERY = 0.05  # when the peer asks for it by repeating its own


@dataclass(slots=True)
class Flight:
    """``due`` is None while nobody waits for an answer."""

    datagrams: list[bytes] = field(default_factory=list, repr=False)
    sent: float = 0.0
    due: float | None = None
    repeats: int = 0

    def send(self, datagrams: list[bytes], now: float) -> list[bytes]:
        """The next flight leaves, and is repeated until it is answered."""
        self.datagrams, self.sent, self.repeats = datagrams, now, 0
        self.due = now + _DELAYS[0]
        return datagrams

    def renew(self, datagrams: list[bytes], now: float) -> list[bytes]:
        """OpenSSL repeats the flight in other records: the schedule stays."""
        self.datagrams, self.sent = datagrams, now
        return datagrams

    def settle(self) -> None:
        """The last flight of a server: repeated only when the client asks."""
        self.due = None

    def forget(self) -> None:
        """Answered: never repeated."""
        self.datagrams, self.due = [], None

    def on_time(self, now: float) -> list[bytes]:
        """What is to be sent again now."""
        if self.due is None or now < self.due:
            return []
        self.repeats += 1
        self.sent = now
        self.due = now + _DELAYS[min(self.repeats, len(_DELAYS) - 1)]
        return self.datagrams

    def asked_for(self, now: float) -> list[bytes]:
        """The peer has repeated what this flight answers."""
        if now - self.sent < _AT_MOST_EVERY:
            return []
        self.sent = now
        return self.datagrams
