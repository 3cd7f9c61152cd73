"""What the live view shows, from two looks at the daemon. Pure; takes replies of rtpng and of rtpengine."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from cli.call_report import carrier, packets_in, streams
from cli.replies import Part, part


@dataclass(frozen=True, slots=True)
class Look:
    """What a daemon has said at ``when`` (monotonic seconds): its statistics and the replies to query, by Call-ID.

    ``answered`` is how long a ping took, ``wall`` the time in seconds since the epoch.
    """

    when: float
    wall: float
    answered: float
    totals: Part = field(repr=False)
    calls: Mapping[str, Part] = field(repr=False)

    @property
    def running(self) -> int:
        """Calls that the daemon has; it may not have been asked about all of them."""
        return int(part(self.totals, "currentstatistics").get("sessionstotal", len(self.calls)))


@dataclass(frozen=True, slots=True)
class Row:
    """One call. ``rate`` is packets per second that came in, None at first sight; ``loss`` is percent."""

    call_id: str
    age: int  # seconds
    parties: int
    streams: int
    rate: float | None
    loss: float | None
    mos: float | None
    carried_by: str
    dropped: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The daemon as a whole. ``kernel`` is the share of packets that the kernel forwards, None without packets."""

    running: int
    shown: int
    streams: int
    rate: float | None
    kernel: float | None
    ports_used: int
    ports: int
    errors: int
    answered: float  # seconds
    lag: float | None  # seconds; None of rtpengine, which does not say


class Order(Enum):
    """What the table is sorted by: the title, and the key that puts the most interesting call first."""

    RATE = ("packets/s", lambda row: -(row.rate or 0))
    LOSS = ("loss", lambda row: -(row.loss or 0))
    MOS = ("MOS", lambda row: row.mos if row.mos is not None else 9.0)
    DROPPED = ("dropped", lambda row: -row.dropped)
    NEWEST = ("newest", lambda row: row.age)
    OLDEST = ("oldest", lambda row: -row.age)
    CALL_ID = ("Call-ID", lambda row: row.call_id)

    def __init__(self, title: str, key: Callable[[Row], Any]) -> None:
        self.title = title
        self.key = key

    @property
    def following(self) -> "Order":
        orders = list(Order)
        return orders[(orders.index(self) + 1) % len(orders)]


def arranged(rows: Iterable[Row], order: Order, wanted: str = "") -> list[Row]:
    """The rows whose Call-ID or carrier contains ``wanted``, in any case; equal ones by their Call-ID."""
    sought = wanted.casefold()
    kept = (row for row in rows if sought in f"{row.call_id} {row.carried_by}".casefold())
    return sorted(kept, key=lambda row: (order.key(row), row.call_id))


def rows(now: Look, before: Look | None) -> list[Row]:
    """One for each call that was asked about."""
    return [_row(call_id, reply, now, before) for call_id, reply in now.calls.items()]


def _row(call_id: str, reply: Part, now: Look, before: Look | None) -> Row:
    open_streams = _open_streams(reply)
    heard = [part(entry, "average MOS") for entry in _values(reply, "SSRC")]
    return Row(
        call_id,
        max(0, int(now.wall) - int(reply.get("created", now.wall))),
        len(part(reply, "tags")),
        len(open_streams),
        _rate(packets_in(reply), now, before, lambda look: _packets_of(look, call_id)),
        max((_loss(average) for average in heard if average), default=None),
        min((average["MOS"] / 10 for average in heard if average.get("MOS")), default=None),
        _carried_by(open_streams),
        sum(_dropped(stream) for stream in open_streams),
    )


def _open_streams(reply: Part) -> list[Part]:
    return [stream for stream in streams(reply) if "local port" in stream]


def _packets_of(look: Look, call_id: str) -> int | None:
    return packets_in(look.calls[call_id]) if call_id in look.calls else None


def _rate(packets: int, now: Look, before: Look | None, at: Callable[[Look], int | None]) -> float | None:
    """Growth per second since the look before; None if there was none, or the number has begun anew."""
    earlier = at(before) if before is not None else None
    if before is None or earlier is None or earlier > packets or now.when <= before.when:
        return None
    return (packets - earlier) / (now.when - before.when)


def _loss(average: Part) -> float:
    """Percent; rtpng tells the exact one too."""
    return float(average.get("packet loss percent", average.get("packet loss", 0)))


def _carried_by(open_streams: Iterable[Part]) -> str:
    """ "kernel", "userspace", both, or "-" as long as no RTP has come."""
    of_rtp = [carrier(stream) for stream in open_streams if "RTP" in (stream.get("flags") or ())]
    return " + ".join(sorted(set(of_rtp) - {"-"})) or "-"


def _dropped(stream: Part) -> int:
    return sum(int(number) for number in part(stream, "dropped").values())


def summary(now: Look, before: Look | None) -> Summary:
    """The lines above the table."""
    kernel, user = (
        _rate(_relayed(now, way), now, before, lambda look, way=way: _relayed(look, way))  # type: ignore[misc]
        for way in ("kernel", "user")
    )
    rate = None if kernel is None or user is None else kernel + user
    ports = list(_ports(now.totals))
    return Summary(
        now.running,
        len(now.calls),
        sum(len(_open_streams(reply)) for reply in now.calls.values()),
        rate,
        kernel / rate if rate and kernel is not None else None,
        sum(used for used, _ in ports),
        sum(total for _, total in ports),
        int(part(now.totals, "totalstatistics").get("relayedpacketerrors", 0)),
        now.answered,
        _lag(now.totals),
    )


def _relayed(look: Look, way: str) -> int:
    return int(part(look.totals, "totalstatistics").get(f"relayedpackets_{way}", 0))


def _lag(totals: Part) -> float | None:
    told = part(totals, "rtpng").get("looplag")
    return None if told is None else float(told)


def _ports(totals: Part) -> Iterator[tuple[int, int]]:
    """Used and all, once for each address: interfaces of one address share its ports."""
    by_address = {each.get("address"): part(each, "ports") for each in totals.get("interfaces") or ()}
    for ports in by_address.values():
        yield int(ports.get("used", 0)), int(ports.get("totals", 0))


def _values(whole: Part, name: str) -> Iterator[Part]:
    yield from (each for each in part(whole, name).values() if isinstance(each, Mapping))
