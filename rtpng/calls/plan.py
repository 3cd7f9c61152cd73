"""What should be forwarded for a call: one pure function from the model to flows and relays."""

from collections.abc import Iterator
from dataclasses import dataclass

from kernel.flow import Flow
from rtpng.calls import learn
from rtpng.calls.model import Call, Echo, Endpoint, MediaStream, Party, PartyStream
from rtpng.calls.treatment import treatment
from rtpng.media.relay import UNTOUCHED, Forward, Relay, Treatment
from sipcore.address import Address
from sipcore.sdp.profile import profile_of


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that the kernel and userspace should carry for one call."""

    flows: frozenset[Flow] = frozenset()
    relays: frozenset[Relay] = frozenset()

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


def plan(call: Call, settings: PlanSettings) -> Plan:
    """Flows and relays of a call. Every local port has a relay; RTP of a proven source has a flow too.

    The relay stays below the flow: what the kernel does not match (RTCP, other sources, a flow that it
    could not take) reaches the socket.
    """
    tos = _tos(call, settings)
    flows: list[Flow] = []
    relays: list[Relay] = []
    for party, index, stream in _streams(call):
        rtp, rtcp = _ways_out(call, party, index, stream)
        relays.extend(_relays(call, party, stream, rtp, rtcp, tos))
        flows.extend(_flows(party, stream, rtp, tos, settings))
    return Plan(frozenset(flows), frozenset(relays))


def _tos(call: Call, settings: PlanSettings) -> int | None:
    wanted = call.tos if call.tos is not None else settings.tos
    return wanted if wanted is not None and 0 < wanted <= 255 else None


def _streams(call: Call) -> Iterator[tuple[Party, int, MediaStream]]:
    for party in call.parties:
        for index, stream in enumerate(party.streams):
            if stream.rtp is not None:
                yield party, index, stream


def _ways_out(
    call: Call, party: Party, place: int, spoken: MediaStream
) -> tuple[tuple[Forward, ...], tuple[Forward, ...]]:
    """Where RTP and RTCP of one stream go: to everybody who hears it. RTCP of a subscriber goes to whom it hears."""
    if spoken.rejected or call.drop_traffic:
        return (), ()
    rtp: list[Forward] = []
    rtcp: list[Forward] = []
    for hearer, stream in _hearers(call, party, place, spoken):
        rtp.extend(_way_of_rtp(stream, treatment(call, party, hearer, spoken, stream)))
        if spoken.echo is not Echo.NOWHERE:
            rtcp.extend(_way_of_rtcp(stream))
    for _, stream in call.subscribed(party, place):
        rtcp.extend(_way_of_rtcp(stream))
    return tuple(rtp), tuple(rtcp)


def _hearers(call: Call, party: Party, place: int, spoken: MediaStream) -> list[PartyStream]:
    return [PartyStream(party, spoken)] if spoken.echo is Echo.BACK else call.hearers(party, place)


def _receives(stream: MediaStream) -> bool:
    """Who printed the zero address wants nothing (RFC 3264 8.4), wherever it was heard before."""
    return not (stream.rejected or stream.on_hold)


def _way_of_rtp(stream: MediaStream, treated: Treatment) -> Iterator[Forward]:
    if stream.rtp is not None and _receives(stream):
        yield from _forward(stream.rtp.local, stream.rtp.latch.target, treated)


def _way_of_rtcp(stream: MediaStream) -> Iterator[Forward]:
    if stream.rtp is None or not _receives(stream):
        return
    if stream.mux:
        yield from _forward(stream.rtp.local, stream.rtp.latch.target)
    elif stream.rtcp is not None:
        yield from _forward(stream.rtcp.local, learn.rtcp_target(stream.rtp.latch, stream.rtcp.latch))


def _forward(source: Address, target: Address | None, treated: Treatment = UNTOUCHED) -> Iterator[Forward]:
    if target is not None:
        yield Forward(source, target, treated)


def _relays(
    call: Call,
    party: Party,
    stream: MediaStream,
    rtp: tuple[Forward, ...],
    rtcp: tuple[Forward, ...],
    tos: int | None,
) -> Iterator[Relay]:
    if stream.rtp is None:
        return
    yield Relay(
        local=stream.rtp.local,
        remote=stream.rtp.latch.remote,
        any_source=party.asymmetric,
        expected=_expected(party, stream.rtp),
        rtp=rtp,
        rtcp=rtcp,
        opaque=profile_of(stream.protocol) is None,
        tos=tos,
        label=call.call_id,
    )
    if stream.rtcp is not None:
        remote = learn.rtcp_remote(stream.rtp.latch, stream.rtcp.latch)
        expected = _expected(party, stream.rtcp)
        yield Relay(stream.rtcp.local, remote, party.asymmetric, expected, rtcp=rtcp, tos=tos, label=call.call_id)


def _expected(party: Party, endpoint: Endpoint) -> Address | None:
    """Whom SDP names, for a party that may send from anywhere."""
    return endpoint.latch.sdp if party.asymmetric else None


def _flows(
    party: Party, stream: MediaStream, rtp: tuple[Forward, ...], tos: int | None, settings: PlanSettings
) -> Iterator[Flow]:
    """The kernel takes RTP of a proven source that goes one way as it is, or no way because all of them are blocked.

    A second way out needs a copy, and a treatment needs hands: userspace.
    """
    if stream.rtp is None or not rtp or profile_of(stream.protocol) is None:
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
        case [Forward(source, target, treated)] if treated == UNTOUCHED:
            if target.family is local.family is source.family:
                yield Flow(local, remote, source, target, tos)
