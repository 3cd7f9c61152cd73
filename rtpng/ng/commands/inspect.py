"""query, list and cli."""

from rtpng.calls.report import asked_for
from rtpng.calls.request import Request
from rtpng.errors import NgError, NotFoundError, UnsupportedError
from rtpng.ng.commands.context import Context, Reply, required

LIST_LIMIT = 32


def query(context: Context, request: Request) -> Reply:
    """Reply: the call's parties, streams and counters; see ``rtpng.calls.report``."""
    engine = context.engine
    call = engine.calls.get(required(request.call_id, "No call-id in message"))
    if call is None:
        raise NotFoundError("Unknown call-id")
    engine.refresh(call)
    return engine.reporter.query(call, asked_for(call, request.to_tag or request.from_tag)) | {"result": "ok"}


def list_calls(context: Context, request: Request) -> Reply:
    """Reply: ``calls``."""
    engine = context.engine
    limit = LIST_LIMIT if request.limit is None else request.limit
    if limit < 0:
        raise NgError("invalid limit, must be >= 0")
    return {"calls": engine.calls.call_ids[:limit], "result": "ok"}


def cli(context: Context, request: Request) -> Reply:
    """Reply: ``response``, the answer to the command line in ``body``."""
    if context.cli is None:
        raise UnsupportedError("unsupported")
    return {"response": context.cli(required(request.body, "No 'body' in message")), "result": "ok"}
