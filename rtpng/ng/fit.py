"""Cuts a reply that outgrows a datagram: the least useful parts of a report go first."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Reply = Mapping[str, Any]

CUT_WARNING = "Reply cut to fit into a datagram"
TOO_LONG = "Reply does not fit into a datagram"


def fit(reply: Reply, size: Callable[[Reply], int], limit: int) -> Reply:
    """``reply`` itself, or the first of its cuts of which ``size`` (in bytes) is within ``limit``.

    A cut reply says so under ``warning``. A reply that cannot be cut (an SDP) becomes an error.
    """
    if size(reply) <= limit:
        return reply
    cuts = _cuts({"warning": CUT_WARNING, **reply}, size, limit)
    refusal = {"result": "error", "error-reason": TOO_LONG}
    return next((cut for cut in cuts if size(cut) <= limit), refusal)


def _cuts(reply: Reply, size: Callable[[Reply], int], limit: int) -> Iterator[Reply]:
    if isinstance(reply.get("calls"), list):
        yield _fewer_calls(reply, size, limit)
    if isinstance(reply.get("response"), str):
        yield {**reply, "response": reply["response"][: limit // 2]}  # line ends take two bytes in JSON
    for cut in (_without_ssrc_history, _without_stream_ssrcs, _without_ssrcs, _without_streams, _without_medias):
        reply = cut(reply)
        yield reply
    yield _without(reply, "tags")
    if "sdp" not in reply:
        yield {name: reply[name] for name in ("result", "warning", "totals", "created") if name in reply}


def _fewer_calls(reply: Reply, size: Callable[[Reply], int], limit: int) -> Reply:
    """As many calls as fit, found by halving."""
    fitting, excess = 0, len(reply["calls"])
    while excess - fitting > 1:
        middle = (fitting + excess) // 2
        if size({**reply, "calls": reply["calls"][:middle]}) <= limit:
            fitting = middle
        else:
            excess = middle
    return {**reply, "calls": reply["calls"][:fitting]}


def _without_ssrc_history(reply: Reply) -> Reply:
    return _each(reply, "SSRC", lambda entry: _without(entry, "MOS progression"))


def _without_stream_ssrcs(reply: Reply) -> Reply:
    return _each_media(reply, lambda media: _without(media, "ingress SSRCs", "egress SSRCs"))


def _without_ssrcs(reply: Reply) -> Reply:
    return _without(reply, "SSRC")


def _without_streams(reply: Reply) -> Reply:
    return _each_media(reply, lambda media: _without(media, "streams"))


def _without_medias(reply: Reply) -> Reply:
    return _each(reply, "tags", lambda party: _without(party, "medias"))


def _each_media(reply: Reply, change: Callable[[Reply], Reply]) -> Reply:
    def change_all(party: Reply) -> Reply:
        return {**party, "medias": [change(media) for media in party.get("medias", ())]}

    return _each(reply, "tags", change_all)


def _each(reply: Reply, name: str, change: Callable[[Reply], Reply]) -> Reply:
    if name not in reply:
        return reply
    return {**reply, name: {key: change(entry) for key, entry in reply[name].items()}}


def _without(part: Reply, *names: str) -> Reply:
    return {name: value for name, value in part.items() if name not in names}
