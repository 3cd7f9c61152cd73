"""Trickle ICE (RFC 8840): candidates that come in fragments, after the SDP of their party or even before it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from rtpng.calls import ice
from rtpng.calls.model import Call, MediaStream, Party
from sipcore.sdp.ice import IceFragment

EARLY = 3.0  # seconds for which a fragment waits for the SDP of its party; rtpengine's observed behaviour
MOST = 500  # fragments that wait at once, of all calls

Fragments = tuple[IceFragment, ...]


def apply(party: Party, fragments: Fragments) -> bool:
    """Takes candidates over into the party's streams; whether any of them belongs to what the party has said."""
    taken = [_apply(_stream(party, place, fragment), fragment) for place, fragment in enumerate(fragments)]
    return any(taken)


def _apply(stream: MediaStream | None, fragment: IceFragment) -> bool:
    return stream is not None and stream.ice is not None and ice.trickled(stream.ice, fragment.ice)


def _stream(party: Party, place: int, fragment: IceFragment) -> MediaStream | None:
    """That of the ``mid``, else the one at the same place."""
    named = [stream for stream in party.streams if fragment.mid is not None and stream.mid == fragment.mid]
    return next(iter(named or party.streams[place : place + 1]), None)


class _Waiting(NamedTuple):
    until: float
    call_id: str
    tag: str
    fragments: Fragments


@dataclass(slots=True)
class EarlyFragments:
    """Fragments whose party is not known yet. Times are monotonic."""

    _waiting: deque[_Waiting] = field(default_factory=lambda: deque(maxlen=MOST))

    def keep(self, call_id: str, tag: str, fragments: Fragments, now: float) -> None:
        """When there are too many, the oldest goes."""
        self._waiting.append(_Waiting(now + EARLY, call_id, tag, fragments))

    def take(self, call: Call, find: Callable[[str], Call | None], now: float) -> None:
        """Gives the parties of a call what has waited for them, under any Call-ID by which ``find`` knows it."""
        self.forget_old(now)
        if self._waiting:
            kept = [each for each in self._waiting if find(each.call_id) is not call or not _given(call, each)]
            self._waiting.clear()
            self._waiting.extend(kept)

    def forget_old(self, now: float) -> None:
        """Lets go of what has waited too long; the oldest stands first."""
        while self._waiting and self._waiting[0].until <= now:
            self._waiting.popleft()

    def __len__(self) -> int:
        return len(self._waiting)


def _given(call: Call, waiting: _Waiting) -> bool:
    party = call.by_tag(waiting.tag)
    return party is not None and apply(party, waiting.fragments)
