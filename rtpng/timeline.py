"""What has happened to each call, kept for a while after its end: for those who ask why."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from itertools import chain
from typing import NamedTuple

from rtpng.log import NOTICE, call_logger

FIRST, LAST = 50, 100  # events of a call that are kept: how it began, and what came last
RECENT = 500  # calls that have ended
AGE = 3600.0  # seconds that they are kept


class Kind(Enum):
    """What an event is about."""

    CALL = "call"
    NG = "ng"
    PEER = "peer"  # who is believed to be a party
    ICE = "ice"
    DTLS = "dtls"
    KERNEL = "kernel"
    RECORDING = "recording"
    CAUTION = "caution"  # what an operator should know


class Event(NamedTuple):
    """One thing that has happened: ``when`` is wall time. The text is put together only when somebody reads it."""

    when: float
    kind: Kind
    text: str
    values: tuple[object, ...] = ()

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text


@dataclass(slots=True)
class Timeline:
    """The events of one call. ``omitted``: how many of them, in the middle, were too many to keep."""

    call_id: str
    first: list[Event] = field(default_factory=list)
    last: deque[Event] | tuple[()] = ()  # most calls need no room for it
    omitted: int = 0
    ended: float | None = None  # monotonic

    @property
    def events(self) -> list[Event]:
        """In their order."""
        return [*self.first, *self.last]

    def add(self, event: Event) -> None:
        if len(self.first) < FIRST:
            self.first.append(event)
            return
        last = self.last = self.last or deque(maxlen=LAST)
        self.omitted += len(last) == LAST
        last.append(event)


@dataclass(slots=True)
class Timelines:
    """Those of all calls that there are, and of the last ones that have ended. ``now`` is monotonic."""

    now: Callable[[], float]
    wall: Callable[[], float]
    _living: dict[str, Timeline] = field(default_factory=dict)
    _ended: dict[str, Timeline] = field(default_factory=dict)  # the oldest first
    _asked: tuple[str, Event] | None = None  # what may bring a call into being

    def of(self, call_id: str) -> Timeline | None:
        """The timeline of a call; None for one that is not, or no longer, known."""
        self.forget_old()
        return self._living.get(call_id) or self._ended.get(call_id)

    def open(self, call_id: str) -> None:
        """There is a call with this Call-ID; what was kept of an earlier one goes on with it."""
        timeline = self._living[call_id] = _revived(self._ended.pop(call_id, None), call_id)
        if self._asked is not None and self._asked[0] == call_id:
            timeline.add(self._asked[1])
        self._asked = None
        self.say(call_id, Kind.CALL, NOTICE, "Creating new call")

    def asked(self, call_id: str, text: str) -> None:
        """Somebody has asked for something; it is kept if there is such a call, or if it brings one into being."""
        event = Event(self.wall(), Kind.NG, text)
        timeline = self._living.get(call_id)
        self._asked = (call_id, event) if timeline is None else None
        if timeline is not None:
            timeline.add(event)

    def note(self, call_id: str, kind: Kind, text: str, *values: object) -> None:
        """Something has happened; of no interest where there is no such call."""
        timeline = self._living.get(call_id)
        if timeline is not None:
            timeline.add(Event(self.wall(), kind, text, values))

    def say(self, call_id: str, kind: Kind, level: int, text: str, *values: object) -> None:
        """The same, and a line in the log."""
        self.note(call_id, kind, text, *values)
        call_logger(call_id).log(level, text, *values)

    def tell(self, call_id: str, text: str, *values: object) -> None:
        """The same, of the call itself."""
        self.say(call_id, Kind.CALL, logging.INFO, text, *values)

    def end(self, call_id: str, reason: str) -> None:
        """The call is over; its timeline is kept for a while."""
        self.note(call_id, Kind.CALL, "The call has ended (%s)", reason)
        timeline = self._living.pop(call_id, None)
        if timeline is not None:
            timeline.ended = self.now()
            self._ended[call_id] = timeline
            self.forget_old()

    def merge(self, call_id: str, other: str) -> None:
        """The events of one call are part of another's."""
        merged, timeline = self._living.pop(other, None), self._living.get(call_id)
        if merged is None or timeline is None:
            return
        events = sorted(chain(timeline.events, merged.events), key=lambda event: event.when)
        omitted = timeline.omitted + merged.omitted
        self._living[call_id] = timeline = Timeline(call_id, omitted=omitted)
        for event in events:
            timeline.add(event)

    def forget_old(self) -> None:
        """Calls that have ended long ago, or before too many others; call it once in a while."""
        oldest = self.now() - AGE
        while self._ended:
            call_id, timeline = next(iter(self._ended.items()))
            if len(self._ended) <= RECENT and (timeline.ended or 0.0) >= oldest:
                return
            del self._ended[call_id]

    def __len__(self) -> int:
        return len(self._living) + len(self._ended)


def _revived(kept: Timeline | None, call_id: str) -> Timeline:
    if kept is None:
        return Timeline(call_id)
    kept.ended = None
    return kept
