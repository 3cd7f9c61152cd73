"""Which local ports the two sides of an offer get: those that they lack. A port stays as long as it will do."""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, Protocol

from rtpng.calls import bundle, ice, learn, mux, removal
from rtpng.calls.admission import passes_through
from rtpng.calls.bundle import Proposal
from rtpng.calls.dialogues import Exchange
from rtpng.calls.model import Endpoint, MediaStream, Party, Path
from rtpng.calls.request import Request
from rtpng.interfaces import Interface
from sipcore.address import Address
from sipcore.sdp.attributes import rtcp_mux
from sipcore.sdp.direction import is_rejected
from sipcore.sdp.profile import profile_of
from sipcore.sdp.session import MediaDescription, SessionDescription


class Ports(Protocol):
    """Where local ports come from; whatever a failing request acquired is given back by its owner."""

    def acquire(self, interface: Interface, count: Literal[1, 2]) -> tuple[Address, ...]:
        """One port, or an even one and the next. Raises ExhaustedError("Ran out of ports")."""


class Allotted(NamedTuple):
    """Ports for one stream: of one party, at its place among the m= sections; ``path``: on which further address."""

    party: Party
    place: int
    addresses: tuple[Address, ...]
    path: Interface | None = None


class Side(NamedTuple):
    """What one party needs for one section; ``beside``: the further addresses that ICE offers."""

    party: Party
    stream: MediaStream | None
    interface: Interface
    ports: Literal[1, 2]
    beside: tuple[Interface, ...]


def allot(
    exchange: Exchange,
    interfaces: tuple[Interface, Interface],
    beside: Callable[[Interface], tuple[Interface, ...]],
    session: SessionDescription,
    request: Request,
    ports: Ports,
    bundled: tuple[Proposal, Proposal],
) -> list[Allotted]:
    """Acquires what speaker and listener lack for an offer; the model does not know of it before ``install``."""
    allotted: list[Allotted] = []
    removed = removal.removed(session, request, exchange.listener.streams)
    for place, media in enumerate(session.media):
        if is_rejected(media) or passes_through(media) or place in removed:
            continue
        sides = _sides(exchange, interfaces, beside, session, media, place, request)
        for side, proposal in zip(sides, bundled, strict=True):
            if proposal.needs_ports(place) and not side.party.ours:
                allotted += _lacking(side._replace(stream=proposal.own(place)), place, ports)
    return allotted


def _sides(
    exchange: Exchange,
    interfaces: tuple[Interface, Interface],
    beside: Callable[[Interface], tuple[Interface, ...]],
    session: SessionDescription,
    media: MediaDescription,
    place: int,
    request: Request,
) -> Iterator[Side]:
    near, far = interfaces
    told, words = ice.described(session, media), request.rtcp_mux
    speaking, listening = _stream_at(exchange.speaker, place), _stream_at(exchange.listener, place)
    for party, stream, interface, single, has_ice in (
        (
            exchange.speaker,
            speaking,
            near,
            mux.single_port_near(speaking, words, wish=rtcp_mux(media)),
            ice.is_answered(told, request),
        ),
        (
            exchange.listener,
            listening,
            far,
            mux.single_port_far(listening, words),
            ice.is_offered(told, listening, request),
        ),
    ):
        rtp = profile_of(media.protocol) is not None
        count: Literal[1, 2] = 2 if rtp and not single else 1
        yield Side(party, stream, interface, count, beside(interface) if rtp and has_ice else ())


def _lacking(side: Side, place: int, ports: Ports) -> Iterator[Allotted]:
    if _lacks(side):
        yield Allotted(side.party, place, ports.acquire(side.interface, side.ports))
    taken = side.stream.addresses if side.stream is not None else frozenset()
    for interface in side.beside:
        if interface.address not in taken:
            yield Allotted(side.party, place, ports.acquire(interface, side.ports), interface)


def for_answer(listener: Party, interface: Interface, session: SessionDescription, ports: Ports) -> list[Allotted]:
    """Acquires what the reader of an answer lacks: on another interface, or the port that rtcp-mux did without."""
    allotted: list[Allotted] = []
    for place, stream in enumerate(listener.streams):
        if stream.rtp is None or listener.ours or bundle.leader(listener, place) != place:
            continue
        said = session.media[place] if place < len(session.media) else None
        count: Literal[1, 2] = 2 if stream.rtcp is not None or _needs_rtcp(stream, said) else 1
        allotted += _lacking(Side(listener, stream, stream.interface or interface, count, ()), place, ports)
    return allotted


def install(allotted: list[Allotted]) -> None:
    """Gives the streams their ports; what they had before is no longer theirs."""
    for party, place, (first, *second), path in allotted:
        stream = party.streams[place]
        if path is not None:
            stream.interface = stream.interface or party.interface
            stream.paths.append(Path(path, Endpoint(first), next((Endpoint(address) for address in second), None)))
            continue
        followers = [other for other in party.streams if stream.rtp is not None and other.rtp is stream.rtp]
        stream.rtp = _moved(stream.rtp, first)
        stream.rtcp = next((_moved(stream.rtcp, address) for address in second), None)
        stream.paths, stream.interface = [], None
        for other in followers:
            bundle.join(other, stream)


def _stream_at(party: Party, place: int) -> MediaStream | None:
    return party.streams[place] if place < len(party.streams) else None


def _lacks(side: Side) -> bool:
    """Whether a stream has too few ports, or has them on another address than it may."""
    stream = side.stream
    if stream is None or len([e for e in (stream.rtp, stream.rtcp) if e is not None]) < side.ports:
        return True
    allowed = {side.interface.address} | ({other.address for other in side.beside} if stream.paths else set())
    return stream.rtp is not None and stream.rtp.local.host not in allowed


def _needs_rtcp(stream: MediaStream, said: MediaDescription | None) -> bool:
    """Whether what was answered needs two ports."""
    if said is None or is_rejected(said) or profile_of(stream.protocol) is None:
        return False
    return not mux.answered(stream, wish=rtcp_mux(said))


def _moved(old: Endpoint | None, local: Address) -> Endpoint:
    """An endpoint at a new local port: the peer has to prove itself there anew, and to speak its family."""
    if old is None:
        return Endpoint(local)
    latch = learn.forgotten(old.latch)
    reachable = latch.sdp is not None and latch.sdp.family is local.family
    return Endpoint(local, latch if reachable else latch._replace(sdp=None))
