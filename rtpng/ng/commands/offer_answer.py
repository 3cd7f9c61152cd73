"""offer and answer."""

import logging

from rtpng.calls import write
from rtpng.calls.request import Request
from rtpng.errors import NgError, NotFoundError
from rtpng.ng.commands.context import Context, Reply, required
from sipcore.errors import ParseError
from sipcore.sdp.session import SessionDescription, parse

logger = logging.getLogger(__name__)

SESSION_LIMIT = "Parallel session limit reached"


def offer(context: Context, request: Request) -> Reply:
    """Reply: ``sdp``. Creates the call if there is none with this Call-ID.

    A fragment (RFC 8840) has nothing but candidates: accepted without ``sdp``, because nobody was told of any ICE.
    """
    engine = context.engine
    text = required(request.sdp, "No SDP body in message")
    required(request.call_id, "No call-id in message")
    required(request.from_tag, "No from-tag in message")
    if request.fragment:
        return {"result": "ok"}
    limit = engine.limits.max_sessions
    if engine.calls.get(request.call_id) is None and 0 <= limit <= len(engine.calls):
        engine.statistics.rejected += 1
        return _too_many(request)
    exchange = engine.offer(request, _parsed(text))
    return {"sdp": write.document(exchange, request, offering=True), "result": "ok"}


def answer(context: Context, request: Request) -> Reply:
    """Reply: ``sdp``."""
    engine = context.engine
    text = required(request.sdp, "No SDP body in message")
    required(request.call_id, "No call-id in message")
    required(request.from_tag, "No from-tag in message")
    required(request.to_tag, "No to-tag in message")
    call = engine.calls.get(request.call_id)
    if call is None:
        raise NotFoundError("Unknown call-id")
    exchange = engine.answer(call, request, _parsed(text))
    return {"sdp": write.document(exchange, request, offering=False), "result": "ok"}


def _parsed(text: str) -> SessionDescription:
    try:
        return parse(text)
    except ParseError as error:
        logger.warning("Failed to parse SDP: %s", error)
        raise NgError("Failed to parse SDP") from None


def _too_many(request: Request) -> Reply:
    """Proxies go on to the next relay: in the form that they say they understand, else by the text of the error."""
    if "load limit" in request.supports:
        return {"result": "load limit", "message": SESSION_LIMIT}
    raise NgError(SESSION_LIMIT)
