"""What should be forwarded for a call: one pure function from the model to flows and relays."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from kernel.flow import Flow
from rtpng.calls import extensions, keys, learn
from rtpng.calls.bundle import leader
from rtpng.calls.leg import Keying
from rtpng.calls.legs import legs
from rtpng.calls.model import Call, Echo, Endpoint, Group, MediaStream, Party, PartyStream
from rtpng.calls.treatment import events, treatment
from rtpng.legs.spec import LegSpec
from rtpng.media.relay import UNTOUCHED, Forward, Lane, Relay, Treatment
from sipcore.address import Address
from sipcore.record import record
from sipcore.sdp.profile import profile_of
from sipcore.srtp import Keys

Lanes = list[Lane]  # of one port: more than one if streams share it; the first tells whose port it is


EventTypes = frozenset[tuple[int, int]]  # payload types of events and their clock rates


@record
class Plan:
    """Everything that the kernel and userspace should carry for one call."""

    flows: frozenset[Flow] = frozenset()
    relays: frozenset[Relay] = frozenset()
    legs: frozenset[LegSpec] = frozenset()

    def __or__(self, other: "Plan") -> "Plan":
        """Both."""
        return Plan(self.flows | other.flows, self.relays | other.relays, self.legs | other.legs)

    @property
    def ports(self) -> frozenset[Address]:
        """The local ports that the plan listens on."""
        return frozenset(relay.local for relay in self.relays)


EMPTY = Plan()


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """What the operator's configuration says about forwarding."""

    tos: int | None = None  # of media, where the call asks for none
    any_source: bool = False  # flows from anywhere once the peer is known
    digits: bool = False  # somebody is told of all digits


def plan(call: Call, settings: PlanSettings) -> Plan:
    """Flows and relays of a call. Every local port has a relay; RTP of a proven source has a flow too.

    The relay stays below the flow: what the kernel does not match (RTCP, other sources, a flow that it
    could not take) reaches the socket.
    """
    tos = _tos(call, settings)
    flows: list[Flow] = []
    relays: list[Relay] = []
    for party, places in _ports(call):
        lanes = _lanes(call, party, places)
        stream = party.streams[lanes[0].place]
        watched = _watched(call, party, lanes, settings)
        relays.extend(_relays(call, party, stream, lanes, tos, watched))
        if len(lanes) == 1 and not watched and not _recorded(call, party):
            flows.extend(_flows(party, stream, lanes[0].rtp, tos, settings))
    return Plan(frozenset(flows), frozenset(relays), legs(call))


def _recorded(call: Call, party: Party) -> bool:
    """Whether what a party sends goes through our hands, to be written down."""
    return call.recording is not None and not call.recording.paused and not party.unrecorded


def _tos(call: Call, settings: PlanSettings) -> int | None:
    wanted = call.tos if call.tos is not None else settings.tos
    return wanted if wanted is not None and 0 < wanted <= 255 else None


def _ports(call: Call) -> Iterator[tuple[Party, Group]]:
    """Our ports for RTP, or media that is not RTP: whose they are, and of which of its streams."""
    for party in call.parties:
        places: dict[Endpoint, Group] = {}
        for place, stream in enumerate(party.streams):
            if stream.rtp is not None:
                places[stream.rtp] = (*places.get(stream.rtp, ()), place)
        yield from ((party, sharing) for sharing in places.values())


def _lanes(call: Call, party: Party, places: Group) -> Lanes:
    """The streams of a port that are not rejected, the one that others share with first; if all are, an empty one."""
    living = [place for place in places if not party.streams[place].rejected]
    if not living:
        return [Lane(places[0])]
    if len(living) > 1:
        living.sort(key=lambda place: leader(party, place) != place)
    return [_lane(call, party, place, shared=len(living) > 1) for place in living]


def _lane(call: Call, party: Party, place: int, *, shared: bool) -> Lane:
    stream = party.streams[place]
    rtp, rtcp = _ways_out(call, party, place, stream)
    if not shared:
        return Lane(place, rtp=rtp, rtcp=rtcp)
    return Lane(place, extensions.mids(stream), extensions.payload_types(stream), rtp, rtcp)


def _ways_out(
    call: Call, party: Party, place: int, spoken: MediaStream
) -> tuple[tuple[Forward, ...], tuple[Forward, ...]]:
    """Where RTP and RTCP of one stream go: to everybody who hears it. RTCP of a subscriber goes to publishers."""
    if spoken.rejected or call.drop_traffic:
        return (), ()
    rtp: list[Forward] = []
    rtcp: list[Forward] = []
    for hearer in _hearers(call, party, place, spoken):
        rtp.extend(_way_of_rtp(hearer.stream, treatment(call, PartyStream(party, spoken), hearer)))
        if spoken.echo is not Echo.NOWHERE:
            rtcp.extend(_way_of_rtcp(hearer.stream))
    for _, stream in call.informed(party, place):
        rtcp.extend(_way_of_rtcp(stream))
    return tuple(rtp), tuple(rtcp)


def _watched(call: Call, party: Party, lanes: Lanes, settings: PlanSettings) -> EventTypes:
    """The events that somebody is told of; a stream that has some is looked through in userspace."""
    if not (settings.digits or call.dtmf_log_dest is not None or party.detect_dtmf):
        return frozenset()
    spoken = [(lane.place, party.streams[lane.place]) for lane in lanes]
    return frozenset(
        event
        for place, stream in spoken
        for event in events(stream, [hearer.stream for hearer in _hearers(call, party, place, stream)])
    )


def _hearers(call: Call, party: Party, place: int, spoken: MediaStream) -> list[PartyStream]:
    return [PartyStream(party, spoken)] if spoken.echo is Echo.BACK else call.hearers(party, place)


def _receives(stream: MediaStream, component: int) -> bool:
    """Who printed the zero address wants nothing (RFC 3264 8.4), wherever it was heard before.

    Nothing goes out without the keys that were agreed on, nor to a peer that ICE has lost.
    """
    if stream.rejected or stream.on_hold or keys.is_closed(stream, component):
        return False
    return stream.ice is None or component not in stream.ice.lost


def _way_of_rtp(stream: MediaStream, treated: Treatment) -> Iterator[Forward]:
    if stream.rtp is not None and _receives(stream, keys.RTP):
        yield from _forward(stream, stream.rtp.local, stream.rtp.latch.target, keys.RTP, treated)


def _way_of_rtcp(stream: MediaStream) -> Iterator[Forward]:
    component = keys.RTP if stream.mux else keys.RTCP
    if stream.rtp is None or not _receives(stream, component):
        return
    if stream.mux:
        yield from _forward(stream, stream.rtp.local, stream.rtp.latch.target, component)
    elif stream.rtcp is not None:
        target = learn.rtcp_target(stream.rtp.latch, stream.rtcp.latch)
        yield from _forward(stream, stream.rtcp.local, target, component)


def _forward(
    stream: MediaStream, source: Address, target: Address | None, component: int, treated: Treatment = UNTOUCHED
) -> Iterator[Forward]:
    pair = keys.pair(stream, component)
    if target is not None:
        yield Forward(source, target, treated, pair.local if pair is not None else None)


def _relays(
    call: Call, party: Party, stream: MediaStream, lanes: Lanes, tos: int | None, watched: EventTypes
) -> Iterator[Relay]:
    """One for each port of a stream, or of several that share them.

    Those that ICE has not chosen are included: packets may come there, too.
    """
    untouched = stream.ice_beside is not None  # STUN and DTLS pass like all the rest
    opaque = untouched or profile_of(stream.protocol) is None
    for rtp_port, rtcp_port in [(stream.rtp, stream.rtcp), *((path.rtp, path.rtcp) for path in stream.paths)]:
        if rtp_port is None:
            continue
        guard = _guard(stream, keys.RTP)
        remote = rtp_port.latch.remote
        yield _relay(call, party, rtp_port, remote, guard, lanes, watched, opaque=opaque, tos=tos)
        if rtcp_port is not None:
            remote = learn.rtcp_remote(rtp_port.latch, rtcp_port.latch)
            guard = _guard(stream, keys.RTCP)
            yield _relay(call, party, rtcp_port, remote, guard, lanes, opaque=untouched, tos=tos, heard_at=rtp_port)


class _Guard(NamedTuple):
    """What keeps strangers from a port of a leg with agents and keys."""

    agent: bool = False
    closed: bool = False  # to everybody, as long as the leg needs keys and has none
    keys: Keys | None = None


_OPEN = _Guard()


def _guard(stream: MediaStream, component: int) -> _Guard:
    agent = stream.ice is not None or stream.dtls is not None
    if stream.keying is Keying.NONE:
        return _Guard(agent) if agent else _OPEN
    pair = keys.pair(stream, keys.RTP if stream.mux else component)
    return _Guard(agent, pair is None, pair.remote if pair is not None else None)


def _relay(
    call: Call,
    party: Party,
    port: Endpoint,
    remote: Address | None,
    guard: _Guard,
    lanes: Lanes,
    watched: EventTypes = frozenset(),
    *,
    opaque: bool,
    tos: int | None,
    heard_at: Endpoint | None = None,
) -> Relay:
    """All at once: a call has four, twice, and a changed copy costs more than everything else here.

    ``heard_at``: this is a port for RTCP, and that the one for its RTP.
    """
    first, shared = lanes[0], len(lanes) > 1
    rtp = first.rtp if heard_at is None else first.rtcp if opaque else ()
    if shared and heard_at is not None:
        lanes = [Lane(lane.place, lane.mids, lane.payload_types, (), lane.rtcp) for lane in lanes]
    return Relay(
        local=port.local,
        remote=remote,
        any_source=party.asymmetric and not guard.closed,
        expected=port.latch.sdp if party.asymmetric else None,  # whom SDP names, if the party may send from anywhere
        rtp=() if shared else rtp,
        rtcp=() if shared else first.rtcp,
        opaque=opaque,
        lanes=tuple(lanes) if shared else (),
        mid_extension=extensions.mid_id(party, lanes) if shared else None,
        heard_at=heard_at.local if shared and heard_at is not None else None,
        unprotect=guard.keys,
        sources=frozenset() if guard.closed else None,
        agent=guard.agent,
        pierce=port.latch.target if party.pierce_nat and remote is None and not guard.agent else None,
        events=watched,
        recorded=_recorded(call, party),
        tos=tos,
        label=call.call_id,
    )


def _is_plain_rtp(stream: MediaStream) -> bool:
    """Whether what a party sends is RTP, as far as we can know."""
    return profile_of(stream.protocol) is not None and stream.keying is Keying.NONE and stream.ice_beside is None


def _flows(
    party: Party, stream: MediaStream, rtp: tuple[Forward, ...], tos: int | None, settings: PlanSettings
) -> Iterator[Flow]:
    """The kernel takes RTP of a proven source that goes one way as it is, or no way because all of them are blocked.

    A second way out needs a copy, and a treatment needs hands: userspace.
    """
    if stream.rtp is None or not rtp or not _is_plain_rtp(stream):
        return
    proven = stream.rtp.latch.remote
    if proven is None and not party.asymmetric:
        return
    anywhere = party.asymmetric or settings.any_source
    local, remote = stream.rtp.local, None if anywhere else proven
    open_ways = [way for way in rtp if not way.treatment.blocked]
    match open_ways:
        case []:
            yield Flow(local, remote, local, None, tos)
        case [Forward(source, target, treated, None)] if treated == UNTOUCHED:
            if target.family is local.family is source.family:
                yield Flow(local, remote, source, target, tos)
