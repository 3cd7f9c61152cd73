"""rtcp-mux between two parties (RFC 5761): what is offered on, what is accepted, what is in use.

| rtcp-mux of the offer | offerer sent mux | offered on | answerer accepts | offerer gets |
|---|---|---|---|---|
| none | no / yes | no / yes | - / yes | no / yes |
| offer | no | yes | yes | no (demultiplexed) |
| require | yes | yes, one port | yes | yes |
| demux, accept | yes | no, yes | any | yes |
| reject | yes | yes | yes | no |

The table is rtpengine 26's observed behaviour.
"""

from rtpng.calls.model import MediaStream

OFFER, REQUIRE, DEMUX, ACCEPT, REJECT = "offer", "require", "demux", "accept", "reject"


def offer_on(speaker: MediaStream, listener: MediaStream, words: frozenset[str]) -> None:
    """Decides what an offer says to its receiver, and keeps the words for the answer."""
    speaker.mux_policy = words
    wanted = bool(words & {OFFER, REQUIRE}) or (speaker.mux_wish and DEMUX not in words)
    listener.mux_offered = wanted or listener.mux


def single_port_offered(listener: MediaStream, words: frozenset[str]) -> bool:
    """Whether the offer leaves no way back to two ports."""
    return listener.mux_offered and (REQUIRE in words or listener.mux)


def single_port_near(speaker: MediaStream | None, words: frozenset[str], *, wish: bool) -> bool:
    """Whether one port will do for the sender of an offer who has, or has not, the wish to multiplex."""
    if REJECT in words:
        return False
    return wish and (_kept(words) or (speaker is not None and speaker.mux))


def single_port_far(listener: MediaStream | None, words: frozenset[str]) -> bool:
    """Whether one port will do for the receiver of an offer."""
    return REQUIRE in words or (listener is not None and listener.mux)


def settle(speaker: MediaStream, listener: MediaStream) -> None:
    """An answer arrived from ``speaker``: what is in use with it and with the ``listener``, who had offered."""
    speaker.mux = speaker.mux_wish and speaker.mux_offered
    only_one = listener.rtp is not None and listener.rtcp is None
    accepted = speaker.mux or _kept(listener.mux_policy) or only_one
    listener.mux = listener.mux_wish and accepted and REJECT not in listener.mux_policy


def _kept(words: frozenset[str]) -> bool:
    """Whether the offerer will certainly multiplex, whatever the answer says."""
    return bool(words & {DEMUX, ACCEPT})
