"""What follows from an offer or an answer for one m= section of both sides, ports, keys and paths aside."""

import logging

from rtpng.calls import bundle, codecs, extensions, ice, mux, secure, twins
from rtpng.calls.admission import is_relayed_rtp
from rtpng.calls.dialogues import Exchange
from rtpng.calls.model import MediaStream, Party
from rtpng.calls.request import Request
from sipcore.sdp.attributes import mid_of
from sipcore.sdp.codec import Codec, codecs_of
from sipcore.sdp.direction import is_rejected
from sipcore.sdp.profile import is_secure, profile_of
from sipcore.sdp.session import MediaDescription

logger = logging.getLogger(__name__)


def stream_at(party: Party, index: int, media: MediaDescription) -> MediaStream:
    """A party's stream at one place among the m= sections; made if there is none."""
    while len(party.streams) <= index:
        party.streams.append(MediaStream(kind=media.kind, protocol=media.protocol))
    return party.streams[index]


def offered(exchange: Exchange, index: int, media: MediaDescription, request: Request) -> None:
    """What the receiver of an offer is told about one m= section."""
    speaking = exchange.speaker.streams[index]
    listening = stream_at(exchange.listener, index, media)
    listening.kind, listening.passthrough = media.kind, speaking.passthrough
    listening.protocol = _outgoing_protocol(speaking, listening, media, request)
    twins.offer_on(listening, request)
    speaking.protocol = media.protocol
    speaking.ptime = request.ptime_reverse
    speaking.mid = mid_of(media) or speaking.mid
    listening.mid = listening.mid or speaking.mid
    if listening.mid is None and (request.generate_mid or request.bundle & bundle.OFFERED):
        listening.mid = bundle.fresh_mid(exchange, index)
    speaking.stripped = listening.stripped = extensions.unwanted(exchange.speaker.session, media, request)
    speaking.masked = extensions.masked(exchange.speaker.session, media, request) or speaking.masked
    _share(speaking, listening)
    _offer_codecs(speaking, listening, request)


def answered(exchange: Exchange, place: int, request: Request) -> None:
    """What the offerer is told about one m= section, and what is in use from here on."""
    speaking, listening = exchange.at(place)
    if speaking.described is not None:
        speaking.stripped |= extensions.unwanted(exchange.speaker.session, speaking.described, request)
        listening.stripped = speaking.stripped
    _share(speaking, listening)
    if not speaking.rejected:
        mux.settle(speaking, listening)
    listening.protocol = _answered_protocol(speaking, listening, request)
    if bundle.leader(exchange.listener, place) == place:
        secure.settle_offerer(speaking, listening, request, lends=not bundle.is_shared(exchange.listener, place))
        ice.settle_offerer(listening, request)
    if speaking.described is not None and not is_secure(speaking.protocol):
        speaking.protocol = speaking.described.protocol  # which the next offer to it has too
    _answer_codecs(speaking, listening, request)


def _share(speaking: MediaStream, listening: MediaStream) -> None:
    """What the last SDP says of both sides: direction and packet time."""
    held = speaking.on_hold and not speaking.rejected
    speaking.way = speaking.direction.held if held else speaking.direction
    listening.way = speaking.way.reversed
    said = speaking.described.attribute("ptime") if speaking.described is not None else None
    if said:
        speaking.packet_time = listening.packet_time = said


def _offer_codecs(speaking: MediaStream, listening: MediaStream, request: Request) -> None:
    """A list of which nothing would be left goes out as it came, unless the media may be refused instead."""
    said = _codecs(speaking.described)
    if request.reuse_codecs:
        said = codecs.preferring(said, speaking.agreed)
    told = codecs.told(said, request.codec, kind=speaking.kind)
    speaking.answerable = codecs.usable(said, request.codec, kind=speaking.kind)
    listening.codecs = told or codecs.supplemental_last(said)
    listening.withheld = bool(said) and not told and request.allow_no_codec_media


def _answer_codecs(speaking: MediaStream, listening: MediaStream, request: Request) -> None:
    """What was answered of what was offered; an answer that left the section out gets the offer's codecs."""
    said = _codecs(speaking.described or listening.described)
    said = codecs.told(said, request.codec, kind=speaking.kind, hiding=False) or said
    if speaking.kind == "audio" and is_relayed_rtp(listening.described):
        said = codecs.accepted(said, listening.answerable)
    if request.reuse_codecs:
        said = codecs.preferring(said, listening.answerable)
    listening.codecs = codecs.single(said) if request.single_codec else said
    listening.withheld = False
    speaking.agreed = listening.agreed = listening.codecs


def _codecs(media: MediaDescription | None) -> tuple[Codec, ...]:
    return codecs_of(media) if is_relayed_rtp(media) else ()


def _outgoing_protocol(speaking: MediaStream, listening: MediaStream, media: MediaDescription, request: Request) -> str:
    """The protocol of an offer that goes out, if the media is RTP: the one asked for.

    Else that of before, as long as the sender keeps to its own; else as received.
    """
    wanted = profile_of(request.transport_protocol or "")
    if profile_of(media.protocol) is None:
        return media.protocol
    if wanted is not None:
        return wanted.name
    keeps = media.protocol == speaking.protocol and not is_rejected(media)
    return listening.protocol if keeps else media.protocol


def _answered_protocol(speaking: MediaStream, listening: MediaStream, request: Request) -> str:
    """The offerer's own, unless the answer is to be another one. Who has offered plain media cannot get secure one."""
    wanted = profile_of(request.transport_protocol or "")
    said = speaking.described
    if wanted is None or said is None or profile_of(said.protocol) is None:
        return listening.protocol
    if wanted.secure and not is_secure(listening.protocol):
        logger.warning("Ignoring transport-protocol %s in an answer: plain media was offered", wanted.name)
        return listening.protocol
    return wanted.name
