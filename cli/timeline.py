"""The reply to trace as text. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from cli.format import shown
from cli.replies import Part


def timeline(call_id: str, reply: Part, zone: tzinfo | None = None) -> str:
    """One line for each event: time of day, seconds since the first one, kind, text; ``zone`` None is the local one."""
    return "\n".join([f"Call {shown(call_id)}", *_lines(reply, zone), _end(reply)])


def _lines(reply: Part, zone: tzinfo | None) -> Iterator[str]:
    events = reply.get("events") or []
    begin = int(events[0]["time"]) if events else 0
    for place, event in enumerate(events):
        if reply.get("omitted") and place == reply.get("omitted after"):
            yield f"... {reply['omitted']} events in between are not kept ..."
        when = int(event["time"])
        clock = datetime.fromtimestamp(when / 1e6, UTC).astimezone(zone).strftime("%H:%M:%S.%f")[:-3]
        yield f"{clock} {(when - begin) / 1e6:+10.3f}  {event['kind']:<9}  {shown(str(event['text']))}"


def _end(reply: Part) -> str:
    return "The call goes on." if reply.get("living") else "The call is over."
