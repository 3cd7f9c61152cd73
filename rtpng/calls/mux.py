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


def single_port_kept(speaker: MediaStream) -> bool:
    """Whether the offerer will certainly multiplex, whatever the answer says."""
    return speaker.mux_wish and bool(speaker.mux_policy & {DEMUX, ACCEPT}) and REJECT not in speaker.mux_policy


def settle(speaker: MediaStream, listener: MediaStream) -> None:
    """An answer arrived from ``speaker``: what is in use with it and with the ``listener``, who had offered."""
    speaker.mux = speaker.mux_wish and speaker.mux_offered
    if REJECT in listener.mux_policy:
        listener.mux = False
    else:
        listener.mux = listener.mux_wish and (speaker.mux or single_port_kept(listener))
