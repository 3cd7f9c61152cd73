"""statistics: the daemon's totals, in the shape of rtpengine 26 (fractions and the uptime are text)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import asdict
from math import sqrt
from typing import NamedTuple

from rtpng.calls.expiry import Reason
from rtpng.calls.model import Call
from rtpng.calls.request import Request
from rtpng.engine import Engine
from rtpng.interfaces import Interface
from rtpng.ng.commands.context import Context, Reply
from rtpng.ng.tally import SHORT_NAMES, ProxyTally, Tally
from rtpng.quality.totals import Sum, Totals
from rtpng.statistics import Carried
from sipcore.address import Address

_OF_RTP = ("packets_lost", "rtp_duplicates", "rtp_skips", "rtp_seq_resets", "rtp_reordered")


def statistics(context: Context, request: Request) -> Reply:
    """Reply: ``statistics``."""
    del request
    return {"statistics": totals(context), "result": "ok"}


def totals(context: Context) -> Reply:
    """The sections of the statistics."""
    engine = context.engine
    engine.refresh_all()
    relayed, carried = _relayed(engine), _carried(engine)
    return {
        "currentstatistics": _current(engine, relayed),
        "totalstatistics": _totals(engine, relayed),
        "mos": _mos(engine.quality.totals),
        "voip_metrics": _voip_metrics(engine.quality.totals) | dict.fromkeys(_OF_RTP, 0),
        "controlstatistics": _control(context.tally),
        "interfaces": [_interface(engine, interface, carried) for interface in context.interfaces],
        "transcoders": [],
        "rtpng": {"looplag": f"{engine.insight.latest:.6f}"},  # seconds; no key of rtpengine's
    }


def _current(engine: Engine, relayed: Mapping[str, int]) -> Reply:
    carried = [_way(engine, call) for call in engine.calls]
    return {
        "sessionsown": len(engine.calls),
        "sessionsforeign": 0,
        "sessionstotal": len(engine.calls),
        "transcodedmedia": 0,
        "mediacache": 0,
        "playercache": 0,
        **_rates(engine, relayed),
        "media_userspace": carried.count("userspace"),
        "media_kernel": carried.count("kernel"),
        "media_mixed": carried.count("mixed"),
    }


def _rates(engine: Engine, relayed: Mapping[str, int]) -> Reply:
    """Per second, since somebody last asked."""
    grown = engine.statistics.rates.look(relayed, engine.clock.now())
    return {
        f"{rate}rate{way}": grown[f"relayed{total}{way}"]
        for way in ("_user", "_kernel", "")
        for rate, total in (("packet", "packets"), ("byte", "bytes"), ("error", "packeterrors"))
    }


def _way(engine: Engine, call: Call) -> str:
    """How the RTP of a call is forwarded: in the kernel, in userspace, or one direction each."""
    ports = [port for party in call.senders for port in party.rtp_ports]
    kernel = sum(engine.in_kernel(port) for port in ports)
    if not kernel:
        return "userspace"
    return "kernel" if kernel == len(ports) else "mixed"


def _totals(engine: Engine, relayed: Mapping[str, int]) -> Reply:
    totals = engine.statistics
    ended = totals.ended
    mean = totals.duration / totals.finished if totals.finished else 0.0
    square = totals.duration_squared / totals.finished if totals.finished else 0.0
    return {
        "uptime": str(int(engine.clock.now() - totals.started)),
        "managedsessions": totals.managed,
        "rejectedsessions": totals.rejected,
        "timeoutsessions": ended[Reason.MEDIA_TIMEOUT],
        "silenttimeoutsessions": ended[Reason.SILENT_TIMEOUT],
        "finaltimeoutsessions": ended[Reason.FINAL_TIMEOUT],
        "offertimeoutsessions": ended[Reason.OFFER_TIMEOUT],
        "regularterminatedsessions": ended[Reason.DELETED],
        "forcedterminatedsessions": ended[Reason.FORCED],
        **relayed,
        "zerowaystreams": totals.silent_streams,
        "onewaystreams": totals.one_way,
        "avgcallduration": f"{mean:.6f}",
        "totalcallsduration": f"{totals.duration:.6f}",
        "totalcallsduration2": f"{totals.duration_squared:.6f}",
        "totalcallsduration_stddev": f"{sqrt(max(0.0, square - mean * mean)):.6f}",
    }


class _Relayed(NamedTuple):
    """The fields are named as the keys end."""

    packets: int
    packeterrors: int
    bytes: int


def _relayed(engine: Engine) -> Mapping[str, int]:
    """What was relayed in calls that have ended and in those that run."""
    ended, running = engine.statistics, [engine.traffic.stats(port) for call in engine.calls for port in _ports(call)]
    user, kernel = ended.user, ended.kernel
    user_sums = _Relayed(
        user.packets + sum(stats.user.packets for stats in running),
        user.errors + sum(stats.user.errors for stats in running),
        user.bytes + sum(stats.user.bytes for stats in running),
    )
    kernel_sums = _Relayed(
        kernel.packets + sum(stats.kernel.packets for stats in running),
        kernel.errors,
        kernel.bytes + sum(stats.kernel.bytes for stats in running),
    )
    sums = _Relayed(*map(sum, zip(user_sums, kernel_sums, strict=True)))
    ways = (("_user", user_sums), ("_kernel", kernel_sums), ("", sums))
    return {f"relayed{name}{way}": value for way, way_sums in ways for name, value in way_sums._asdict().items()}


def _carried(engine: Engine) -> Mapping[str, Carried]:
    """By address of ours: what ports carry and have carried."""
    sums: defaultdict[str, Carried] = defaultdict(Carried)
    for host, ended in engine.statistics.carried.items():
        sums[host] = deepcopy(ended)
    for call in engine.calls:
        for endpoint in call.endpoints:
            sums[endpoint.local.host].add(engine.traffic.stats(endpoint.local))
    return sums


def _ports(call: Call) -> list[Address]:
    return [port for party in call.parties for port in party.rtp_ports]


def _control(tally: Tally) -> Reply:
    reply: Reply = {"proxies": [dict(_proxy(host, proxy)) for host, proxy in tally.proxies.items()]}
    for name, short in SHORT_NAMES.items():
        reply[f"total{short.lower()}count"] = _count(tally.proxies.values(), name)
    return reply


def _proxy(host: str, proxy: ProxyTally) -> Iterator[tuple[str, object]]:
    yield "proxy", host
    for name, short in SHORT_NAMES.items():
        counted = proxy.commands.get(name)
        yield f"{short.lower()}count", counted.count if counted else 0
        yield f"{short.lower()}duration", f"{counted.seconds if counted else 0.0:.6f}"
    yield "errorcount", proxy.errors


def _count(proxies: Iterable[ProxyTally], command: str) -> int:
    return sum(proxy.commands[command].count for proxy in proxies if command in proxy.commands)


def _interface(engine: Engine, interface: Interface, carried: Mapping[str, Carried]) -> Reply:
    """Interfaces of one address share its ports, and tell the same numbers."""
    usage = engine.ports.usage(interface)
    both = carried.get(interface.address) or Carried()
    heard = engine.quality.by_host.get(interface.address) or Totals()
    return {
        "name": interface.name,
        "address": interface.address,
        "ports": {
            "min": interface.port_min,
            "max": interface.port_max,
            "used": usage.used,
            "used_pct": f"{100 * usage.used / max(1, usage.total):.2f}",
            "free": usage.free,
            "totals": usage.total,
        },
        "packets_lost": 0,
        "duplicates": 0,
        "voip_metrics": _mos(heard) | _voip_metrics(heard),
        "ingress": asdict(both.ingress),
        "egress": asdict(both.egress),
    }


def _mos(totals: Totals) -> Reply:
    return _samples("mos", totals.mos)


def _voip_metrics(totals: Totals) -> Reply:
    """What RTCP tells. RTP itself is not measured."""
    reply: Reply = {}
    for name in ("jitter", "rtt_e2e", "rtt_dsct", "packetloss", "jitter_measured"):
        reply |= _samples(name, getattr(totals, name))
    return reply


def _samples(name: str, values: Sum) -> Reply:
    return {
        f"{name}_total": f"{values.total:.6f}",
        f"{name}2_total": f"{values.squares:.6f}",
        f"{name}_samples_total": values.samples,
        f"{name}_average": f"{values.average:.6f}",
        f"{name}_stddev": f"{values.deviation:.6f}",
    }
