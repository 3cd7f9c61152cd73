"""The reply to query as a readable report. Pure; takes replies of rtpng and of rtpengine."""

from collections.abc import Iterator
from datetime import tzinfo

from cli.format import count, moment, shown, table
from cli.replies import Part, part
from sipcore.address import Address

QUALITY_HEADS = ("HEARD BY SSRC", "MOS", "LOWEST", "HIGHEST", "LOSS", "LOST", "JITTER", "ROUND TRIP")
HEADS = ("PARTY", "MEDIA", "PORT", "OUR ADDRESS", "PEER", "IN", "OUT", "CARRIED BY", "DROPPED")


def call_report(call_id: str, reply: Part, zone: tzinfo | None = None) -> str:
    """When the call began, and one row for each port of each party; times in ``zone``, None is the local one."""
    lines = [
        f"Call {shown(call_id)}",
        f"created {moment(reply.get('created'), zone)}, last signalling {moment(reply.get('last signal'), zone)}",
        "",
        table(HEADS, list(_rows(reply))),
        *_quality(reply),
    ]
    return "\n".join(lines)


def _rows(reply: Part) -> Iterator[tuple[str, ...]]:
    """A party, and a media, stand on the first of their rows only."""
    for tag, party in part(reply, "tags").items():
        name = tag
        for media in party.get("medias") or [{}]:
            title = media_title(media)
            for stream in [each for each in media.get("streams") or () if "local port" in each] or [{}]:
                yield name, title, *_stream(stream)
                name = title = ""


def _quality(reply: Part) -> Iterator[str]:
    """How the parties hear, by their own reports; nothing without any."""
    rows = [(name, *_heard(entry)) for name, entry in part(reply, "SSRC").items() if "average MOS" in entry]
    if rows:
        yield ""
        yield table(QUALITY_HEADS, rows)


def _heard(entry: Part) -> Iterator[str]:
    average = part(entry, "average MOS")
    for score in ("average MOS", "lowest MOS", "highest MOS"):
        yield f"{part(entry, score).get('MOS', 0) / 10:.1f}"
    yield f"{average.get('packet loss percent', average.get('packet loss', '-'))} %"
    yield count(entry.get("cumulative loss"))
    yield f"{average.get('jitter', '-')} ms"
    yield f"{average.get('round-trip time', 0) / 1000:.0f} ms"


def media_title(media: Part) -> str:
    """Number, kind, codec if one was seen, protocol and direction."""
    parts = (media.get("index"), media.get("type"), media.get("codec"), media.get("protocol"), _direction(media))
    return " ".join(str(each) for each in parts if each)


_DIRECTIONS = {(True, True): "", (True, False): "sendonly", (False, True): "recvonly", (False, False): "inactive"}


def _direction(media: Part) -> str:
    """What the party itself does; the usual sendrecv needs no word. ``send`` is the relay's view: towards the party."""
    flags = media.get("flags")
    if flags is None:
        return ""
    return _DIRECTIONS["recv" in flags, "send" in flags]


def _stream(stream: Part) -> tuple[str, ...]:
    if not stream:
        return ("-",) * (len(HEADS) - 2)
    local = Address(str(stream.get("local address", "?")), int(stream["local port"]))
    return (
        _component(stream),
        str(local),
        _peer(stream),
        count(part(stream, "stats").get("packets")),
        count(part(stream, "stats_out").get("packets")),
        carrier(stream),
        _dropped(stream),
    )


def _component(stream: Part) -> str:
    flags = stream.get("flags") or ()
    return "+".join(name for name in ("RTP", "RTCP") if name in flags) or "-"


def _peer(stream: Part) -> str:
    endpoint = part(stream, "endpoint")
    return str(Address(str(endpoint["address"]), int(endpoint["port"]))) if "address" in endpoint else "not known yet"


def carrier(stream: Part) -> str:
    """Who forwards what reaches this port: "kernel", "userspace", or "-" as long as nothing has come."""
    if "kernelized" in (stream.get("flags") or ()):
        return "kernel"
    return "userspace" if part(stream, "stats").get("packets") else "-"


def _dropped(stream: Part) -> str:
    """Packets that were not relayed, with the reasons."""
    reasons = [f"{number} {reason}" for reason, number in part(stream, "dropped").items() if number]
    return ", ".join(reasons) or "-"


def streams(reply: Part) -> Iterator[Part]:
    """Every stream of every party."""
    for party in part(reply, "tags").values():
        for media in party.get("medias") or ():
            yield from media.get("streams") or ()


def packets_in(reply: Part) -> int:
    """RTP and RTCP packets of a call together."""
    return sum(int(total.get("packets", 0)) for total in part(reply, "totals").values())


def deletion_report(call_id: str, tag: str | None, reply: Part, delay: int) -> str:
    """What delete has done; ``tag`` names the branch, None is the whole call; ``delay`` in seconds."""
    what = f"Call {shown(call_id)}" if tag is None else f"The branch of {shown(tag)} in call {shown(call_id)}"
    when = f"ends in {delay} s" if delay else "has ended"
    return f"{what} {when}; {count(packets_in(reply))} packets came in so far."
