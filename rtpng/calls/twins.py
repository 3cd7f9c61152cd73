"""The same media twice in one SDP, plain and secure, of which the answerer takes one: OSRTP before RFC 8643.

``OSRTP=accept-legacy`` takes such an offer: the plain section counts as removed (``removal``). ``OSRTP=offer-legacy``
makes one; what its reader says later has two sections for each of ours, of which the one that it chose counts.
rtpengine 26 writes the same offer, but takes the two sections of an answer for two media.
"""

from rtpng.calls.model import MediaStream
from rtpng.calls.request import Request
from sipcore.sdp.direction import is_rejected
from sipcore.sdp.profile import is_secure, profile_of
from sipcore.sdp.session import MediaDescription, SessionDescription


def plain_twins(session: SessionDescription, request: Request) -> frozenset[int]:
    """Places of the plain sections that are beside their secure twins, if the request accepts that."""
    if "accept-legacy" not in request.osrtp:
        return frozenset()
    found: set[int] = set()
    taken = -1
    for place, (one, other) in enumerate(zip(session.media, session.media[1:], strict=False)):
        if place > taken and _are_twins(one, other):
            found.add(place + 1 if is_secure(one.protocol) else place)
            taken = place + 1
    return frozenset(found)


def _are_twins(one: MediaDescription, other: MediaDescription) -> bool:
    secure, unsecured = (one, other) if is_secure(one.protocol) else (other, one)
    alike = one.kind == other.kind and is_secure(secure.protocol) and not is_rejected(secure)
    profile = profile_of(unsecured.protocol)
    return alike and profile is not None and not profile.secure


def offer_on(listening: MediaStream, request: Request) -> None:
    """Who was offered both is offered both again: sections never become fewer (RFC 3264 8)."""
    if "offer-legacy" in request.osrtp and is_secure(listening.protocol):
        listening.twin = listening.protocol
    elif listening.twin is not None:
        listening.protocol = listening.twin


def chosen(ours: MediaDescription, secure: MediaDescription) -> MediaDescription:
    """Which of the two sections of an answer counts; ``ours`` is the plain one."""
    return ours if is_rejected(secure) else secure


def settle(speaking: MediaStream) -> None:
    """An answer has come from ``speaking``."""
    if speaking.twin is not None and speaking.described is not None:
        speaking.protocol = speaking.described.protocol if not speaking.rejected else speaking.twin
