"""rtcp-mux between two parties (RFC 5761): what is offered on, what is accepted, what is in use.

| rtcp-mux of the offer | offerer sent mux | offered on | answerer accepts | offerer gets |
|---|---|---|---|---|
| none | no / yes | no / yes | - / yes | no / yes |
| offer | no | yes | yes | no (demultiplexed) |
| require | yes | yes, one port | yes | yes |
| demux, accept | yes | no, yes | any | yes |
| reject | yes | yes | yes | no |

The table is rtpengine 26's observed behaviour. So is this: who has said or was told rtcp-mux last (``mux_said``) is
offered a single port from then on, answered or not; ``mux`` is what packets go by, and changes with answers only.
"""

from collections.abc import Sequence

from rtpng.calls.model import MediaStream
from sipcore.sdp.direction import is_rejected
from sipcore.sdp.session import MediaDescription

OFFER, REQUIRE, DEMUX, ACCEPT, REJECT = "offer", "require", "demux", "accept", "reject"


def offer_on(speaker: MediaStream, listener: MediaStream, words: frozenset[str], *, used: bool) -> None:
    """Decides what an offer says to its receiver, and whether the answer will decide for its sender.

    ``used``: the receiver has rtcp-mux for this medium or another.
    """
    asked = bool(words & {OFFER, REQUIRE})
    passed_on = (speaker.mux_wish or listener.mux_said) and DEMUX not in words
    listener.mux_only = (asked or passed_on) and (REQUIRE in words or used)
    listener.mux_said = asked or passed_on
    speaker.mux_said = speaker.mux_wish and REJECT not in words
    speaker.mux_fixed = not (speaker.mux_wish and listener.mux_said) or bool(words & {ACCEPT, REJECT})


def is_used(streams: Sequence[MediaStream], offered: Sequence[MediaDescription]) -> bool:
    """Whether the receiver of an offer has rtcp-mux for one of its media that the offer does not refuse."""
    return any(stream.mux_said for stream, media in zip(streams, offered, strict=False) if not is_rejected(media))


def single_port_near(speaker: MediaStream | None, words: frozenset[str], *, wish: bool) -> bool:
    """Whether one port will do for the sender of an offer who has, or has not, the wish to multiplex."""
    if REJECT in words:
        return False
    return wish and (bool(words & {DEMUX, ACCEPT}) or (speaker is not None and speaker.mux))


def single_port_far(listener: MediaStream | None, words: frozenset[str]) -> bool:
    """Whether one port will do for the receiver of an offer."""
    return REQUIRE in words or (listener is not None and listener.mux_said and DEMUX not in words)


def answered(listener: MediaStream, *, wish: bool) -> bool:
    """Whether who has offered will multiplex; ``wish``: the answerer does."""
    return listener.mux_said if listener.mux_fixed else wish


def settle(speaker: MediaStream, listener: MediaStream) -> None:
    """An answer arrived from ``speaker``: what is in use with it and with the ``listener``, who had offered."""
    speaker.mux = speaker.mux_said = speaker.mux_wish
    listener.mux = listener.mux_said = answered(listener, wish=speaker.mux_wish)
