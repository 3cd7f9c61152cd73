"""What an SDP says about where its party receives and whether it talks, into the latches of our ports."""

from collections.abc import Iterable, Set
from functools import lru_cache
from typing import NamedTuple

from rtpng.calls import learn
from rtpng.calls.admission import is_relayed_rtp
from rtpng.calls.bundle import leader
from rtpng.calls.dialogues import Exchange
from rtpng.calls.model import Endpoint, MediaStream, Party
from rtpng.calls.request import Request
from sipcore.address import Address, family_of, is_loopback, is_unicast
from sipcore.sdp.attributes import rtcp_address, rtp_address
from sipcore.sdp.session import connection_of


class Told(NamedTuple):
    """Where a party says that it receives RTP and RTCP; ``host`` is its own word, before anybody corrected it."""

    rtp: Address | None = None
    rtcp: Address | None = None
    host: str | None = None


class Expectation(NamedTuple):
    """Which payload types one stream of a port may have, and whether it should be heard."""

    types: frozenset[int]
    talks: bool


def describe(party: Party, request: Request, *, sip_source: bool, control: Set[Address]) -> None:
    """Tells all endpoints of a party what its SDP says.

    ``sip_source``: what the operator wants to believe; ``control``: our control ports, which no media may reach.
    """
    believed = request.received_from if _believes_sip(request, sip_source=sip_source) else None
    for place, stream in enumerate(party.streams):
        told = _told(party, stream, believed)
        if leader(party, place) != place:
            continue
        paths = [(stream.rtp, stream.rtcp), *((path.rtp, path.rtcp) for path in stream.paths)]
        for endpoint, address in ((port, at) for ports in paths for port, at in zip(ports, told[:2], strict=True)):
            if endpoint is not None:
                _tell(endpoint, None if address in control else address, told, request)


def recall(party: Party, control: Set[Address]) -> None:
    """Tells RTCP ports that are new where the party's last SDP wanted RTCP."""
    for stream in party.streams:
        target = _recalled(stream)
        if target is None or stream.rtcp is None or stream.rtcp.latch.sdp is not None or target in control:
            continue
        if reachable(stream.rtcp.local, target):
            stream.rtcp.latch = learn.described(stream.rtcp.latch, target, signalled=None, doubtful=False)


def _recalled(stream: MediaStream) -> Address | None:
    """Where RTCP was wanted; at the host that was believed for RTP, if SDP has named one for both."""
    rtp, rtcp = stream.named
    believed = stream.rtp.latch.sdp if stream.rtp is not None else None
    if rtp is None or rtcp is None or believed is None or stream.rejected:
        return None
    return _at(believed.host, rtcp) if rtcp.host == rtp.host else rtcp


def expect(exchange: Exchange, now: float, *, early: bool) -> None:
    """After every exchange: which payload types may come, and who should be heard from here on.

    Nobody must talk who was told to be silent, nor while the call still rings (``early``).
    """
    pairs = zip(exchange.speaker.streams, exchange.listener.streams, strict=False)
    expect_between(pairs, now, answered=exchange.dialogue.answered and not early)


def expect_between(pairs: Iterable[tuple[MediaStream, MediaStream]], now: float, *, answered: bool) -> None:
    """The same for streams that are joined, wherever they are among those of their parties."""
    expected: dict[Endpoint, list[Expectation]] = {}  # several of those that are shared
    for one, other in pairs:
        types = _payload_types(one) | _payload_types(other)
        for stream, reader in ((one, other), (other, one)):
            expectation = Expectation(types, answered and _must_talk(stream, reader))
            for endpoint in stream.endpoints:
                expected.setdefault(endpoint, []).append(expectation)
    for endpoint, every in expected.items():
        latch = learn.expecting(endpoint.latch, talks=any(one.talks for one in every), now=now)
        endpoint.latch = learn.with_payload_types(latch, _all_types(every))


def _all_types(every: list[Expectation]) -> frozenset[int]:
    """The payload types of all streams of a port; none at all, that is any, if one of them has none."""
    if len(every) == 1:
        return every[0].types
    return frozenset().union(*(one.types for one in every)) if all(one.types for one in every) else frozenset()


def _must_talk(stream: MediaStream, reader: MediaStream) -> bool:
    """Whether a party should be heard: it wants to send, and the other side wants to receive."""
    refused = stream.rejected or reader.rejected or stream.on_hold or reader.on_hold
    return stream.direction.sends and reader.direction.receives and not refused


def _believes_sip(request: Request, *, sip_source: bool) -> bool:
    return request.sip_source_address or (sip_source and not request.trust_address)


def _told(party: Party, stream: MediaStream, believed: str | None) -> Told:
    """Nothing for media that is refused, not relayed or on hold; ``believed``: a host in place of the SDP's."""
    session, media = party.session, stream.described
    if session is None or media is None or stream.passthrough:
        return Told()
    connection = connection_of(session, media)
    if connection is None or not is_unicast(connection.host):
        return Told()
    rtp, rtcp = rtp_address(session, media), rtcp_address(session, media)
    if believed is not None and family_of(believed) is connection.family:
        rtp, rtcp = _at(believed, rtp), _at(believed, rtcp)
    return Told(rtp, rtcp, connection.host)


def _at(host: str, address: Address | None) -> Address | None:
    return address and Address(host, address.port)


def _tell(endpoint: Endpoint, address: Address | None, told: Told, request: Request) -> None:
    local = endpoint.local.host
    doubtful = told.host is not None and learn.doubtful(told.host, request.received_from, local)
    target = address if address is not None and reachable(endpoint.local, address) else None
    latch = learn.described(endpoint.latch, target, signalled=request.received_from, doubtful=doubtful)
    if request.reset or request.port_latching:
        latch = learn.reopened(latch)
    endpoint.latch = learn.waiting(latch) if request.nat_wait else latch


def reachable(local: Address, address: Address) -> bool:
    """Whether media may go there, whoever asks for it.

    Not to multicast, not to another family than our port's, and from the network never to this host's loopback.
    """
    if address.family is not local.family or not is_unicast(address.host):
        return False
    return is_loopback(local.host) or not is_loopback(address.host)


def _payload_types(stream: MediaStream) -> frozenset[int]:
    media = stream.described
    return _numbers(media.formats) if is_relayed_rtp(media) else frozenset()


@lru_cache(maxsize=256)  # phones of one kind have the same ones in every call
def _numbers(formats: tuple[str, ...]) -> frozenset[int]:
    return frozenset(map(int, formats))
