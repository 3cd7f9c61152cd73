"""Parties that speak to the relay alone, for whoever subscribes to them later."""

from dataclasses import replace
from secrets import token_hex

from rtpng.calls import bundle, own
from rtpng.calls.admission import check, check_growth
from rtpng.calls.allotment import Ports
from rtpng.calls.dialogues import INVALID, Exchange
from rtpng.calls.model import Call, Dialogue, Party
from rtpng.calls.negotiate import Negotiator, family_in
from rtpng.calls.request import Request
from rtpng.errors import NgError
from sipcore.sdp.direction import direction
from sipcore.sdp.session import SessionDescription


def publish(
    negotiator: Negotiator,
    call: Call,
    request: Request,
    session: SessionDescription,
    ports: Ports,
    *,
    now: float,
    wall: float,
) -> Exchange:
    """A party offers what others may subscribe to; the exchange is our answer.

    Raises NgError; then neither the call nor its parties have changed.
    """
    session = bundle.revived(session, call.by_tag(request.from_tag), request)
    check(session)
    family = family_in(session)
    default = negotiator.interfaces.choose(None, family)
    publisher = call.by_tag(request.from_tag) or Party(default, created=wall, tag=request.from_tag or token_hex(32))
    dialogue = call.own_dialogue(publisher) or Dialogue(publisher, own.speaker(publisher))
    if call.dialogues_of(publisher) or dialogue.offerer is not publisher:
        raise NgError(INVALID)  # it has another part in the call
    us = dialogue.answerer
    interface = negotiator.interface_towards(call, publisher, request.interface, family, family)
    author = own.Author(interface.advertised, negotiator.settings.software, us.session)
    accepted = author.acceptance(session, request)
    exchange = Exchange(dialogue, publisher, us)
    check_growth(call, exchange)
    mux = request.rtcp_mux | {"accept"}  # whatever it offers
    request = replace(request, rtcp_mux=mux)
    negotiator.offered(call, exchange, (interface, interface), session, request, ports, now=now)
    exchange = negotiator.answered(call, Exchange(dialogue, us, publisher), accepted, request, now=now)
    for stream in publisher.streams:
        stream.direction = direction(sends=stream.direction.sends, receives=False)  # whatever else it wanted
    return exchange
