"""When a call is over: timeouts and delayed deletions, as a pure decision on the model."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from rtpng.calls.model import Call, MediaStream
from sipcore.sdp.direction import Direction


class Reason(Enum):
    """Why a call ends; the values are rtpengine's names in statistics and metrics."""

    DELETED = "terminated"
    FORCED = "force_terminated"
    MEDIA_TIMEOUT = "timeout"
    SILENT_TIMEOUT = "silent_timeout"
    OFFER_TIMEOUT = "offer_timeout"
    FINAL_TIMEOUT = "final_timeout"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds; 0 switches a timeout off."""

    media: float = 60.0
    silent: float = 3600.0
    offer: float = 3600.0
    final: float = 0.0


class Deadline(NamedTuple):
    """When (monotonic) a call ends if nothing else happens, and why."""

    when: float
    reason: Reason


def deadline(call: Call, timeouts: Timeouts, last_packet: float | None) -> Deadline | None:
    """The earliest end of a call; ``last_packet`` is when any of its streams was last heard (monotonic)."""
    return min(_deadlines(call, timeouts, last_packet), key=lambda d: d.when, default=None)


def next_look(call: Call, timeouts: Timeouts, last_packet: float | None) -> float | None:
    """When (monotonic) something of a call is due at the earliest: its end, or that of a branch."""
    due = deadline(call, timeouts, last_packet)
    branches = [party.delete_at for party in call.parties if party.delete_at is not None]
    return min([*branches, due.when] if due is not None else branches, default=None)


def _deadlines(call: Call, timeouts: Timeouts, last_packet: float | None) -> Iterator[Deadline]:
    if call.delete_at is not None:
        yield Deadline(call.delete_at, Reason.DELETED)
    if timeouts.final:
        yield Deadline(call.born + timeouts.final, Reason.FINAL_TIMEOUT)
    seconds, reason = _idle_limit(call, timeouts)
    if seconds:
        yield Deadline(max(call.signalled, last_packet or 0.0) + seconds, reason)


def _idle_limit(call: Call, timeouts: Timeouts) -> tuple[float, Reason]:
    if not call.answered:
        return timeouts.offer, Reason.OFFER_TIMEOUT
    if is_silent(call):
        return timeouts.silent, Reason.SILENT_TIMEOUT
    return timeouts.media, Reason.MEDIA_TIMEOUT


def is_silent(call: Call) -> bool:
    """Whether no party of an answered call is expected to talk: hold, muted, or all media rejected."""
    connected = (d for d in call.dialogues if d.connected and d.answered)
    if any(_talks(stream) for d in connected for p in (d.offerer, d.answerer) for stream in p.streams):
        return False
    alone = (d.with_us for d in call.own if d.answered)
    return not any(_publishes(stream) for party in alone for stream in party.streams)


def _talks(stream: MediaStream) -> bool:
    return stream.direction is Direction.SENDRECV and not (stream.rejected or stream.on_hold)


def _publishes(stream: MediaStream) -> bool:
    return stream.direction.sends and not (stream.rejected or stream.on_hold)
