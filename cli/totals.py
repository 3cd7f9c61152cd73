"""The reply to statistics as readable text. Pure; takes replies of rtpng and of rtpengine."""

from collections.abc import Iterator, Mapping

from cli.format import count, duration, pairs, table
from cli.replies import Part, part, parts

_NOW = {
    "calls": "sessionstotal",
    "media in the kernel": "media_kernel",
    "media in userspace": "media_userspace",
    "media in both": "media_mixed",
}
_ENDED = {
    "calls so far": "managedsessions",
    "refused": "rejectedsessions",
    "ended by signalling": "regularterminatedsessions",
    "ended by force": "forcedterminatedsessions",
    "ended without media": "timeoutsessions",
    "ended in silence": "silenttimeoutsessions",
    "ended by age": "finaltimeoutsessions",
    "never answered": "offertimeoutsessions",
    "packets, kernel": "relayedpackets_kernel",
    "packets, userspace": "relayedpackets_user",
    "packet errors": "relayedpacketerrors",
    "streams without media": "zerowaystreams",
    "calls heard one way": "onewaystreams",
}


def totals(reply: Part) -> str:
    """Calls of now, calls since the start, ports and proxies, one block each."""
    statistics = part(reply, "statistics")
    since = part(statistics, "totalstatistics")
    uptime = str(since.get("uptime", ""))
    blocks = (
        ("Now", _counts(_NOW, part(statistics, "currentstatistics"))),
        (f"Since the start, {duration(int(uptime)) if uptime.isdecimal() else '?'} ago", _counts(_ENDED, since)),
        ("Quality, as receivers report it", _quality(statistics)),
        ("Ports", _ports(statistics)),
        ("Proxies", _proxies(part(statistics, "controlstatistics"))),
    )
    return "\n\n".join(f"{title}\n{text}" for title, text in blocks if text)


def _counts(names: Mapping[str, str], told: Part) -> str:
    return pairs({title: count(told.get(name)) for title, name in names.items() if name in told})


_QUALITY = {
    "mean opinion score": ("mos", 1, ""),
    "packet loss": ("packetloss", 1, " %"),
    "jitter": ("jitter", 1, " ms"),
    "round trip": ("rtt_e2e", 1000, " ms"),
}


def _quality(statistics: Part) -> str:
    """Averages of what has samples."""
    told = {**part(statistics, "mos"), **part(statistics, "voip_metrics")}
    values = {
        title: f"{float(told.get(f'{name}_average', 0)) / scale:.1f}{unit}"
        for title, (name, scale, unit) in _QUALITY.items()
        if told.get(f"{name}_samples_total")
    }
    return pairs(values) if values else ""


def _ports(statistics: Part) -> str:
    rows = [tuple(_interface(each)) for each in parts(statistics, "interfaces")]
    return _indented(table(("INTERFACE", "ADDRESS", "PORTS", "USED", "FREE"), rows)) if rows else ""


def _interface(interface: Part) -> Iterator[str]:
    ports = part(interface, "ports")
    yield str(interface.get("name", "-"))
    yield str(interface.get("address", "-"))
    yield f"{ports.get('min', '?')} to {ports.get('max', '?')}"
    yield count(ports.get("used"))
    yield count(ports.get("free"))


_COMMANDS = ("offer", "answer", "delete", "query", "list", "ping", "error")


def _proxies(control: Part) -> str:
    rows = [
        (str(proxy.get("proxy", "-")), *(count(proxy.get(f"{command}count")) for command in _COMMANDS))
        for proxy in parts(control, "proxies")
    ]
    heads = ("PROXY", *(command.upper() for command in _COMMANDS[:-1]), "ERRORS")
    return _indented(table(heads, rows)) if rows else ""


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
