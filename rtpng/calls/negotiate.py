"""Offer and answer: takes over what a party says into the model, opens ports, settles the rest for the other side.

Order matters: everything that can fail (unsupported media, unusable addresses, ports) comes before the first change
of the model, so that a refused request leaves the call as it was.
"""

import logging
from dataclasses import dataclass
from typing import Literal, Protocol

from rtpng.calls import dialogues, learn, mux
from rtpng.calls.dialogues import Exchange
from rtpng.calls.learn import Policy
from rtpng.calls.model import Call, Endpoint, MediaStream, Party
from rtpng.calls.request import Request
from rtpng.errors import NgError, UnsupportedError
from rtpng.interfaces import Interface
from sipcore.address import Address, Family, family_of
from sipcore.errors import ParseError
from sipcore.sdp.attributes import rtcp_address, rtcp_mux, rtp_address
from sipcore.sdp.codec import codecs_of
from sipcore.sdp.direction import direction_of, is_rejected, is_zero
from sipcore.sdp.profile import profile_of
from sipcore.sdp.session import MediaDescription, SessionDescription, connection_of

logger = logging.getLogger(__name__)

POLICIES = {
    "off": Policy.OFF,
    "immediate": Policy.IMMEDIATE,
    "heuristic": Policy.NORMAL,
    "delayed": Policy.NORMAL,
}


class Ports(Protocol):
    """Where local ports come from; whatever a failing request acquired is given back by its owner."""

    def acquire(self, interface: Interface, count: Literal[1, 2]) -> tuple[Address, ...]:
        """One port, or an even one and the next. Raises ExhaustedError("Ran out of ports")."""


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
        exchange = dialogues.for_offer(call, request, lambda: Party(self.interfaces.choose(None, family), created=wall))
        speaker, listener = exchange.speaker, exchange.listener
        near, far = self._interfaces(call, exchange, request, family)
        opened = _open(exchange, (near, far), session, request, ports)
        speaker.interface, listener.interface = near, far
        self._take_over(call, exchange, session, request, now=now)
        for index, media in enumerate(session.media):
            _settle_offer(exchange, index, media, request)
        _install(opened)
        _describe_addresses(self.settings, speaker, request)
        _expect(exchange, now)
        return exchange

    def answer(self, call: Call, request: Request, session: SessionDescription, *, now: float, wall: float) -> Exchange:
        """A party answers an offer; the ports were opened by the offer.

        Raises NgError; then neither the call nor its parties have changed.
        """
        check(session, request)
        family = _family(session)
        exchange = dialogues.for_answer(
            call, request, lambda: Party(self.interfaces.choose(None, family), created=wall)
        )
        self._take_over(call, exchange, session, request, now=now)
        dialogues.connect(call, exchange.dialogue)
        for speaking, listening in zip(exchange.speaker.streams, exchange.listener.streams, strict=False):
            mux.settle(speaking, listening)
        _describe_addresses(self.settings, exchange.speaker, request)
        _expect(exchange, now)
        return exchange

    def _interfaces(
        self, call: Call, exchange: Exchange, request: Request, family: Family | None
    ) -> tuple[Interface, Interface]:
        """Interfaces towards speaker and listener: chosen once, by the first offer; only the family may change."""
        near, far = exchange.speaker.interface, exchange.listener.interface
        near_name, far_name = _interface_names(request)
        if exchange.speaker not in call.parties:
            near = self.interfaces.choose(near_name, family)
        if exchange.listener not in call.parties:
            far = self.interfaces.choose(far_name, request.address_family or family)
        elif request.address_family not in (None, far.family):
            far = self.interfaces.choose(far.name, request.address_family)
        return near, far

    def _take_over(
        self, call: Call, exchange: Exchange, session: SessionDescription, request: Request, *, now: float
    ) -> None:
        dialogues.attach(call, exchange)
        speaker = exchange.speaker
        speaker.session = session
        speaker.asymmetric = speaker.asymmetric or request.asymmetric
        speaker.label = request.set_label or request.label or speaker.label
        if request.command == "answer" and _is_final(request):
            speaker.final = True
        for index, media in enumerate(session.media):
            _describe(_stream(speaker, index, media), session, media)
        for stream in speaker.streams[len(session.media) :]:
            stream.rejected, stream.described = True, None
        policy = _policy(request, self.settings)
        for endpoint in (e for s in speaker.streams for e in s.endpoints):
            endpoint.latch = learn.with_policy(endpoint.latch, policy)
        call.signalled = now


def check(session: SessionDescription, request: Request) -> None:
    """Refuses what rtpng cannot relay. Raises NgError with the reason."""
    for media in session.media:
        if is_rejected(media) or _passes(media):
            continue
        _check_protocol(media.protocol)
        if connection_of(session, media) is None:
            raise NgError("Incomplete SDP specification")
        _check_syntax(session, media)
    if request.transport_protocol not in (None, "ACCEPT"):
        _check_protocol(request.transport_protocol or "")


def _check_syntax(session: SessionDescription, media: MediaDescription) -> None:
    """Reads once what is read again later, so that nothing fails half-way. Raises NgError."""
    try:
        rtcp_address(session, media)
        if profile_of(media.protocol) is not None:
            codecs_of(media)
    except ParseError as error:
        logger.warning("Failed to parse SDP: %s", error)
        raise NgError("Failed to parse SDP") from None


def _check_protocol(protocol: str) -> None:
    profile = profile_of(protocol)
    if profile is not None and profile.secure:
        raise UnsupportedError(f"Unsupported transport protocol {protocol}: rtpng relays RTP/AVP and RTP/AVPF")


# --- reading what a party says ---


def _family(session: SessionDescription) -> Family | None:
    """The family of the first usable connection address of an SDP."""
    for media in session.media:
        connection = connection_of(session, media)
        if connection is not None:
            return connection.family
    return None


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
    stream.passthrough = _passes(media)
    stream.on_hold = is_zero(connection_of(session, media))
    stream.mux_wish = rtcp_mux(session, media)


def _passes(media: MediaDescription) -> bool:
    """Media over TCP (MSRP and others) is not relayed: it keeps the address and port of its sender."""
    return media.protocol.upper().startswith("TCP/") or media.kind == "message"


def _policy(request: Request, settings: Settings) -> Policy:
    if request.media_handover:
        return Policy.HANDOVER
    return POLICIES.get(request.endpoint_learning or settings.endpoint_learning, Policy.NORMAL)


def _is_final(request: Request) -> bool:
    reply = request.sip_message_type in ("reply", "sip_reply")
    return reply and (request.sip_code or 0) >= 200 and not request.provisional


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


def _describe_addresses(settings: Settings, party: Party, request: Request) -> None:
    """What the party's SDP says about its addresses, into the latches of its endpoints."""
    session = party.session
    if session is None:
        return
    for stream in party.streams:
        media = stream.described
        rtp, rtcp = _told(settings, session, media, request) if media is not None else (None, None)
        if stream.rejected or stream.passthrough:
            rtp = rtcp = None
        _latch(stream.rtp, rtp, party, media, request)
        _latch(stream.rtcp, rtcp, party, media, request)


def _told(
    settings: Settings, session: SessionDescription, media: MediaDescription, request: Request
) -> tuple[Address | None, Address | None]:
    """Where the SDP says that RTP and RTCP are received; at the host of the SIP source if that is to be believed."""
    rtp, rtcp = rtp_address(session, media), rtcp_address(session, media)
    believe_sip = request.sip_source_address or (settings.sip_source and not request.trust_address)
    source = request.received_from
    if believe_sip and source and rtp is not None and family_of(source) is rtp.family:
        rtp, rtcp = Address(source, rtp.port), rtcp and Address(source, rtcp.port)
    return _target(rtp), _target(rtcp)


def _target(address: Address | None) -> Address | None:
    """Multicast and unspecified addresses are never a target of media, whoever asks for it."""
    return address if address is not None and learn.unicast(address.host) else None


def _latch(
    endpoint: Endpoint | None, told: Address | None, party: Party, media: MediaDescription | None, request: Request
) -> None:
    if endpoint is None:
        return
    connection_host = _own_word(party, media)
    doubtful = connection_host is not None and learn.doubtful(connection_host, request.received_from)
    latch = learn.described(endpoint.latch, told, signalled=request.received_from, doubtful=doubtful)
    if request.reset or request.port_latching:
        latch = learn.reopened(latch)
    endpoint.latch = latch


def _own_word(party: Party, media: MediaDescription | None) -> str | None:
    """The host that the party itself printed, before anybody corrected it."""
    if media is None or party.session is None:
        return None
    connection = connection_of(party.session, media)
    return connection.host if connection is not None and learn.unicast(connection.host) else None


def _expect(exchange: Exchange, now: float) -> None:
    """After every exchange: which payload types may come, and who should be heard from here on."""
    answered = exchange.dialogue.answered
    for one, other in zip(exchange.speaker.streams, exchange.listener.streams, strict=False):
        types = _payload_types(one) | _payload_types(other)
        for stream in (one, other):
            talks = answered and stream.direction.sends and not (stream.rejected or stream.on_hold)
            for endpoint in stream.endpoints:
                latch = learn.expecting(endpoint.latch, talks=talks, now=now)
                endpoint.latch = learn.with_payload_types(latch, types)


def _payload_types(stream: MediaStream) -> frozenset[int]:
    if stream.described is None or profile_of(stream.described.protocol) is None:
        return frozenset()
    return frozenset(int(f) for f in stream.described.formats if f.isdigit())


# --- ports ---

Opened = list[tuple[Party, int, tuple[Address, ...]]]  # party, media index, what was acquired for it


def _open(
    exchange: Exchange,
    interfaces: tuple[Interface, Interface],
    session: SessionDescription,
    request: Request,
    ports: Ports,
) -> Opened:
    """Acquires the ports that both sides lack for an offer; the model does not know of them yet."""
    near, far = interfaces
    opened: Opened = []
    for index, media in enumerate(session.media):
        if is_rejected(media) or _passes(media):
            continue
        for party, interface, single in (
            (exchange.speaker, near, _will_multiplex(session, media, request)),
            (exchange.listener, far, mux.REQUIRE in request.rtcp_mux),
        ):
            count = _lacking(party, index, interface, media, single=single)
            if count:
                opened.append((party, index, ports.acquire(interface, count)))
    return opened


def _will_multiplex(session: SessionDescription, media: MediaDescription, request: Request) -> bool:
    """Whether the sender of an offer will multiplex RTCP whatever the answer says."""
    words = request.rtcp_mux
    return rtcp_mux(session, media) and bool(words & {mux.DEMUX, mux.ACCEPT}) and mux.REJECT not in words


def _lacking(
    party: Party, index: int, interface: Interface, media: MediaDescription, *, single: bool
) -> Literal[0, 1, 2]:
    """How many ports a stream of a party must get: none when it has enough of them on the right interface."""
    stream = party.streams[index] if index < len(party.streams) else None
    count: Literal[1, 2] = 1 if single or profile_of(media.protocol) is None else 2
    if stream is None or stream.rtp is None or stream.rtp.local.host != interface.address:
        return count
    return 0 if len(stream.endpoints) >= count or stream.mux or stream.mux_offered else count


def _install(opened: Opened) -> None:
    for party, index, addresses in opened:
        stream = party.streams[index]
        stream.rtp = _moved(stream.rtp, addresses[0])
        stream.rtcp = _moved(stream.rtcp, addresses[1]) if len(addresses) > 1 else None


def _moved(old: Endpoint | None, local: Address) -> Endpoint:
    """An endpoint at a new local port: the peer has to prove itself there anew."""
    return Endpoint(local) if old is None else Endpoint(local, learn.forgotten(old.latch))
