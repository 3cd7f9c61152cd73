"""What the pictures show, as data. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bench.summary import Medians
from bench.targets import AFTERWARDS, MOST

Bars = Mapping[str, Sequence[float | None]]  # by side, one value per group


@dataclass(frozen=True, slots=True)
class Chart:
    """Groups of bars, one bar per side; ``upper`` stands on top of ``bars`` where there is such a part."""

    name: str  # of the file
    title: str
    unit: str
    groups: tuple[str, ...]
    bars: Bars
    upper: Bars = field(default_factory=dict)
    logarithmic: bool = False


def charts(works: Medians) -> list[Chart]:
    """The charts for which there are figures."""
    return [chart for chart in _all(works) if any(value is not None for row in chart.bars.values() for value in row)]


@dataclass(frozen=True, slots=True)
class _Group:
    """One figure of one task, and what stands below its bars."""

    task: str
    label: str
    name: str


def _all(works: Medians) -> Iterator[Chart]:
    media = [task for task in works if task.startswith("rtp-")]
    most = [_Group(task, MOST, _short(task)) for task in media]
    yield _chart(works, "packets", "Most packets per second on one core, loss up to 0.1 %", "packets/s", most)
    daemon, kernel = _by_calls(media, "of it daemon"), _by_calls(media, "of it kernel threads")
    yield _chart(works, "cpu", "CPU per packet: daemon, and on top of it the kernel", "us", daemon, kernel)
    for quantile in ("p50", "p99"):
        groups = _by_calls(media, f"latency {quantile} us")
        yield _chart(works, f"latency-{quantile}", f"Latency, {quantile}", "us", groups, logarithmic=True)
    after = [_Group(task, AFTERWARDS, _short(task)) for task in media]
    yield _chart(works, "overload", "After 1.5 times that rate: the same calls at 50 packets/s", "% delivered", after)
    yield from _control(works)


def _control(works: Medians) -> Iterator[Chart]:
    ways = [(profile, way) for profile in ("plain", "webrtc") for way in ("one at a time", "64 in flight")]
    speed = [_Group("ng-calls", f"{profile}, {way}: calls/s", f"{profile}\n{way}") for profile, way in ways]
    yield _chart(works, "calls", "Calls offered, answered and deleted", "calls/s", speed)
    memory = [_Group("ng-calls", f"{profile}, held: KB per call", profile) for profile in ("plain", "webrtc")]
    yield _chart(works, "memory", "Memory of a held call, with the kernel's", "KB", memory)
    start = [_Group("restart", "exec to first pong ms", "start to first ping")]
    yield _chart(works, "start", "Start", "ms", start)


def _by_calls(tasks: Sequence[str], label: str) -> list[_Group]:
    return [
        _Group(task, f"{calls} calls: {label}", f"{_short(task)}\n{calls} calls")
        for task in tasks
        for calls in (50, 200, 500)
    ]


def _chart(
    works: Medians,
    name: str,
    title: str,
    unit: str,
    groups: Sequence[_Group],
    upper: Sequence[_Group] = (),
    *,
    logarithmic: bool = False,
) -> Chart:
    """Groups that nobody has a figure for are left out, and so are sides that have none."""
    sides = list(dict.fromkeys(side for group in groups for side in works.get(group.task, {})))
    known = [
        index for index, group in enumerate(groups) if any(_value(works, group, side) is not None for side in sides)
    ]
    shown = [groups[index] for index in known]
    above = [upper[index] for index in known] if upper else []
    return Chart(
        name,
        title,
        unit,
        tuple(group.name for group in shown),
        _bars(works, shown, sides),
        _bars(works, above, sides),
        logarithmic,
    )


def _bars(works: Medians, groups: Sequence[_Group], sides: Sequence[str]) -> dict[str, list[float | None]]:
    rows = {side: [_value(works, group, side) for group in groups] for side in sides}
    return {side: row for side, row in rows.items() if any(value is not None for value in row)}


def _value(works: Medians, group: _Group, side: str) -> float | None:
    return works.get(group.task, {}).get(side, {}).get(group.label)


def _short(task: str) -> str:
    work, _, suite = task.partition(" ")
    name = work.removeprefix("rtp-")
    return f"{name}\n{'GCM' if 'GCM' in suite else 'CM'}" if suite else name
