"""Whom a media command concerns: the entire call, one party, or single flows of a party.

The rules and texts are rtpengine 26's observed behaviour, but for two of them. It looks at a from-tag only beside the
flag ``directional``; proxies send the tag only when they mean the party, so here the tag is enough. And it has flows
blocked only from the next offer on; here at once.
"""

from dataclasses import dataclass

from rtpng.calls.model import Call, Party
from rtpng.calls.request import Request
from rtpng.errors import NgError
from sipcore.address import parse_host
from sipcore.errors import ParseError


@dataclass(frozen=True, slots=True)
class Selection:
    """``party`` None: everybody. ``listeners`` None: whoever hears the party; else only the flows to these.

    ``everybody``: the request says so, and does not only fail to name anybody.
    """

    party: Party | None = None
    listeners: tuple[Party, ...] | None = None
    everybody: bool = False


def select(call: Call, request: Request, *, flows: bool = True) -> Selection:
    """What the keys of a request select; ``flows``: whether they may restrict it to flows. Raises NgError.

    ``via-branch`` refines nothing: a party that can be named at all has a tag, and tags are unique within a call.
    """
    if request.all == "all":
        return Selection(everybody=True)
    party = _party(call, request)
    if party is None or not flows:
        return Selection(party)
    return Selection(party, _listeners(call, party, request))


def _party(call: Call, request: Request) -> Party | None:
    """The party by label, else by address, else by tag; None if none is named."""
    if request.label is not None:
        return _labelled(call, request.label, "No monologue matching the given label")
    if request.address is not None:
        return _advertising(call, request.address)
    if request.from_tag is None:
        return None
    return _found(call.by_tag(request.from_tag), "From-tag given, but no such tag exists")


def _listeners(call: Call, party: Party, request: Request) -> tuple[Party, ...] | None:
    """To whom the flows go that are meant; None for all of them, whoever that is later."""
    if request.to_tag is not None:
        return (_hearing(call, party, _found(call.by_tag(request.to_tag), "Media flow not found (to-tag not found)")),)
    if request.to_label is not None:
        reason = "Media flow not found (to-label not found)"
        return (_hearing(call, party, _labelled(call, request.to_label, reason)),)
    match request.all:
        case "offer-answer":
            listeners = call.peers(party)
        case "except-offer-answer":
            listeners = call.subscribers_of(party)
        case "flows":
            listeners = call.peers(party) + call.subscribers_of(party)
        case _:
            return None
    if not listeners:
        raise NgError("No eligible media subscriptions found")
    return tuple(listeners)


def _hearing(call: Call, party: Party, listener: Party) -> Party:
    if listener not in call.peers(party) + call.subscribers_of(party):
        raise NgError("Media flow not found (to-tag not subscribed)")
    return listener


def _advertising(call: Call, text: str) -> Party:
    """The party whose SDP names this address for one of its media."""
    try:
        host = parse_host(text)
    except ParseError:
        raise NgError("Failed to parse network address") from None
    named = (party for party in call.parties if host in _hosts(party))
    return _found(next(named, None), "Failed to match address to any tag")


def _hosts(party: Party) -> set[str]:
    return {s.rtp.latch.sdp.host for s in party.streams if s.rtp is not None and s.rtp.latch.sdp is not None}


def _labelled(call: Call, label: str, reason: str) -> Party:
    return _found(next((party for party in call.parties if party.label == label), None), reason)


def _found(party: Party | None, reason: str) -> Party:
    if party is None:
        raise NgError(reason)
    return party
