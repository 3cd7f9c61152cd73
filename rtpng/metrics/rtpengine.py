"""The metrics of rtpengine 26, from the same numbers as the ng command ``statistics``."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rtpng.metrics.family import Family, Labels, Type, number, single
from rtpng.ng.tally import SHORT_NAMES as COMMANDS
from rtpng.ng.tally import ProxyTally, Tally

Part = Mapping[str, Any]

# Names of rtpengine that tell of what rtpng has not.
EXCLUDED: Final = {
    "poller_wakeups": "rtpng has one event loop, and processes that carry media: see rtpng_loop_lag_seconds",
    "poller_items": "the same",
    "transcoders": "rtpng does not transcode",
    "transcode_packets_total": "rtpng does not transcode",
    "transcode_bytes_total": "rtpng does not transcode",
    "transcode_samples_total": "rtpng does not transcode",
}

# Section of the statistics, key, name, type, help.
_SINGLE: tuple[tuple[str, str, str, Type, str], ...] = (
    ("currentstatistics", "transcodedmedia", "transcoded_media", "gauge", "Media that are transcoded; always 0"),
    ("currentstatistics", "mediacache", "media_cache", "gauge", "Media files in memory; always 0"),
    ("currentstatistics", "playercache", "player_cache", "gauge", "Encoded media in memory; always 0"),
    ("totalstatistics", "uptime", "uptime_seconds", "gauge", "Seconds since the start"),
    ("totalstatistics", "managedsessions", "sessions_total", "counter", "Calls"),
    ("totalstatistics", "zerowaystreams", "zero_packet_streams_total", "counter", "Streams that relayed nothing"),
    ("totalstatistics", "onewaystreams", "one_way_sessions_total", "counter", "Calls of which one side was heard only"),
    ("totalstatistics", "avgcallduration", "call_duration_avg", "gauge", "Average duration of calls in seconds"),
    ("totalstatistics", "totalcallsduration", "call_duration_total", "counter", "Sum of call durations in seconds"),
    ("totalstatistics", "totalcallsduration2", "call_duration2_total", "counter", "Sum of their squares"),
    ("voip_metrics", "packets_lost", "packets_lost", "counter", "Not measured; see packetloss"),
    ("voip_metrics", "rtp_duplicates", "rtp_duplicates", "counter", "Not measured"),
    ("voip_metrics", "rtp_skips", "rtp_skips", "counter", "Not measured"),
    ("voip_metrics", "rtp_seq_resets", "rtp_seq_resets", "counter", "Not measured"),
    ("voip_metrics", "rtp_reordered", "rtp_reordered", "counter", "Not measured"),
)
# Section, name, type, help, label, and the values of the label with the keys of their numbers.
_LABELLED: tuple[tuple[str, str, Type, str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        *("currentstatistics", "sessions", "gauge", "Calls at this moment", "type"),
        (("own", "sessionsown"), ("foreign", "sessionsforeign")),
    ),
    (
        *("currentstatistics", "mediastreams", "gauge", "How the RTP of calls is forwarded", "type"),
        (("userspace", "media_userspace"), ("kernel", "media_kernel"), ("mixed", "media_mixed")),
    ),
    (
        *("totalstatistics", "closed_sessions_total", "counter", "Calls that have ended", "reason"),
        (
            ("rejected", "rejectedsessions"),
            ("timeout", "timeoutsessions"),
            ("silent_timeout", "silenttimeoutsessions"),
            ("final_timeout", "finaltimeoutsessions"),
            ("offer_timeout", "offertimeoutsessions"),
            ("terminated", "regularterminatedsessions"),
            ("force_terminated", "forcedterminatedsessions"),
        ),
    ),
    (
        *("totalstatistics", "packets_total", "counter", "RTP packets that were relayed", "type"),
        (("userspace", "relayedpackets_user"), ("kernel", "relayedpackets_kernel")),
    ),
    (
        *("totalstatistics", "packet_errors_total", "counter", "RTP packets that could not be sent on", "type"),
        (("userspace", "relayedpacketerrors_user"), ("kernel", "relayedpacketerrors_kernel")),
    ),
    (
        *("totalstatistics", "bytes_total", "counter", "Bytes of RTP that were relayed", "type"),
        (("userspace", "relayedbytes_user"), ("kernel", "relayedbytes_kernel")),
    ),
)
_SUMS = (("_total", "Sum of"), ("2_total", "Sum of the squares of"), ("_samples_total", "Number of"))
_MEASURED = (
    ("mos", "mean opinion scores"),
    ("jitter", "jitter in ms, as reported by receivers"),
    ("rtt_e2e", "round trips from end to end in microseconds"),
    ("rtt_dsct", "round trips from here in microseconds"),
    ("packetloss", "loss in percent, as reported by receivers"),
    ("jitter_measured", "jitter that was measured here; there is none"),
)


def families(statistics: Part, tally: Tally) -> Iterator[Family]:
    """Every metric by its name with the prefix; ``statistics`` as the ng command tells them."""
    for family in (
        *_singles(statistics),
        *_labelled(statistics),
        *_measured(statistics),
        *_requests(tally),
        *_interfaces(statistics["interfaces"]),
    ):
        yield Family(f"rtpengine_{family.name}", family.type, family.help, family.values)


def _singles(statistics: Part) -> Iterator[Family]:
    for section, key, name, kind, text in _SINGLE:
        yield single(name, kind, text, statistics[section][key])


def _labelled(statistics: Part) -> Iterator[Family]:
    for section, name, kind, text, label, keys in _LABELLED:
        values = tuple(({label: word}, number(statistics[section][key])) for word, key in keys)
        yield Family(name, kind, text, values)


def _measured(statistics: Part) -> Iterator[Family]:
    told = statistics["mos"] | statistics["voip_metrics"]
    for name, key, text in _sums():
        yield single(name, "counter", text, told[key])


def _sums() -> Iterator[tuple[str, str, str]]:
    """Name of the metric, key of the statistics, help."""
    for measured, what in _MEASURED:
        for suffix, text in _SUMS:
            yield f"{measured}{suffix}", f"{measured}{suffix}", f"{text} {what}"


def _requests(tally: Tally) -> Iterator[Family]:
    """Every command of every proxy that has asked something, those that it has not used too."""
    proxies = tally.proxies.items()
    pairs = [(_labels(host, name), _counted(proxy, name)) for host, proxy in proxies for name in COMMANDS]
    counts = tuple((labels, float(count)) for labels, (count, _) in pairs)
    seconds = tuple((labels, seconds) for labels, (_, seconds) in pairs)
    yield Family("requests_total", "counter", "Requests of the ng protocol", counts)
    yield Family("request_seconds_total", "counter", "Seconds that were spent on them", seconds)
    errors = tuple(({"proxy": host}, float(proxy.errors)) for host, proxy in proxies)
    yield Family("errors_total", "counter", "Requests that were answered with an error", errors)


def _labels(host: str, command: str) -> Labels:
    return {"proxy": host, "request": command}


def _counted(proxy: ProxyTally, command: str) -> tuple[int, float]:
    counted = proxy.commands.get(command)
    return (counted.count, counted.seconds) if counted is not None else (0, 0.0)


def _interfaces(interfaces: list[Part]) -> Iterator[Family]:
    for name, key, text in (
        ("ports_used", "used", "Media ports in use"),
        ("ports_free", "free", "Media ports that are free"),
        ("ports", "totals", "Media ports"),
    ):
        yield Family(name, "gauge", text, tuple((_of(each), number(each["ports"][key])) for each in interfaces))
    for name, key in (("interface_packets_lost", "packets_lost"), ("interface_duplicates", "duplicates")):
        yield Family(name, "counter", "Not measured", tuple((_of(each), number(each[key])) for each in interfaces))
    for name, key, text in _sums():
        values = tuple((_of(each), number(each["voip_metrics"][key])) for each in interfaces)
        yield Family(f"interface_{name}", "counter", text, values)
    for what in ("packets", "bytes", "errors"):
        values = tuple(
            (_of(each) | {"direction": direction}, number(each[direction][what]))
            for direction in ("ingress", "egress")
            for each in interfaces
        )
        yield Family(f"interface_{what}", "gauge", f"RTP and RTCP: {what}", values)


def _of(interface: Part) -> Labels:
    return {"name": interface["name"], "address": interface["address"]}
