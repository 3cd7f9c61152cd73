"""The daemon's totals as text; the numbers are those of the ng command ``statistics``."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rtpng.ng.commands.context import Context
from rtpng.ng.commands.statistics import totals
from rtpng.ng.tally import SHORT_NAMES
from sipcore.address import family_of

_RATES = tuple(
    (f"{what} per second ({way})", f"{key}rate{suffix}")
    for way, suffix in (("userspace", "_user"), ("kernel", "_kernel"), ("total", ""))
    for what, key in (("Packets", "packet"), ("Bytes", "byte"), ("Errors", "error"))
)
_CURRENT = (
    ("Owned sessions", "sessionsown"),
    ("Foreign sessions", "sessionsforeign"),
    ("Total sessions", "sessionstotal"),
    ("Transcoded media", "transcodedmedia"),
    *_RATES,
    ("Userspace-only media streams", "media_userspace"),
    ("Kernel-only media streams", "media_kernel"),
    ("Mixed kernel/userspace media streams", "media_mixed"),
)
_RELAYED = tuple(
    (f"Total relayed {what}{way}", f"relayed{key}{suffix}")
    for way, suffix in ((" (userspace)", "_user"), (" (kernel)", "_kernel"), ("", ""))
    for what, key in (("packets", "packets"), ("packet errors", "packeterrors"), ("bytes", "bytes"))
)
_ENDED = (
    ("Uptime of rtpengine", "uptime"),
    ("Total managed sessions", "managedsessions"),
    ("Total rejected sessions", "rejectedsessions"),
    ("Total timed-out sessions via TIMEOUT", "timeoutsessions"),
    ("Total timed-out sessions via SILENT_TIMEOUT", "silenttimeoutsessions"),
    ("Total timed-out sessions via FINAL_TIMEOUT", "finaltimeoutsessions"),
    ("Total timed-out sessions via OFFER_TIMEOUT", "offertimeoutsessions"),
    ("Total regular terminated sessions", "regularterminatedsessions"),
    ("Total forced terminated sessions", "forcedterminatedsessions"),
    *_RELAYED,
    ("Total number of streams with no relayed packets", "zerowaystreams"),
    ("Total number of 1-way streams", "onewaystreams"),
    ("Average call duration", "avgcallduration"),
    ("Total calls duration", "totalcallsduration"),
    ("Total calls duration squared", "totalcallsduration2"),
    ("Total calls duration standard deviation", "totalcallsduration_stddev"),
)
_METRICS = (
    ("jitter", "jitter (reported)"),
    ("rtt_e2e", "end-to-end round-trip time"),
    ("rtt_dsct", "discrete round-trip time"),
    ("packetloss", "packet loss"),
    ("jitter_measured", "jitter (measured)"),
)
_OF_RTP = (
    ("Packets lost", "packets_lost"),
    ("Duplicate RTP packets", "rtp_duplicates"),
    ("RTP sequence skips", "rtp_skips"),
    ("RTP sequence resets", "rtp_seq_resets"),
    ("Out-of-order RTP packets", "rtp_reordered"),
)
_UNITS = {
    "uptime": " seconds",
    "avgcallduration": " seconds",
    "totalcallsduration": " seconds",
    "totalcallsduration2": " seconds squared",
    "totalcallsduration_stddev": " seconds",
}
_TEXTS = {"name", "address", "proxy", "chain"}  # the values that are no numbers


def text(context: Context) -> str:
    """``list totals``; a number that the daemon does not keep has no line."""
    tree = totals(context)
    return "\n".join(
        (
            "\nStatistics over currently running sessions:\n",
            *_rows(_CURRENT, tree["currentstatistics"]),
            "\nTotal statistics (does not include current running sessions):\n",
            *_rows(_ENDED, tree["totalstatistics"]),
            "\n\nMOS statistics:\n",
            *_rows(_measured("mos", "MOS"), tree["mos"]),
            "\n\nVoIP metrics:\n",
            *(row for name, title in _METRICS for row in _rows(_measured(name, title), tree["voip_metrics"])),
            *_rows(_OF_RTP, tree["voip_metrics"]),
            "\n\nControl statistics:\n",
            *_control(tree["controlstatistics"]["proxies"]),
            "\n",
        )
    )


def counters(context: Context) -> str:
    """``list counters``."""
    current = totals(context)["currentstatistics"]
    return "\n".join(("\nCurrent per-second counters:\n", *_rows(_RATES, current), ""))


def _rows(rows: tuple[tuple[str, str], ...], section: Mapping[str, Any]) -> Iterator[str]:
    for label, key in rows:
        if key in section:
            yield f" {label:<48}:{section[key]}{_UNITS.get(key, '')}"


def _measured(name: str, title: str) -> tuple[tuple[str, str], ...]:
    """The rows of what has samples."""
    return (
        (f"Sum of all {title} values sampled", f"{name}_total"),
        (f"Sum of all {title} square values sampled", f"{name}2_total"),
        (f"Total number of {title} samples", f"{name}_samples_total"),
        (f"Average {title}", f"{name}_average"),
        (f"{title} standard deviation", f"{name}_stddev"),
    )


def _control(proxies: list[Mapping[str, Any]]) -> Iterator[str]:
    yield _control_row("Proxy", SHORT_NAMES.values())
    if not proxies:
        yield "\n                  No proxies have yet tried to send data."
    for proxy in proxies:
        yield _control_row(proxy["proxy"], (proxy[f"{short.lower()}count"] for short in SHORT_NAMES.values()))


def _control_row(first: str, cells: Any) -> str:
    return f" {first:>20} | {' | '.join(f'{cell:>10}' for cell in cells)} "


def as_json(context: Context) -> str:
    """``list jsonstats``: as the ng command, but every number is a number."""
    return json.dumps(_numbers(totals(context)), separators=(",", ":")) + "\n"


def _numbers(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _numbers(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    if isinstance(value, str) and key not in _TEXTS:
        return float(value) if "." in value else int(value)
    return value


def interfaces(context: Context) -> str:
    """``list interfaces``; what the daemon does not measure has no line."""
    return "".join("".join(f"{line}\n" for line in _interface(each)) for each in totals(context)["interfaces"])


def _interface(told: Mapping[str, Any]) -> Iterator[str]:
    ports, family = told["ports"], family_of(told["address"]).value.replace("IP", "IPv")
    share = 100 * ports["used"] / max(1, ports["totals"])
    yield f"Interface '{told['name']}' address '{told['address']}' ({family})"
    yield f" Port range: {ports['min']:5} - {ports['max']:5}"
    yield f" Ports used: {ports['used']:5} / {ports['totals']:5} ({share:5.1f}%)"
    yield " Packets/bytes/errors:"
    for title, sums in (("Ingress: ", told["ingress"]), ("Egress:  ", told["egress"])):
        yield f"  {title}{sums['packets']:12} / {sums['bytes']:10} / {sums['errors']:10}"
    yield from _quality(told["voip_metrics"])
    yield ""


def _quality(metrics: Mapping[str, Any]) -> Iterator[str]:
    """Averages of what receivers have reported; nothing without reports."""
    if not metrics["packetloss_samples_total"]:
        return
    mos, loss, jitter, end_to_end, leg = (
        float(metrics[f"{name}_average"]) for name in ("mos", "packetloss", "jitter", "rtt_e2e", "rtt_dsct")
    )
    yield f" MOS:    avg {mos:3.1f}, packet loss avg {loss:3.0f}%"
    yield f" Jitter: avg {jitter:3.0f} (measured   0)"
    yield f" RTT:    e2e {end_to_end:3.0f}, dsct {leg:3.0f}"
