"""How a history is told: in replies to query and delete, and in the log; both as rtpengine 26 does."""

from collections.abc import Callable, Iterator
from typing import Any

from rtpng.quality.history import Average, History, Sample

Reply = dict[str, Any]
WallOf = Callable[[float], float]


def entry(history: History, wall_of: WallOf) -> Reply:
    """The part of an SSRC's dictionary that RTCP fills. Scores are told ten times as high, round trips in us."""
    reply: Reply = {"cumulative loss": max(0, history.lost)}
    average, lowest, highest = history.average, history.lowest, history.highest
    if average is None or lowest is None or highest is None:
        return reply
    exact = {"packet loss percent": f"{average.loss:.2f}"}
    return reply | {
        "average MOS": _values(average) | {"samples": average.samples} | exact,
        "lowest MOS": _sample(lowest, wall_of),
        "highest MOS": _sample(highest, wall_of),
        "MOS progression": {
            "interval": int(history.interval),
            "entries": [_sample(sample, wall_of) for sample in history.course()],
        },
    }


def _sample(sample: Sample, wall_of: WallOf) -> Reply:
    return _values(sample) | {"reported at": int(wall_of(sample.when))}


def _values(values: Sample | Average) -> Reply:
    return {
        "MOS": int((values.mos or 0.0) * 10),
        "round-trip time": int((values.round_trip or 0.0) * 1000),
        "round-trip time leg": int((values.leg or 0.0) * 1000),
        "jitter": int(values.jitter),
        "packet loss": int(values.loss),
    }


def lines(ssrc: int, history: History, born: float) -> Iterator[str]:
    """What the log keeps; times are counted from ``born`` (monotonic)."""
    average, lowest, highest = history.average, history.lowest, history.highest
    if average is None or lowest is None or highest is None:
        return
    yield f"--- SSRC {ssrc:x}"
    low, high = _moment(lowest.when - born), _moment(highest.when - born)
    yield (
        f"------ Average MOS {_score(average)}, lowest MOS {_score(lowest)} (at {low}), "
        f"highest MOS {_score(highest)} (at {high}) lost:{max(0, history.lost)}"
    )
    told = (average, lowest, highest)
    yield (
        f"------ respective (avg/min/max) jitter {'/'.join(str(int(each.jitter)) for each in told)} ms, "
        f"RTT-e2e {'/'.join(f'{each.round_trip or 0:.1f}' for each in told)} ms, "
        f"RTT-dsct {'/'.join(f'{each.leg or 0:.1f}' for each in told)} ms, "
        f"packet loss {'/'.join(str(int(each.loss)) for each in told)}%"
    )


def _score(values: Sample | Average) -> str:
    return f"{int((values.mos or 0.0) * 10) / 10:.1f}"


def _moment(seconds: float) -> str:
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes}:{rest:02}"
