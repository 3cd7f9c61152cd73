"""publish, subscribe request, subscribe answer, unsubscribe."""

from dataclasses import replace
from secrets import token_hex

from rtpng.calls import publishing, subscriptions, write
from rtpng.calls.allotment import Ports
from rtpng.calls.dialogues import Exchange
from rtpng.calls.model import Call
from rtpng.calls.request import Request
from rtpng.calls.subscriptions import Joined, Source
from rtpng.ng.commands.context import Context, Reply, required
from rtpng.ng.commands.media_control import known_call
from rtpng.ng.commands.offer_answer import parsed

NO_SDP = "No SDP body in message"
NO_TO_TAG = "No to-tag in message"


def publish(context: Context, request: Request) -> Reply:
    """Reply: ``sdp``, our answer, which only receives; ``call-id`` and ``from-tag``, made up where none is given."""
    engine = context.engine
    session = parsed(required(request.sdp, NO_SDP))
    request = replace(request, call_id=request.call_id or token_hex(32))

    def change(call: Call, ports: Ports, now: float, wall: float) -> Exchange:
        return publishing.publish(engine.negotiator, call, request, session, ports, now=now, wall=wall)

    exchange = engine.carry_out(request, change)
    sdp = write.document(exchange, request, offering=False, instance=engine.negotiator.settings.instance)
    return {"call-id": request.call_id, "from-tag": exchange.listener.tag, "sdp": sdp, "result": "ok"}


def subscribe_request(context: Context, request: Request) -> Reply:
    """Reply: ``sdp``, an offer that only sends; ``from-tags``, one for each section of it; ``to-tag``.

    ``from-tag`` for a single section; with the flag SIPREC also ``tag-medias`` and ``media-labels``.
    """
    engine, call = context.engine, known_call(context, request)

    def change(call: Call, ports: Ports, now: float, wall: float) -> Exchange:
        return subscriptions.subscribe(engine.negotiator, call, request, ports, now=now, wall=wall)

    exchange = engine.amend(call, change)
    heard = subscriptions.hears(call, exchange.listener)
    sdp = write.document(exchange, request, offering=True, instance=engine.negotiator.settings.instance)
    return {"sdp": sdp, **_heard(heard, request), "to-tag": exchange.listener.tag, "result": "ok"}


def subscribe_answer(context: Context, request: Request) -> Reply:
    """Reply: nothing but the result."""
    engine, call = context.engine, known_call(context, request)
    session = parsed(required(request.sdp, NO_SDP))
    required(request.to_tag, NO_TO_TAG)

    def change(call: Call, ports: Ports, now: float, wall: float) -> Exchange:
        del ports, wall
        return subscriptions.answer(engine.negotiator, call, request, session, now=now)

    engine.amend(call, change)
    return {"result": "ok"}


def unsubscribe(context: Context, request: Request) -> Reply:
    """Reply: nothing but the result."""
    call = known_call(context, request)
    required(request.to_tag, NO_TO_TAG)

    def change(call: Call, ports: Ports, now: float, wall: float) -> None:
        del ports, now, wall
        subscriptions.cancel(call, request)

    context.engine.amend(call, change)
    return {"result": "ok"}


def _heard(heard: Joined, request: Request) -> Reply:
    tags = [source.party.tag or "" for source in heard.values()]
    reply: Reply = {"from-tag": tags[0]} if len(tags) == 1 else {}
    if request.siprec:
        medias = [_tag_media(source) for source in heard.values()]
        reply |= {"tag-medias": medias, "media-labels": dict(map(_labelled, heard.values()))}
    return reply | {"from-tags": tags}


def _tag_media(source: Source) -> Reply:
    """One section, and whose it is; rtpengine makes an entry of each, also of several of one party."""
    media = {**_media(source), "label": str(source.stream.number)}
    return {"tag": source.party.tag or "", **_label(source), "medias": [media]}


def _labelled(source: Source) -> tuple[str, Reply]:
    return str(source.stream.number), {"tag": source.party.tag or "", **_label(source), **_media(source)}


def _media(source: Source) -> Reply:
    """``mode`` is what we do towards the party, not what it does."""
    stream = source.stream
    return {"index": source.place + 1, "type": stream.kind, "mode": stream.direction.reversed.value}


def _label(source: Source) -> Reply:
    return {"label": source.party.label} if source.party.label else {}
