"""ICE between two parties: who is offered it, who is answered it, and with which credentials and candidates.

Each side has a relay of its own: what one party says about ICE never reaches the other one, unless a proxy asks for
both (``optional``, ``force-relay``). The rules are rtpengine 26's observed behaviour.
"""

import secrets
import string
from collections.abc import Iterator
from dataclasses import replace

from rtpng.calls.leg import Ice
from rtpng.calls.model import Endpoint, MediaStream
from rtpng.calls.request import Request
from rtpng.interfaces import Interface
from sipcore.errors import ParseError
from sipcore.sdp.ice import (
    Candidate,
    CandidateType,
    Credentials,
    IceDescription,
    RemoteCandidate,
    ice_of,
    priority_of,
)
from sipcore.sdp.session import MediaDescription, SessionDescription

_ALPHABET = string.ascii_letters + string.digits
BESIDE = ("optional", "force-relay")  # our candidates beside those of the sender


def described(session: SessionDescription, media: MediaDescription) -> IceDescription | None:
    """What a section says about ICE; broken credentials are as good as none."""
    try:
        return ice_of(session, media)
    except ParseError:
        return None


def is_offered(told: IceDescription | None, listening: MediaStream | None, request: Request) -> bool:
    """Whether the receiver of an offer is offered ICE; ``told``: what its sender says about it."""
    if request.ice in ("remove", "force"):
        return request.ice == "force"
    if listening is not None and listening.ice_settled:  # by the first offer, until another asks for something else
        return listening.ice is not None or listening.ice_beside is not None
    return told is not None or request.ice in BESIDE


def beside(told: IceDescription | None, listening: MediaStream, request: Request) -> str | None:
    """How our candidates stand beside those of an offer's sender, if it has any: then nothing of it ends here."""
    if told is None or request.ice in ("remove", "force", "default"):
        return None
    return request.ice or listening.ice_beside


def is_answered(told: IceDescription | None, request: Request) -> bool:
    """Whether the sender of an offer gets ICE in the answer to it."""
    return told is not None and not request.reject_ice


def offer_on(speaking: MediaStream, listening: MediaStream, told: IceDescription | None, request: Request) -> None:
    """A party has offered: the ICE of both legs. ``told``: what the offerer says about it."""
    offers = is_offered(told, listening, request)
    listening.ice_beside = beside(told, listening, request)
    speaking.ice_beside = listening.ice_beside and BESIDE[0]
    speaking.ice_settled = listening.ice_settled = True
    if listening.ice_beside is not None:
        speaking.ice = listening.ice = None
        return
    speaking.ice = _spoken(speaking.ice, told, request) if is_answered(told, request) else None
    _close_paths(speaking)
    if not offers:
        listening.ice = None
        _close_paths(listening)
        return
    ice = listening.ice = listening.ice or Ice(fresh_credentials())
    ice.lite = request.ice_lite in ("forward", "both") or (ice.lite and request.ice_lite is None)
    ice.trickle = request.trickle or (ice.told is not None and ice.told.trickle)


def settle_offerer(listening: MediaStream, request: Request) -> None:
    """A proxy may take ICE out of an answer."""
    if listening.ice_beside is not None:
        return
    if request.ice == "remove":
        listening.ice = None
        _close_paths(listening)


def settle_answerer(speaking: MediaStream, told: IceDescription | None) -> None:
    """A party has answered; ``told``: what it says about ICE, None if it does not speak it."""
    if speaking.ice_beside is not None:
        return
    if speaking.ice is None or told is None:
        speaking.ice = None
        _close_paths(speaking)
        return
    speaking.ice.told = told
    speaking.ice.controlling = told.lite or not speaking.ice.lite


def _close_paths(stream: MediaStream) -> None:
    """Without ICE one address is enough."""
    if stream.ice is None:
        stream.paths.clear()  # of all who share the port


def trickled(ice: Ice, more: IceDescription) -> bool:
    """Further candidates of a party (RFC 8840); False for those that belong to other credentials than the last ones."""
    if ice.told is None or more.credentials not in (None, ice.told.credentials):
        return False
    known = ice.told.candidates
    new = tuple(candidate for candidate in more.candidates if candidate not in known)
    ice.told = replace(ice.told, candidates=known + new, complete=ice.told.complete or more.complete)
    return True


def fresh_credentials() -> Credentials:
    """As long as rtpengine's: 8 and 26 characters."""
    text = _random(8 + 26)
    return Credentials(text[:8], text[8:])


def candidates(stream: MediaStream, primary: Interface, *, components: int, host: str | None) -> Iterator[Candidate]:
    """Ours, for the party: all addresses of one component, then those of the next (RFC 8445 5.1.1).

    ``host`` is printed in place of the advertised addresses. Once a pair is selected, only its own is left.
    """
    concluded = stream.ice is not None and bool(stream.ice.selected)
    paths = [(primary, stream.rtp, stream.rtcp), *((p.interface, p.rtp, p.rtcp) for p in stream.paths)]
    for component in range(1, components + 1):
        for place, (interface, *endpoints) in enumerate(paths[:1] if concluded else paths):
            endpoint = endpoints[component - 1]
            if endpoint is not None:
                yield _candidate(interface, endpoint, host or interface.advertised, place, component)


def candidates_beside(
    stream: MediaStream, primary: Interface, theirs: IceDescription | None, *, host: str | None
) -> Iterator[Candidate]:
    """Ours, behind those of the other side: of less priority, or as relayed ones (rtpengine 26's observed behaviour).

    26 gives the second address a priority above all others, which is an overflow: here each is below the one before.
    """
    for candidate in candidates(stream, primary, components=1 if stream.rtcp is None else 2, host=host):
        place = 65535 - (candidate.priority >> 8 & 65535)
        if stream.ice_beside == "force-relay":
            priority = priority_of(CandidateType.RELAYED, place, candidate.component)
            related = (candidate.host, candidate.port)
            yield replace(candidate, priority=priority, type=CandidateType.RELAYED, related=related)
        else:
            best = max((c.priority >> 24 for c in theirs.candidates), default=1) if theirs is not None else 1
            yield replace(candidate, priority=(max(0, best - 1 - place) << 24) + 256 - candidate.component)


def chosen_by_us(ice: Ice) -> list[RemoteCandidate]:
    """What the controlling side names in later offers (RFC 8839 5.2): the peer's addresses of the selected pairs."""
    return [RemoteCandidate(*pair) for pair in sorted(ice.selected.items())] if ice.controlling else []


def _spoken(ice: Ice | None, told: IceDescription | None, request: Request) -> Ice:
    """The leg of a party that offers ICE: changed credentials are a restart, which new ones of ours answer."""
    restarts = (
        ice is not None and ice.told is not None and told is not None and ice.told.credentials != told.credentials
    )
    if ice is None or restarts:
        ice = Ice(fresh_credentials(), lite=ice.lite if ice is not None else False)
    ice.told = told
    ice.lite = request.ice_lite in ("backward", "both") or (ice.lite and request.ice_lite is None)
    ice.controlling = told is not None and told.lite
    ice.trickle = told is not None and told.trickle
    return ice


def _candidate(interface: Interface, endpoint: Endpoint, host: str, place: int, component: int) -> Candidate:
    priority = priority_of(CandidateType.HOST, place, component)
    return Candidate(interface.foundation, component, "UDP", priority, host, endpoint.local.port, CandidateType.HOST)


def _random(length: int) -> str:
    """One number, read as digits: to ask the system for each character takes ten times as long."""
    number, characters = secrets.randbelow(len(_ALPHABET) ** length), []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[digit])
    return "".join(characters)
