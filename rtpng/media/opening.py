"""Reads the SRTP of one socket: with the keys in force, and for a moment after a change with those before."""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from rtpng.media.relay import SocketStats
from rtpng.media.srtp_errors import ReplayedError, SrtpError
from rtpng.media.treatment import Send
from sipcore.address import Address
from sipcore.demux import Kind

OVERLAP: Final = 1.0  # seconds after a change in which the former keys still read what was under way

Transform: TypeAlias = Callable[[bytes], bytes]


class Lock(NamedTuple):
    """What reads RTP, and what reads RTCP, with one set of keys. Equal keys give equal locks."""

    rtp: Transform
    rtcp: Transform


class Opening:
    """Opens packets with ``lock``, or else, before ``until``, as ``former`` does; counts what neither can open."""

    __slots__ = ("_former", "_stats", "_until", "lock")

    def __init__(
        self, lock: Lock, stats: SocketStats, former: "Opening | None" = None, until: float = float("-inf")
    ) -> None:
        self.lock = lock
        self._stats = stats
        self._former = former
        self._until = until

    def followed_by(self, lock: Lock, now: float) -> "Opening":
        """The opening after a change of keys; itself if nothing has changed."""
        if lock == self.lock:
            return self
        return Opening(lock, self._stats, Opening(self.lock, self._stats), now + OVERLAP)

    def is_settled(self, now: float) -> bool:
        """Whether only the keys in force count."""
        return self._former is None or now >= self._until

    def open(self, kind: Kind, data: bytes, now: float) -> bytes | None:
        """The RTP or RTCP in a packet; None, counted, if it is not authentic."""
        lock = self.lock
        try:
            return lock.rtp(data) if kind is Kind.RTP else lock.rtcp(data)
        except ReplayedError:
            self._stats.replayed += 1
            return None
        except SrtpError:
            if self._former is None or now >= self._until:
                self._stats.auth_failures += 1
                return None
        return self._former.open(kind, data, now)


def protecting(protect: Transform, send: Send) -> Send:
    """``send`` of a way that is encrypted; it raises SrtpError for a packet that cannot be."""

    def sealed(data: bytes, target: Address) -> int | None:
        return send(protect(data), target)

    return sealed
