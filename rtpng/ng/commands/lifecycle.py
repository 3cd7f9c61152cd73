"""ping and delete."""

from rtpng.calls import deletion
from rtpng.calls.deletion import Deletion
from rtpng.calls.model import Call
from rtpng.calls.recording import Wish
from rtpng.calls.report import asked_for
from rtpng.calls.request import Request
from rtpng.engine import Engine
from rtpng.errors import NotFoundError
from rtpng.ng.commands.context import Context, Reply, required

NO_MATCH = "Call-ID not found or tags didn't match"


def ping(context: Context, request: Request) -> Reply:
    """Reply: ``result`` is "pong", nothing else."""
    del context, request
    return {"result": "pong"}


def delete(context: Context, request: Request) -> Reply:
    """Reply: the statistics of the parties concerned, as ``query`` gives them; a ``warning`` when nothing matches."""
    engine = context.engine
    call = engine.calls.get(required(request.call_id, "No call-id in message"))
    wanted = deletion.select(call, request) if call is not None else None
    if call is None or wanted is None:
        if request.fatal:
            raise NotFoundError(NO_MATCH)
        return {"warning": NO_MATCH, "result": "ok"}
    if request.discard_recording:
        engine.recordings.wish(call, Wish.DISCARD)
        engine.recordings.follow(call)
    delay = _delay(engine, request)
    reply: Reply = {} if request.fast else _statistics(engine, call, request, wanted, at_once=delay <= 0)
    engine.delete(call, wanted, delay)
    return reply | {"result": "ok"}


def _statistics(engine: Engine, call: Call, request: Request, wanted: Deletion, *, at_once: bool) -> Reply:
    """Of everybody when the call ends, else as of query with the same tag, which may be gone."""
    engine.refresh(call)
    if request.from_tag is None:
        return engine.reporter.query(call)
    gone = wanted.parties if at_once else ()
    tag = (request.to_tag if request.use_to_tag else None) or request.from_tag
    asked = None if wanted.entire else [] if call.by_tag(tag) in gone else asked_for(call, tag)
    return engine.reporter.query(call, asked, gone)


def _delay(engine: Engine, request: Request) -> float:
    """Seconds: the request's, else the daemon's."""
    asked = request.delete_delay
    return asked if asked is not None and asked >= 0 else engine.limits.delete_delay
