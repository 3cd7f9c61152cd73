"""Offer and answer: takes over what a party says into the model, and settles the rest for the other side.

Order matters: everything that can fail (unsupported media, unusable addresses, ports) comes before the first change
of the model, so that a refused request leaves the call as it was.
"""

from dataclasses import dataclass
from typing import Protocol

from rtpng.calls import addresses, allotment, dialogues, learn, mux
from rtpng.calls.admission import check, passes_through
from rtpng.calls.allotment import Ports
from rtpng.calls.dialogues import Exchange
from rtpng.calls.learn import Policy
from rtpng.calls.model import Call, MediaStream, Party
from rtpng.calls.request import Request
from rtpng.interfaces import Interface
from sipcore.address import Family
from sipcore.sdp.attributes import inherited, rtcp_mux
from sipcore.sdp.direction import direction_of, is_rejected, is_zero
from sipcore.sdp.profile import profile_of
from sipcore.sdp.session import MediaDescription, SessionDescription, connection_of

POLICIES = {
    "off": Policy.OFF,
    "immediate": Policy.IMMEDIATE,
    "heuristic": Policy.NORMAL,
    "delayed": Policy.NORMAL,
}


class Interfaces(Protocol):
    """The configured logical interfaces."""

    def choose(self, name: str | None, family: Family | None) -> Interface:
        """An address of the named interface; the default one when the name is unknown or None."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator's configuration says about negotiation."""

    sip_source: bool = False
    endpoint_learning: str = "heuristic"


@dataclass(slots=True)
class Negotiator:
    """Carries out offers and answers on the model. ``now`` is monotonic, ``wall`` the time of day, in seconds."""

    interfaces: Interfaces
    settings: Settings

    def offer(
        self, call: Call, request: Request, session: SessionDescription, ports: Ports, *, now: float, wall: float
    ) -> Exchange:
        """A party offers. Raises NgError; then neither the call nor its parties have changed."""
        check(session, request)
        family = _family(session)
        default = self.interfaces.choose(None, family)
        exchange = dialogues.for_offer(call, request, lambda: Party(default, created=wall))
        near, far = self._interfaces(call, exchange, request, family)
        allotted = allotment.allot(exchange, (near, far), session, request, ports)
        exchange.speaker.interface, exchange.listener.interface = near, far
        self._take_over(call, exchange, session, request)
        for index, media in enumerate(session.media):
            _settle_offer(exchange, index, media, request)
        allotment.install(allotted)
        self._agreed(call, exchange, request, now)
        return exchange

    def answer(self, call: Call, request: Request, session: SessionDescription, *, now: float, wall: float) -> Exchange:
        """A party answers an offer; the ports were opened by the offer.

        Raises NgError; then neither the call nor its parties have changed.
        """
        check(session, request)
        default = self.interfaces.choose(None, _family(session))
        exchange = dialogues.for_answer(call, request, lambda: Party(default, created=wall))
        self._take_over(call, exchange, session, request)
        exchange.speaker.final = exchange.speaker.final or _is_final(request)
        dialogues.connect(call, exchange.dialogue)
        for speaking, listening in zip(exchange.speaker.streams, exchange.listener.streams, strict=False):
            mux.settle(speaking, listening)
        self._agreed(call, exchange, request, now)
        return exchange

    def _interfaces(
        self, call: Call, exchange: Exchange, request: Request, family: Family | None
    ) -> tuple[Interface, Interface]:
        """Interfaces towards speaker and listener: chosen once, by the first offer; only the family may change."""
        near, far = _interface_names(request)
        return (
            self._interface(call, exchange.speaker, near, family, family),
            self._interface(call, exchange.listener, far, request.address_family or family, request.address_family),
        )

    def _interface(
        self, call: Call, party: Party, name: str | None, first: Family | None, later: Family | None
    ) -> Interface:
        """``first``: the family for a party that is new to the call; ``later``: for one that is not."""
        if party not in call.parties:
            return self.interfaces.choose(name, first)
        if later in (None, party.interface.family):
            return party.interface
        return self.interfaces.choose(party.interface.name, later)

    def _take_over(self, call: Call, exchange: Exchange, session: SessionDescription, request: Request) -> None:
        dialogues.attach(call, exchange)
        speaker = exchange.speaker
        speaker.session = session
        speaker.asymmetric = speaker.asymmetric or request.asymmetric
        speaker.label = request.set_label or request.label or speaker.label
        for index, media in enumerate(session.media):
            _describe(_stream(speaker, index, media), session, media)
        for stream in speaker.streams[len(session.media) :]:
            _left_out(stream)

    def _agreed(self, call: Call, exchange: Exchange, request: Request, now: float) -> None:
        """Both sides' streams are settled: what follows for the addresses of our ports."""
        policy = _policy(request, self.settings)
        for stream in exchange.speaker.streams:
            for endpoint in stream.endpoints:
                endpoint.latch = learn.with_policy(endpoint.latch, policy)
        addresses.describe(exchange.speaker, request, sip_source=self.settings.sip_source)
        addresses.expect(exchange, now)
        call.signalled = now


# --- reading what a party says ---


def _family(session: SessionDescription) -> Family | None:
    """The family of the first connection address of an SDP that is one."""
    connections = (connection_of(session, media) for media in session.media if not is_rejected(media))
    return next((c.family for c in connections if c is not None and not is_zero(c)), None)


def _interface_names(request: Request) -> tuple[str | None, str | None]:
    """Logical interfaces towards sender and receiver (direction, from-interface, to-interface)."""
    first = request.direction[0] if request.direction else None
    second = request.direction[1] if len(request.direction) > 1 else None
    return request.from_interface or first, request.to_interface or second


def _stream(party: Party, index: int, media: MediaDescription) -> MediaStream:
    while len(party.streams) <= index:
        party.streams.append(MediaStream(kind=media.kind, protocol=media.protocol))
    return party.streams[index]


def _describe(stream: MediaStream, session: SessionDescription, media: MediaDescription) -> None:
    stream.kind = media.kind
    stream.described = media
    stream.direction = direction_of(session, media)
    stream.rejected = is_rejected(media)
    stream.passthrough = passes_through(media)
    stream.on_hold = _on_hold(session, media)
    stream.mux_wish = rtcp_mux(session, media)


def _on_hold(session: SessionDescription, media: MediaDescription) -> bool:
    """Old-style hold. With ICE a zero address only means that the candidates are still to come (RFC 8840)."""
    has_ice = inherited(session, media, "ice-ufrag") is not None
    return is_zero(connection_of(session, media)) and not has_ice


def _left_out(stream: MediaStream) -> None:
    """A section that an SDP no longer has."""
    stream.described = None
    stream.rejected = True
    stream.passthrough = stream.on_hold = stream.mux_wish = False


def _policy(request: Request, settings: Settings) -> Policy:
    if request.media_handover:
        return Policy.HANDOVER
    return POLICIES.get(request.endpoint_learning or settings.endpoint_learning, Policy.NORMAL)


def _is_final(request: Request) -> bool:
    return request.sip_message_type == "reply" and (request.sip_code or 0) >= 200 and not request.provisional


# --- deciding for the other side ---


def _settle_offer(exchange: Exchange, index: int, media: MediaDescription, request: Request) -> None:
    """What the receiver of an offer is told about one m= section."""
    speaking = exchange.speaker.streams[index]
    listening = _stream(exchange.listener, index, media)
    speaking.protocol = media.protocol
    listening.kind, listening.passthrough = media.kind, speaking.passthrough
    listening.protocol = outgoing_protocol(media, request)
    mux.offer_on(speaking, listening, request.rtcp_mux)


def outgoing_protocol(media: MediaDescription, request: Request) -> str:
    """The protocol of an offer that goes out: the one asked for, if the media is RTP, else as received."""
    wanted = request.transport_protocol
    if wanted in (None, "ACCEPT") or profile_of(media.protocol) is None or profile_of(wanted or "") is None:
        return media.protocol
    return wanted or media.protocol
