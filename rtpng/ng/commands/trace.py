"""trace: rtpng's own command."""

from rtpng.calls.request import Request
from rtpng.errors import NotFoundError
from rtpng.ng.asked import readable
from rtpng.ng.commands.context import Context, Reply, required
from rtpng.timeline import Event


def trace(context: Context, request: Request) -> Reply:
    """Reply: ``events`` of a call in their order (``time`` in microseconds since 1970), also of one that has ended.

    ``living``: whether it has not; ``omitted``: how many events, in the middle, were too many to be kept.
    """
    call_id = required(request.call_id, "No call-id in message")
    timeline = context.engine.timelines.of(call_id)
    if timeline is None:
        raise NotFoundError("Unknown call-id")
    events = [_told(event) for event in timeline.events]
    return {
        "events": events,
        "omitted": timeline.omitted,
        "omitted after": len(timeline.first),
        "living": int(timeline.ended is None),
        "result": "ok",
    }


def _told(event: Event) -> Reply:
    return {"time": int(event.when * 1e6), "kind": event.kind.value, "text": readable(str(event))}
