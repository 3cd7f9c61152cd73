"""create, create answer, transform: parties that nobody has offered for."""

from dataclasses import replace
from secrets import token_hex

from rtpng.calls import calling, transforming, write
from rtpng.calls.allotment import Ports
from rtpng.calls.dialogues import Exchange
from rtpng.calls.model import Call, Party
from rtpng.calls.request import Request
from rtpng.errors import NotFoundError
from rtpng.ng.commands.context import Context, Reply, required
from rtpng.ng.commands.offer_answer import parsed


def create(context: Context, request: Request) -> Reply:
    """Reply: ``sdp``, an offer of ours; ``call-id`` and ``from-tag``, made up where none is given."""
    engine = context.engine
    request = _named(request)

    def change(call: Call, ports: Ports, now: float, wall: float) -> Exchange:
        return calling.create(engine.negotiator, call, request, ports, now=now, wall=wall)

    exchange = engine.carry_out(request, change)
    sdp = write.document(exchange, request, offering=True, instance=engine.negotiator.settings.instance)
    return {"call-id": request.call_id, "from-tag": exchange.listener.tag, "sdp": sdp, "result": "ok"}


def create_answer(context: Context, request: Request) -> Reply:
    """Reply: nothing but the result."""
    engine = context.engine
    call = engine.calls.get(required(request.call_id, "No call-id in message"))
    required(request.from_tag, "No from-tag in message")
    text = required(request.sdp, "No SDP body in message")
    if call is None:
        raise NotFoundError("unknown call-ID")
    session = parsed(text)

    def change(call: Call, ports: Ports, now: float, wall: float) -> Exchange:
        del ports, wall
        return calling.answer(engine.negotiator, call, request, session, now=now)

    engine.carry_out(request, change)
    return {"result": "ok"}


def transform(context: Context, request: Request) -> Reply:
    """Reply: ``media``, where to send each stream; ``call-id`` and ``from-tag``, made up where none is given."""
    engine = context.engine
    request = _named(request)

    def change(call: Call, ports: Ports, now: float, wall: float) -> Party:
        return transforming.transform(engine.negotiator, call, request, ports, now=now, wall=wall)

    party = engine.carry_out(request, change)
    media = [_reachable_at(party, place, wish.name) for place, wish in enumerate(request.media)]
    return {"call-id": request.call_id, "from-tag": party.tag, "media": media, "result": "ok"}


def _named(request: Request) -> Request:
    return request if request.call_id else replace(request, call_id=token_hex(32))


def _reachable_at(party: Party, place: int, name: str) -> Reply:
    rtp = party.streams[place].rtp
    assert rtp is not None, "a transformed stream has its port"
    address = party.interface.advertised
    return {"id": name, "family": rtp.local.family.value, "address": address, "port": rtp.local.port}
