"""How the daemon stands at a moment, as far as Graphite is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rtpng.ctl.sessions import families
from rtpng.ng.commands.context import Context
from rtpng.ng.commands.statistics import totals as statistics
from rtpng.ng.tally import SHORT_NAMES

# Names of Graphite, and of the statistics: how much these have grown is told.
_GROWING = {
    "forced_term_sess": "forcedterminatedsessions",
    "nopacket_relayed_sess": "zerowaystreams",
    "oneway_stream_sess": "onewaystreams",
    "regular_term_sess": "regularterminatedsessions",
    **{
        f"relayed_{name}{way}": f"relayed{key}{way}"
        for way in ("_user", "_kernel", "")
        for name, key in (("errors", "packeterrors"), ("packets", "packets"), ("bytes", "bytes"))
    },
    "silent_timeout_sess": "silenttimeoutsessions",
    "final_timeout_sess": "finaltimeoutsessions",
    "offer_timeout_sess": "offertimeoutsessions",
    "timeout_sess": "timeoutsessions",
    "reject_sess": "rejectedsessions",
}
# rtpengine 26.0 has not the first, and two names that no request carries.
_COMMANDS = (*(name for name in SHORT_NAMES if name != "mesh"), "block silence media", "unblock silence media")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Durations in seconds: of calls that have ended, and of all calls up to now. ``ports``: free and used."""

    requests: Mapping[str, int]
    totals: Mapping[str, int]
    current: Mapping[str, int]
    ports: Mapping[tuple[str, str], tuple[int, int]]
    finished: int
    ended_seconds: float
    call_seconds: float


def snapshot(context: Context) -> Snapshot:
    engine, tree = context.engine, statistics(context)
    now, ended = engine.clock.now(), engine.statistics
    return Snapshot(
        requests={name: _asked(context, name) for name in _COMMANDS},
        totals={name: int(tree["totalstatistics"][key]) for name, key in _GROWING.items()},
        current=_current(tree["currentstatistics"]) | {f"sessions_{kind}": n for kind, n in families(engine).items()},
        ports={_name(each): (each["ports"]["free"], each["ports"]["used"]) for each in tree["interfaces"]},
        finished=ended.finished,
        ended_seconds=ended.duration,
        call_seconds=ended.duration + sum(now - call.born for call in engine.calls),
    )


def _asked(context: Context, command: str) -> int:
    proxies = context.tally.proxies.values()
    return sum(proxy.commands[command].count for proxy in proxies if command in proxy.commands)


def _current(section: Mapping[str, Any]) -> dict[str, int]:
    return {
        "sessions_total": section["sessionstotal"],
        "sessions_own": section["sessionsown"],
        "sessions_foreign": section["sessionsforeign"],
        "transcoded_media": section["transcodedmedia"],
    }


def _name(interface: Mapping[str, Any]) -> tuple[str, str]:
    return interface["name"], interface["address"]
