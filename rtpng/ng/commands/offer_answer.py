"""offer and answer."""

import logging

from rtpng.calls import write
from rtpng.calls.request import Request
from rtpng.calls.trickle import Fragments
from rtpng.errors import NgError, NotFoundError
from rtpng.ng.commands.context import Context, Reply, required
from rtpng.ng.commands.recording import recorded
from sipcore.errors import ParseError
from sipcore.sdp.ice import parse_fragment
from sipcore.sdp.session import SessionDescription, parse

logger = logging.getLogger(__name__)

SESSION_LIMIT = "Parallel session limit reached"


def offer(context: Context, request: Request) -> Reply:
    """Reply: ``sdp``. Creates the call if there is none with this Call-ID. An SDP of our own that came back stays.

    A fragment (RFC 8840) has nothing but candidates, and its reply no ``sdp``.
    """
    engine = context.engine
    text = required(request.sdp, "No SDP body in message")
    required(request.call_id, "No call-id in message")
    required(request.from_tag, "No from-tag in message")
    if request.fragment:
        engine.trickle(request, _fragments(text))
        return {"result": "ok"}
    reason = _no_room(context) if engine.calls.get(request.call_id) is None else None
    if reason is not None:
        engine.statistics.rejected += 1
        return _refusal(request, reason)
    session, instance = parsed(text), engine.negotiator.settings.instance
    if request.loop_protect and write.is_ours(session, instance):
        return {"sdp": text, "result": "ok"}
    exchange = engine.offer(request, session)
    sdp = write.document(exchange, request, offering=True, instance=instance)
    return {"sdp": sdp, **recorded(engine, request.call_id, "offer", sdp), "result": "ok"}


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
    session, instance = parsed(text), engine.negotiator.settings.instance
    if request.loop_protect and write.is_ours(session, instance):
        return {"sdp": text, "result": "ok"}
    exchange = engine.answer(call, request, session)
    sdp = write.document(exchange, request, offering=False, instance=instance)
    call.rest()
    return {"sdp": sdp, **recorded(engine, request.call_id, "answer", sdp), "result": "ok"}


def _fragments(text: str) -> Fragments:
    try:
        return parse_fragment(text)
    except ParseError as error:
        logger.warning("Failed to parse %s", error)
        raise NgError("Failed to parse SDP") from None


def parsed(text: str) -> SessionDescription:
    """Raises NgError for text that is no SDP."""
    try:
        return parse(text)
    except ParseError as error:
        logger.warning("Failed to parse SDP: %s", error)
        raise NgError("Failed to parse SDP") from None


def _no_room(context: Context) -> str | None:
    """Why there can be no further call, in the words of the limit; None if there can."""
    engine = context.engine
    if 0 <= engine.limits.max_sessions <= len(engine.calls):
        return SESSION_LIMIT
    return context.overload(engine.clock.now())


def _refusal(request: Request, reason: str) -> Reply:
    """Proxies go on to the next relay: by the limit, if they say they understand that, else by the one known text."""
    if "load limit" in request.supports:
        return {"result": "load limit", "message": reason}
    raise NgError(SESSION_LIMIT)
