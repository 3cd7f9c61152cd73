"""Offer and answer: takes over what a party says into the model, and settles the rest for the other side.

Order matters: everything that can fail (unsupported media, unusable addresses, ports) comes before the first change
of the model, so that a refused request leaves the call as it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Protocol

from rtpng.calls import (
    addresses,
    allotment,
    bundle,
    dialogues,
    ice,
    learn,
    mux,
    removal,
    secure,
    settle,
    twins,
    wishes,
)
from rtpng.calls.admission import check, check_growth, passes_through
from rtpng.calls.allotment import Ports
from rtpng.calls.dialogues import Exchange
from rtpng.calls.learn import Policy
from rtpng.calls.model import Call, MediaStream, Party
from rtpng.calls.request import Request
from rtpng.interfaces import Interface
from sipcore.address import Address, Family
from sipcore.sdp.attributes import inherited, mixes_extensions, rtcp_address, rtcp_mux, rtp_address
from sipcore.sdp.direction import direction_of, is_rejected, is_zero
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

    def beside(self, interface: Interface) -> tuple[Interface, ...]:
        """The other addresses of its logical interface."""

    def includes(self, name: str, interface: Interface) -> bool:
        """Whether a name may stand for this interface."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator's configuration says about negotiation."""

    sip_source: bool = False
    endpoint_learning: str = "heuristic"
    control: frozenset[Address] = frozenset()  # our control ports: media never goes there
    instance: str = field(default_factory=lambda: token_hex(6))  # marks our SDPs for loop-protect
    software: str = "rtpng"  # the name (s=) of SDPs of our own


@dataclass(slots=True)
class Negotiator:
    """Carries out offers and answers on the model. ``now`` is monotonic, ``wall`` the time of day, in seconds."""

    interfaces: Interfaces
    settings: Settings
    keys: secure.Preferences

    def offer(
        self, call: Call, request: Request, session: SessionDescription, ports: Ports, *, now: float, wall: float
    ) -> Exchange:
        """A party offers. Raises NgError; then neither the call nor its parties have changed."""
        session = bundle.revived(session, call.by_tag(request.from_tag), request)
        check(session)
        family = family_in(session)
        first = family or family_in(session, zero=True)
        default = self.interfaces.choose(None, first)
        exchange = dialogues.for_offer(call, request, lambda: Party(default, created=wall))
        check_growth(call, exchange)
        session = removal.restored(session, exchange.speaker.streams)
        interfaces = self._interfaces(call, exchange, request, family, first)
        return self.offered(call, exchange, interfaces, session, request, ports, now=now)

    def offered(
        self,
        call: Call,
        exchange: Exchange,
        interfaces: tuple[Interface, Interface],
        session: SessionDescription,
        request: Request,
        ports: Ports,
        *,
        now: float,
    ) -> Exchange:
        """Takes an offer over into the model; ``interfaces``: towards its speaker and its listener.

        Raises NgError when the ports run out; then neither the call nor its parties have changed.
        """
        near, far = interfaces
        bundled = bundle.proposals(exchange, session, request)
        allotted = allotment.allot(exchange, (near, far), self.interfaces.beside, session, request, ports, bundled)
        bundle.part((one.party, one.place) for one in allotted if one.path is None)
        exchange.speaker.interface, exchange.listener.interface = near, far
        self._take_over(call, exchange, session, request)
        self._describe_keys(exchange.speaker, session)
        removed = removal.removed(session, request, exchange.listener.streams)
        used = mux.is_used(exchange.listener.streams, session.media)
        bundle.propose(bundled, request)
        for index, media in enumerate(session.media):
            settle.offered(exchange, index, media, request)
            exchange.listener.streams[index].removed = media if index in removed else None
            if not is_rejected(media):
                mux.offer_on(*exchange.at(index), request.rtcp_mux, used=used)
            self._connect_offer(exchange, index, session, request)
        allotment.install(allotted)
        bundle.share(exchange)
        self._agreed(call, exchange, request, now)
        return exchange

    def answer(
        self, call: Call, request: Request, session: SessionDescription, ports: Ports, *, now: float, wall: float
    ) -> Exchange:
        """A party answers an offer; the ports were opened by the offer, but for those that only the answer asks for.

        Raises NgError; then neither the call nor its parties have changed.
        """
        check(session)
        default = self.interfaces.choose(None, family_in(session))
        exchange = dialogues.for_answer(call, request, lambda: Party(default, created=wall))
        check_growth(call, exchange)
        session = removal.restored(session, (exchange.heir_of or exchange.speaker).streams)
        self._allot(call, exchange.listener, session, request, ports)
        return self.answered(call, exchange, session, request, now=now)

    def answered(
        self, call: Call, exchange: Exchange, session: SessionDescription, request: Request, *, now: float
    ) -> Exchange:
        """Takes an answer over into the model."""
        self._take_over(call, exchange, session, request)
        exchange.speaker.final = exchange.speaker.final or _is_final(request)
        dialogues.connect(call, exchange.dialogue)
        bundle.settle(exchange, session)
        self._describe_keys(exchange.speaker, session)
        for stream in exchange.speaker.streams:
            twins.settle(stream)
        self._connect_answerer(exchange, session)
        for place in range(min(len(exchange.speaker.streams), len(exchange.listener.streams))):
            settle.answered(exchange, place, request)
        bundle.sync(exchange)
        self._agreed(call, exchange, request, now)
        return exchange

    def _connect_offer(self, exchange: Exchange, place: int, session: SessionDescription, request: Request) -> None:
        """Keys and paths that an offer tells of."""
        speaking, listening = exchange.at(place)
        first = not exchange.dialogue.answered or listening.described is None
        ice.offer_on(speaking, listening, ice.described(session, _leading(exchange.speaker, place, session)), request)
        lends = not bundle.is_shared(exchange.listener, place)
        secure.offer_on(speaking, listening, request, self.keys, first=first, lends=lends)

    def _connect_answerer(self, exchange: Exchange, session: SessionDescription) -> None:
        """Keys and paths that are in use with who has answered; those of a bundle are its first section's."""
        for place, stream in enumerate(exchange.speaker.streams):
            if bundle.leader(exchange.speaker, place) == place:
                media = stream.described
                secure.settle_answerer(stream)
                ice.settle_answerer(stream, ice.described(session, media) if media is not None else None)
        bundle.sync(exchange)

    def _allot(self, call: Call, listener: Party, session: SessionDescription, request: Request, ports: Ports) -> None:
        """The interface and the ports that an answer asks for. Raises NgError when the ports run out."""
        far = self._far(call, listener, request, None)
        allotted = allotment.for_answer(listener, far, session, ports)
        listener.interface = far
        allotment.install(allotted)

    def _interfaces(
        self, call: Call, exchange: Exchange, request: Request, family: Family | None, first: Family | None
    ) -> tuple[Interface, Interface]:
        """Interfaces towards speaker and listener: those of the first offer, until another request asks for others."""
        near, _ = _interface_names(request)
        return (
            self.interface_towards(call, exchange.speaker, near, first, family),
            self._far(call, exchange.listener, request, first),
        )

    def _far(self, call: Call, listener: Party, request: Request, first: Family | None) -> Interface:
        """Towards who reads an SDP: in the family that is asked for, else that of its own address."""
        _, name = _interface_names(request)
        wanted = request.address_family
        own = family_in(listener.session) if listener.session is not None else None
        return self.interface_towards(call, listener, name, wanted or first, wanted or own)

    def interface_towards(
        self, call: Call, party: Party, name: str | None, first: Family | None, later: Family | None
    ) -> Interface:
        """Where a party is reached, by the name of a logical interface if one is asked for.

        ``first``: the family for a party that is new to the call; ``later``: for one that is not.
        """
        if party not in call.parties:
            return self.interfaces.choose(name, first)
        former = party.interface
        if name is None or self.interfaces.includes(name, former):
            if later in (None, former.family):
                return former
            name = former.name
        return self.interfaces.choose(name, later or former.family)

    def _take_over(self, call: Call, exchange: Exchange, session: SessionDescription, request: Request) -> None:
        dialogues.attach(call, exchange)
        speaker = exchange.speaker
        speaker.session = session
        speaker.asymmetric = request.asymmetric
        speaker.label = request.label or speaker.label
        speaker.metadata = request.metadata or speaker.metadata
        if request.exclude_recording:
            speaker.unrecorded = exchange.listener.unrecorded = True
        for index, media in enumerate(session.media):
            _describe(settle.stream_at(speaker, index, media), session, media, request)
        for stream in speaker.streams[len(session.media) :]:
            _left_out(stream)

    def _describe_keys(self, speaker: Party, session: SessionDescription) -> None:
        for place in range(len(session.media)):
            secure.describe(speaker.streams[place], session, _leading(speaker, place, session), self.keys)

    def _agreed(self, call: Call, exchange: Exchange, request: Request, now: float) -> None:
        """Both sides' streams are settled: what follows for the addresses of our ports."""
        policy = _policy(request, self.settings)
        for stream in exchange.speaker.streams:
            for endpoint in stream.endpoints:
                endpoint.latch = learn.with_policy(endpoint.latch, policy)
        sip_source, control = self.settings.sip_source, self.settings.control
        addresses.describe(exchange.speaker, request, sip_source=sip_source, control=control)
        addresses.recall(exchange.listener, control)
        addresses.expect(exchange, now, early=_is_early(request))
        wishes.apply(call, exchange, request)
        call.signalled = now


# --- reading what a party says ---


def family_in(session: SessionDescription, *, zero: bool = False) -> Family | None:
    """The family of the first connection address of an SDP that is one, or, on demand, that is zero."""
    connections = (connection_of(session, media) for media in session.media if not is_rejected(media))
    return next((c.family for c in connections if c is not None and is_zero(c) is zero), None)


def _leading(speaker: Party, place: int, session: SessionDescription) -> MediaDescription:
    """The section that says where a party is, and with which keys: another one's where they share a port."""
    first = bundle.leader(speaker, place)
    return session.media[first if first < len(session.media) else place]


def _interface_names(request: Request) -> tuple[str | None, str | None]:
    """Logical interfaces towards sender and receiver (direction, from-interface, to-interface)."""
    first = request.direction[0] if request.direction else None
    second = request.direction[1] if len(request.direction) > 1 else None
    return request.from_interface or first, request.to_interface or second


def _describe(stream: MediaStream, session: SessionDescription, media: MediaDescription, request: Request) -> None:
    stream.kind = media.kind
    stream.described = media
    stream.direction = direction_of(session, media)
    stream.rejected = is_rejected(media)
    stream.passthrough = passes_through(media)
    stream.on_hold = _on_hold(session, media)
    stream.mux_wish = rtcp_mux(media)
    if not stream.rejected:
        stream.mixes_extensions = mixes_extensions(session, media)
        stream.marks = frozenset(_marks(media, request))
        wanted = None if stream.passthrough else rtp_address(session, media)
        stream.named = (wanted, wanted and rtcp_address(session, media))


def _marks(media: MediaDescription, request: Request) -> Iterator[str]:
    for mark, is_set in (
        ("asymmetric", request.asymmetric),
        ("unidirectional", request.unidirectional),
        ("strict source address", request.strict_source),
        ("media handover", request.media_handover),
        ("RTCP feedback", media.has_attribute("rtcp-fb")),
    ):
        if is_set:
            yield mark


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


def _is_early(request: Request) -> bool:
    """Whether a proxy says that the call still rings: early media, nobody needs to talk."""
    ringing = request.sip_message_type == "reply" and 100 < (request.sip_code or 0) < 200
    return request.provisional or ringing


def _is_final(request: Request) -> bool:
    return request.sip_message_type == "reply" and (request.sip_code or 0) >= 200 and not request.provisional
