"""Which of several streams on one port a packet belongs to (RFC 9143 9.2): by mid, by SSRC, by payload type.

Differences from the RFC, as a relay knows less than an endpoint and should lose nothing: RTP that nothing is known of
goes the way of the first stream, RTCP of an unknown sender every way; a payload type that another stream has to itself
counts more than the SSRC.
"""

from collections.abc import Iterable
from typing import Final, Generic, TypeVar

from rtpng.media.relay import Lane
from sipcore.extensions import value_of
from sipcore.rtcp import sender_ssrc

MAX_SOURCES: Final = 256  # SSRCs of one port; then the one that was heard first is forgotten

W = TypeVar("W")


class Sources:
    """Which stream, by its place among the m= sections, was seen to use which SSRC."""

    __slots__ = ("_places",)

    def __init__(self) -> None:
        self._places: dict[int, int] = {}

    def place(self, ssrc: int) -> int | None:
        return self._places.get(ssrc)

    def learn(self, ssrc: int, place: int) -> None:
        if ssrc not in self._places and len(self._places) >= MAX_SOURCES:
            del self._places[next(iter(self._places))]
        self._places[ssrc] = place

    def __len__(self) -> int:
        return len(self._places)


class Lanes(Generic[W]):
    """The streams of one port, each with its ways out for RTP and RTCP; whatever a way is.

    ``mid_extension``: the id of the header extension that holds the mid; None if the sender has none. ``unclaimed``:
    the ways of RTCP whose sender is unknown.
    """

    __slots__ = ("_by_mid", "_by_type", "_first", "_mid_extension", "_rtcp", "_rtp", "_sources", "_types", "_unclaimed")

    def __init__(
        self,
        lanes: Iterable[tuple[Lane, tuple[W, ...], tuple[W, ...]]],
        mid_extension: int | None,
        sources: Sources,
        unclaimed: tuple[W, ...] = (),
    ) -> None:
        self._mid_extension = mid_extension
        self._sources = sources
        self._by_mid: dict[bytes, int] = {}
        self._by_type: dict[int, int] = {}
        self._types: dict[int, frozenset[int]] = {}
        self._rtp: dict[int, tuple[W, ...]] = {}
        self._rtcp: dict[int, tuple[W, ...]] = {}
        for lane, rtp, rtcp in lanes:
            place = lane.place
            self._rtp[place], self._rtcp[place], self._types[place] = rtp, rtcp, lane.payload_types
            for mid in lane.mids:
                self._by_mid.setdefault(mid, place)
            for payload_type in lane.payload_types:
                self._by_type.setdefault(payload_type, place)
        self._first = next(iter(self._rtp))
        self._unclaimed = unclaimed

    def rtp(self, data: bytes) -> tuple[W, ...]:
        """The ways out of a packet that was classified as RTP; none if it names a stream that there is not."""
        ssrc = int.from_bytes(data[8:12])
        if self._mid_extension is not None and data[0] & 0x10:
            mid = value_of(data, self._mid_extension)
            if mid is not None:
                return self._of_mid(mid, ssrc)
        return self._rtp[self._place(ssrc, data[1] & 0x7F)]

    def rtcp(self, data: bytes) -> tuple[W, ...]:
        """The ways out of a packet that was classified as RTCP."""
        place = self._sources.place(sender_ssrc(data))
        return self._unclaimed if place is None else self._rtcp.get(place, self._unclaimed)

    def _of_mid(self, mid: bytes, ssrc: int) -> tuple[W, ...]:
        place = self._by_mid.get(mid)
        if place is None:
            return ()
        self._sources.learn(ssrc, place)
        return self._rtp[place]

    def _place(self, ssrc: int, payload_type: int) -> int:
        known, claimed = self._sources.place(ssrc), self._by_type.get(payload_type)
        if known in self._rtp and (claimed is None or payload_type in self._types[known]):
            return known
        if claimed is None:
            return self._first
        self._sources.learn(ssrc, claimed)
        return claimed
