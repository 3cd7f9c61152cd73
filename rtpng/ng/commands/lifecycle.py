"""ping and delete."""

from rtpng.calls import deletion
from rtpng.calls.model import Call
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
    reply: Reply = {} if request.fast else _statistics(engine, call, wanted)
    engine.delete(call, wanted, _delay(engine, call, request))
    return reply | {"result": "ok"}


def _statistics(engine: Engine, call: Call, wanted: deletion.Deletion) -> Reply:
    engine.refresh(call)
    return engine.reporter.query(call, None if wanted.entire else wanted.parties)


def _delay(engine: Engine, call: Call, request: Request) -> float:
    """Seconds: the request's, else the call's, else the daemon's."""
    for asked in (request.delete_delay, call.delete_delay):
        if asked is not None and asked >= 0:
            return asked
    return engine.limits.delete_delay
