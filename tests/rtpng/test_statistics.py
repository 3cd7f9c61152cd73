"""Totals over the daemon's life."""

import pytest

from kernel.flow import Counter
from rtpng.calls.expiry import Reason
from rtpng.media.relay import SocketStats
from rtpng.statistics import Relayed, Statistics
from rtpng.traffic import StreamStats


def stream(user: int = 0, kernel: int = 0, errors: int = 0) -> StreamStats:
    spent = SocketStats(packets=user, bytes=100 * user, errors=errors)
    return StreamStats(spent, Counter(kernel, 100 * kernel), Counter(), 0, None)


def test_calls_are_counted_by_the_reason_of_their_end() -> None:
    totals = Statistics(started=0.0)
    for reason in (Reason.DELETED, Reason.DELETED, Reason.MEDIA_TIMEOUT):
        totals.end(reason, 1.0, [])
    assert (totals.ended[Reason.DELETED], totals.ended[Reason.MEDIA_TIMEOUT], totals.finished) == (2, 1, 3)
    assert totals.ended[Reason.FINAL_TIMEOUT] == 0


def test_durations_add_up_with_their_squares() -> None:
    totals = Statistics(started=0.0)
    for duration in (3.0, 4.0):
        totals.end(Reason.DELETED, duration, [])
    assert (totals.duration, totals.duration_squared) == (7.0, 25.0)


def test_kernel_and_userspace_are_told_apart() -> None:
    totals = Statistics(started=0.0)
    totals.end(Reason.DELETED, 1.0, [stream(user=5, kernel=100, errors=2), stream(user=1, kernel=50)])
    assert totals.user == Relayed(packets=6, bytes=600, errors=2)
    assert totals.kernel == Relayed(packets=150, bytes=15000)


@pytest.mark.parametrize(
    ("streams", "silent", "one_way"),
    [
        ([stream(kernel=5), stream(user=5)], 0, 0),
        ([stream(kernel=5), stream()], 1, 1),
        ([stream(), stream()], 2, 0),
        ([], 0, 0),
    ],
)
def test_silent_streams_and_calls_that_only_one_side_was_heard_in(
    streams: list[StreamStats], silent: int, one_way: int
) -> None:
    totals = Statistics(started=0.0)
    totals.end(Reason.DELETED, 1.0, streams)
    assert (totals.silent_streams, totals.one_way) == (silent, one_way)
