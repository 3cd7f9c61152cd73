"""Calls as the operator sees them; the forms are rtpengine's."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from rtpng.calls.model import Call, Party
from rtpng.engine import Engine
from rtpng.ng.logtext import escaped


def line(call: Call) -> str:
    """One call in one line. Nothing is foreign, and no call is kept in Redis (keyspace -1)."""
    deleted, recorded = ("y" if is_so else "n" for is_so in (call.delete_at is not None, call.recording is not None))
    return (
        f"ID: {escaped(call.call_id):>60} | del:{deleted} | creat:{int(call.created):12} | prx:{call.proxy}"
        f" | redis:-1 | frgn:n | rec:{recorded}\n"
    )


def details(engine: Engine, call: Call) -> str:
    """Everything about one call."""
    return "\n".join(("", *_head(call), *_parties(engine, call, call.parties), "", ""))


def of_party(engine: Engine, call: Call, party: Party) -> str:
    """Everything about one party."""
    return "\n".join((*_parties(engine, call, [party]), ""))


def _head(call: Call) -> Iterator[str]:
    yield f"callid: {escaped(call.call_id)}"
    yield f"deletionmark: {'yes' if call.delete_at is not None else 'no'}"
    yield f"created: {int(call.created)}"
    yield f"proxy: {call.proxy}"
    yield f"tos: {call.tos or 0}"
    yield f"last_signal: {int(call.last_signal)}"
    yield "redis_keyspace: -1"
    yield "last redis update: 0"
    yield "foreign: no"
    yield f"recording: {'no' if call.recording is None else 'yes'}"
    yield ""


def _parties(engine: Engine, call: Call, parties: Sequence[Party]) -> Iterator[str]:
    engine.refresh(call)
    offerers = [dialogue.offerer for dialogue in call.dialogues]
    reports = engine.reporter.query(call, parties)["tags"].values()
    for party, report in zip(parties, reports, strict=True):
        kind = "FROM_TAG" if party in offerers else "TO_TAG"
        yield (
            f"--- Tag '{escaped(party.tag or '')}', type: {kind}, label '{escaped(party.label or '')}', "
            f"branch '{escaped(party.branch or '')}', callduration {engine.clock.wall() - party.created:.6f}"
        )
        for way, others in (("subscribed to", report["subscriptions"]), ("subscription of", report["subscribers"])):
            for other, media in product(others, report["medias"]):
                yield f"---     {way} media with monologue tag '{escaped(other['tag'])}' (index: {media['index']})"
        for media in report["medias"]:
            yield from _media(media)


def _media(media: Mapping[str, Any]) -> Iterator[str]:
    over = f" over {escaped(media['protocol'])}" if "protocol" in media else ""
    codec = escaped(media.get("codec", "unknown codec"))
    yield f"------ Media #{media['index']} ({escaped(media['type'])}{over}) using {codec}"
    for stream in media["streams"]:
        if "local port" in stream:
            yield _port(stream)


def _port(stream: Mapping[str, Any]) -> str:
    peer, stats = stream["endpoint"], stream["stats"]
    kind = "" if "RTP" in stream["flags"] else " (RTCP)"
    return (
        f"-------- Port {stream['local address']:>15}:{stream['local port']:<5}"
        f" <> {peer.get('address', '-'):>15}:{peer.get('port', 0):<5}{kind}, SSRC {stream.get('SSRC', 0):x}, "
        f"{stats['packets']} p, {stats['bytes']} b, {stats['errors']} e, "
        f"{stream['last user packet']} uts {stream['last kernel packet']} kts"
    )


def families(engine: Engine) -> dict[str, int]:
    """How many answered calls have media of one family only, or of both."""
    used = [{e.local.family.value for e in call.endpoints} for call in engine.calls if call.answered]
    return {"ipv4": used.count({"IP4"}), "ipv6": used.count({"IP6"}), "mixed": used.count({"IP4", "IP6"})}


def numbers(engine: Engine) -> str:
    """How many calls there are, and of which families their media is."""
    total, only = len(engine.calls), families(engine)
    return (
        f"Current sessions own: {total}\n"
        "Current sessions foreign: 0\n"
        f"Current sessions total: {total}\n"
        "Current transcoded media: 0\n"
        f"Current sessions ipv4 only media: {only['ipv4']}\n"
        f"Current sessions ipv6 only media: {only['ipv6']}\n"
        f"Current sessions ip mixed  media: {only['mixed']}\n"
    )
