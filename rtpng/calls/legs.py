"""Which agents a call needs behind its ports: one pure function from the model to LegSpecs."""

from collections.abc import Iterator

from rtpng.calls.leg import Dtls, Ice, Keying
from rtpng.calls.model import Call, Endpoint, MediaStream, Party
from rtpng.dtls.terms import Terms
from rtpng.ice.pair import Base
from rtpng.interfaces import Interface
from rtpng.legs.spec import DtlsSpec, IceSpec, LegSpec
from sipcore.address import Address

RTP, RTCP = 1, 2


def legs(call: Call) -> frozenset[LegSpec]:
    """One for each stream that speaks ICE or DTLS; streams that share their ports share it."""
    return frozenset(spec for party in call.parties for stream in party.streams for spec in _legs(party, stream))


def name_of(stream: MediaStream) -> Address:
    """The name of a stream's leg: the same whichever of its ports ICE chooses."""
    return min(endpoint.local for endpoint in stream.endpoints)


def component_of(stream: MediaStream, local: Address) -> int:
    """1 for a port for RTP, 2 for one for RTCP."""
    rtcp = [stream.rtcp, *(path.rtcp for path in stream.paths)]
    return RTCP if any(endpoint is not None and endpoint.local == local for endpoint in rtcp) else RTP


def _legs(party: Party, stream: MediaStream) -> Iterator[LegSpec]:
    if stream.rtp is None or stream.rejected:
        return
    ice = _ice(party, stream, stream.ice) if stream.ice is not None else None
    dtls = _dtls(stream, stream.dtls) if stream.dtls is not None and _may_shake_hands(stream, stream.dtls) else None
    if ice is not None or dtls is not None:
        yield LegSpec(name_of(stream), ice, dtls)


def _ice(party: Party, stream: MediaStream, ice: Ice) -> IceSpec:
    return IceSpec(tuple(_bases(party, stream)), ice.own, ice.told, ice.controlling, ice.lite)


def _bases(party: Party, stream: MediaStream) -> Iterator[Base]:
    """In the order in which the candidates were told: by address of the interface, whichever is in use."""
    paths = [(stream.interface or party.interface, stream.rtp, stream.rtcp)]
    paths += [(path.interface, path.rtp, path.rtcp) for path in stream.paths]
    for index, (interface, rtp, rtcp) in enumerate(sorted(paths, key=lambda path: path[0] is not party.interface)):
        yield from _base(interface, rtp, RTP, index)
        if not stream.mux:
            yield from _base(interface, rtcp, RTCP, index)


def _base(interface: Interface, endpoint: Endpoint | None, component: int, index: int) -> Iterator[Base]:
    if endpoint is not None:
        advertised = Address(interface.advertised, endpoint.local.port)
        yield Base(endpoint.local, advertised, component, index, interface.foundation)


def _may_shake_hands(stream: MediaStream, dtls: Dtls) -> bool:
    """From the moment at which the party may have been told of DTLS: its first datagrams may precede its answer."""
    return stream.keying is Keying.DTLS or dtls.setup is not None


def _dtls(stream: MediaStream, dtls: Dtls) -> DtlsSpec:
    ports = [(RTP, stream.rtp)] + ([(RTCP, stream.rtcp)] if not stream.mux else [])
    return DtlsSpec(
        dtls.identity,
        tuple((component, port.local, _terms(stream, dtls, port)) for component, port in ports if port is not None),
    )


def _terms(stream: MediaStream, dtls: Dtls, endpoint: Endpoint) -> Terms | None:
    """None until an answer has fixed the role, and without ICE until there is an address."""
    if stream.keying is not Keying.DTLS or dtls.role is None or not dtls.told.possible:
        return None
    target = None if stream.ice is not None else endpoint.latch.target
    if target is None and stream.ice is None:
        return None
    return Terms(dtls.role, dtls.told.fingerprints, target, dtls.association)
