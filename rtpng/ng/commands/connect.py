"""connect."""

from rtpng.calls import joining
from rtpng.calls.allotment import Ports
from rtpng.calls.model import Call
from rtpng.calls.request import Request
from rtpng.errors import NotFoundError
from rtpng.ng.commands.context import Context, Reply, required
from rtpng.ng.commands.media_control import known_call


def connect(context: Context, request: Request) -> Reply:
    """Reply: nothing but the result. With ``to-call-id`` both calls are one, found under either Call-ID."""
    engine, call = context.engine, known_call(context, request)
    required(request.to_tag, "No to-tag in message")
    other = engine.calls.get(request.to_call_id) if request.to_call_id is not None else call
    if other is None:
        raise NotFoundError("Unknown to-tag call-ID")
    one, two = joining.partners(call, other, request)
    if other is not call:
        engine.merge(call, other)

    def change(call: Call, ports: Ports, now: float, wall: float) -> None:
        del ports, wall
        joining.connect(call, one, two, now)

    engine.carry_out(request, change)
    return {"result": "ok"}
