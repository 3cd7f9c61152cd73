"""Which local ports the two sides of an offer get: those that they lack. A port stays as long as it will do."""

from dataclasses import replace
from typing import Literal, NamedTuple, Protocol

from rtpng.calls import learn, mux, removal
from rtpng.calls.admission import passes_through
from rtpng.calls.dialogues import Exchange
from rtpng.calls.model import Endpoint, MediaStream, Party
from rtpng.calls.request import Request
from rtpng.interfaces import Interface
from sipcore.address import Address
from sipcore.sdp.attributes import rtcp_mux
from sipcore.sdp.direction import is_rejected
from sipcore.sdp.profile import profile_of
from sipcore.sdp.session import SessionDescription


class Ports(Protocol):
    """Where local ports come from; whatever a failing request acquired is given back by its owner."""

    def acquire(self, interface: Interface, count: Literal[1, 2]) -> tuple[Address, ...]:
        """One port, or an even one and the next. Raises ExhaustedError("Ran out of ports")."""


class Allotted(NamedTuple):
    """Ports for one stream: of one party, at its place among the m= sections."""

    party: Party
    place: int
    addresses: tuple[Address, ...]


def allot(
    exchange: Exchange,
    interfaces: tuple[Interface, Interface],
    session: SessionDescription,
    request: Request,
    ports: Ports,
) -> list[Allotted]:
    """Acquires what speaker and listener lack for an offer; the model does not know of it before ``install``."""
    near, far = interfaces
    allotted = []
    for place, media in enumerate(session.media):
        if is_rejected(media) or passes_through(media) or removal.is_removed(media, request):
            continue
        muxing = rtcp_mux(session, media)
        speaking, listening = _stream_at(exchange.speaker, place), _stream_at(exchange.listener, place)
        for party, stream, interface, single in (
            (exchange.speaker, speaking, near, mux.single_port_near(speaking, request.rtcp_mux, wish=muxing)),
            (exchange.listener, listening, far, mux.single_port_far(listening, request.rtcp_mux)),
        ):
            count: Literal[1, 2] = 1 if single or profile_of(media.protocol) is None else 2
            if not party.ours and _lacks(stream, interface, count):
                allotted.append(Allotted(party, place, ports.acquire(interface, count)))
    return allotted


def install(allotted: list[Allotted]) -> None:
    """Gives the streams their ports; what they had before is no longer theirs."""
    for party, place, (first, *second) in allotted:
        stream = party.streams[place]
        stream.rtp = _moved(stream.rtp, first)
        stream.rtcp = next((_moved(stream.rtcp, address) for address in second), None)


def _stream_at(party: Party, place: int) -> MediaStream | None:
    return party.streams[place] if place < len(party.streams) else None


def _lacks(stream: MediaStream | None, interface: Interface, count: int) -> bool:
    """Whether a stream has too few ports, or has them on another address."""
    if stream is None or len(stream.endpoints) < count:
        return True
    return any(endpoint.local.host != interface.address for endpoint in stream.endpoints)


def _moved(old: Endpoint | None, local: Address) -> Endpoint:
    """An endpoint at a new local port: the peer has to prove itself there anew, and to speak its family."""
    if old is None:
        return Endpoint(local)
    latch = learn.forgotten(old.latch)
    reachable = latch.sdp is not None and latch.sdp.family is local.family
    return Endpoint(local, latch if reachable else replace(latch, sdp=None))
