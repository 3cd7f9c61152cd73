"""Calls as the operator sees them; the forms are rtpengine's."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rtpng.calls.model import Call, Party
from rtpng.engine import Engine
from rtpng.ng.logtext import escaped

_FAMILIES = ("IP4", "IP6")


def line(call: Call) -> str:
    """One call in one line. Nothing is foreign or recorded, and no call is kept in Redis."""
    deleted = "y" if call.delete_at is not None else "n"
    return (
        f"ID: {escaped(call.call_id):>60} | del:{deleted} | creat:{int(call.created):12} | prx:{call.proxy}"
        " | redis: 0 | frgn:n | rec:n\n"
    )


def details(engine: Engine, call: Call, parties: Iterable[Party] | None = None) -> str:
    """Everything about one call, or about some of its parties."""
    engine.refresh(call)
    told = tuple(call.parties if parties is None else parties)
    report = engine.reporter.query(call, told)
    lines = [*(() if parties is not None else _head(call)), *_parties(engine, call, told, report["tags"].values())]
    return "\n".join(("", *lines, "", ""))


def _head(call: Call) -> Iterator[str]:
    yield f"callid: {escaped(call.call_id)}"
    yield f"deletionmark: {'yes' if call.delete_at is not None else 'no'}"
    yield f"created: {int(call.created)}"
    yield f"proxy: {call.proxy}"
    yield f"tos: {call.tos or 0}"
    yield f"last_signal: {int(call.last_signal)}"
    yield "redis_keyspace: 0"
    yield "last redis update: 0"
    yield "foreign: no"
    yield "recording: no"
    yield ""


def _parties(
    engine: Engine, call: Call, parties: Iterable[Party], reports: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    offerers = [dialogue.offerer for dialogue in call.dialogues]
    for party, report in zip(parties, reports, strict=True):
        kind = "FROM_TAG" if party in offerers else "TO_TAG"
        yield (
            f"--- Tag '{escaped(party.tag or '')}', type: {kind}, label '{escaped(party.label or '')}', "
            f"branch '{escaped(party.branch or '')}', callduration {engine.clock.wall() - party.created:.6f}"
        )
        for other in report["subscriptions"]:
            yield f"---     subscribed to '{escaped(other['tag'])}'"
        for other in report["subscribers"]:
            yield f"---     subscription of '{escaped(other['tag'])}'"
        for media in report["medias"]:
            yield from _media(media)


def _media(media: Mapping[str, Any]) -> Iterator[str]:
    over = f" over {escaped(media['protocol'])}" if "protocol" in media else ""
    codec = escaped(media.get("codec", "unknown codec"))
    yield f"------ Media #{media['index']} ({escaped(media['type'])}{over}) using {codec}"
    for stream in media["streams"]:
        yield _port(stream)


def _port(stream: Mapping[str, Any]) -> str:
    peer, stats = stream["endpoint"], stream["stats"]
    kind = "" if "RTP" in stream["flags"] else " (RTCP)"
    return (
        f"-------- Port {stream['local address']:>15}:{stream['local port']:<5}"
        f" <> {peer.get('address', '-'):>15}:{peer.get('port', 0):<5}{kind}, SSRC {stream.get('SSRC', 0):x}, "
        f"{stats['packets']} p, {stats['bytes']} b, {stats['errors']} e, {stream['last packet']} ts"
    )


def numbers(engine: Engine) -> str:
    """How many calls there are, and of which families their media is."""
    total = len(engine.calls)
    families = [{e.local.family.value for e in call.endpoints} for call in engine.calls if call.answered]
    only = {family: families.count({family}) for family in _FAMILIES}
    return (
        f"Current sessions own: {total}\n"
        "Current sessions foreign: 0\n"
        f"Current sessions total: {total}\n"
        "Current transcoded media: 0\n"
        f"Current sessions ipv4 only media: {only['IP4']}\n"
        f"Current sessions ipv6 only media: {only['IP6']}\n"
        f"Current sessions ip mixed  media: {families.count(set(_FAMILIES))}\n"
    )
