"""What is told of a digit that a party has sent; the shape is rtpengine's."""

from collections.abc import Mapping
from dataclasses import dataclass

from rtpng.calls.registry import Owner
from rtpng.media.relay import Digit
from sipcore.address import Address


@dataclass(frozen=True, slots=True)
class Notice:
    """``destination``: who is told of it instead of whom the configuration names. ``played``: by us, for the party."""

    data: Mapping[str, object]
    destination: Address | None = None
    played: bool = False


def notice(owner: Owner, digit: Digit, wall: float, *, played: bool = False) -> Notice:
    """``owner``: of the port where the digit has ended; ``wall``: when, in seconds since the epoch."""
    call, target = owner.call, owner.endpoint.latch.target
    party = next(party for party in call.parties if owner.stream in party.streams)
    data = {
        "callid": call.call_id,
        "source_tag": party.tag or "",
        "source_label": party.label or "",
        "tags": [each.tag for each in call.parties if each.tag],
        "type": "DTMF",
        "timestamp": int(wall),
        "source_ip": target.host if target is not None else "",
        "event": digit.event,
        "duration": digit.duration,
        "volume": digit.volume,
    }
    return Notice(data, call.dtmf_log_dest, played)
