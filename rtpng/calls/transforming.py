"""transform: what reaches a port of ours goes on to a destination that the request names.

One relay asks another for it that has something to do with the media on its way. Without codecs there is nothing to do
but to pass it on. Whoever knows the port may send there: the request does not say who will.
"""

from collections.abc import Sequence
from secrets import token_hex

from rtpng.calls import addresses
from rtpng.calls.admission import MAX_PARTIES, TOO_MANY_PARTIES
from rtpng.calls.allotment import Ports
from rtpng.calls.dialogues import INVALID
from rtpng.calls.learn import Latch
from rtpng.calls.model import Call, Dialogue, Echo, Endpoint, MediaStream, Party
from rtpng.calls.negotiate import Negotiator
from rtpng.calls.request import MediaWish, Request
from rtpng.errors import NgError
from rtpng.interfaces import Interface
from sipcore.address import Address

FAILED = "Failed to set up transform"
LOOP = "Transform loop detected"


def transform(negotiator: Negotiator, call: Call, request: Request, ports: Ports, *, now: float, wall: float) -> Party:
    """A party whose streams send everything to their destinations; asked again, they keep their ports.

    Raises NgError; then neither the call nor its parties have changed.
    """
    if request.instance == negotiator.settings.instance:
        raise NgError(LOOP)
    targets = [_target(wish) for wish in request.media]
    if not targets:
        raise NgError(FAILED)
    interface = negotiator.interfaces.choose(request.interface, targets[0].family)
    party = _party(call, request, interface, wall)
    locals_ = [*_ports(party), *(_port(interface, ports) for _ in targets[len(party.streams) :])][: len(targets)]
    for local, target in zip(locals_, targets, strict=True):
        if target in negotiator.settings.control or not addresses.reachable(local, target):
            raise NgError(FAILED)
    party.streams = [
        _stream(wish.kind, local, target) for wish, local, target in zip(request.media, locals_, targets, strict=True)
    ]
    party.label = request.set_label or request.label or party.label
    if party not in call.parties:
        call.parties.append(party)
        call.own.append(Dialogue(party, Party(interface, created=wall, ours=True), answered=True))
    call.signalled = now
    return party


def _target(wish: MediaWish) -> Address:
    if wish.destination is None or wish.converts:
        raise NgError(FAILED)
    return wish.destination


def _party(call: Call, request: Request, interface: Interface, wall: float) -> Party:
    known = call.by_tag(request.from_tag)
    if known is None and len(call.parties) >= MAX_PARTIES:
        raise NgError(TOO_MANY_PARTIES)
    if known is None:
        return Party(interface, created=wall, tag=request.from_tag or token_hex(32), asymmetric=True)
    if not known.streams or any(stream.echo is not Echo.BACK or stream.described for stream in known.streams):
        raise NgError(INVALID)  # it has another part in the call
    return known


def _ports(party: Party) -> Sequence[Address]:
    return [stream.rtp.local for stream in party.streams if stream.rtp is not None]


def _port(interface: Interface, ports: Ports) -> Address:
    (port,) = ports.acquire(interface, 1)
    return port


def _stream(kind: str, local: Address, target: Address) -> MediaStream:
    """RTP and RTCP share the port, and leave from it to the target, which is all that SDP would have told."""
    return MediaStream(kind, "RTP/AVP", rtp=Endpoint(local, Latch(sdp=target)), mux=True, echo=Echo.BACK)
