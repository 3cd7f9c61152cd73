"""Renders one media section of the SDP that goes out, one function per group of lines, in their fixed order.

The order, and which lines are printed at all, is rtpengine 26's observed behaviour.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rtpng.calls import bundle, extensions, ice
from rtpng.calls.model import Groups, MediaStream, Party, PartyStream
from rtpng.calls.request import Request
from sipcore.address import Family, family_of
from sipcore.sdp.attributes import label_of, normalised_bandwidths, passed_on
from sipcore.sdp.codec import Codec
from sipcore.sdp.crypto import printed
from sipcore.sdp.direction import Direction, is_rejected, stated_direction
from sipcore.sdp.ice import remote_candidates_attribute
from sipcore.sdp.profile import canonical, profile_of
from sipcore.sdp.session import MediaDescription, bare, connection_of

ZERO = {Family.IP4: "0.0.0.0", Family.IP6: "::"}


@dataclass(frozen=True, slots=True)
class Section:
    """One m= section to be written: what ``speaking`` said and ``listening`` will read. ``index`` counts from 1."""

    speaking: MediaStream
    listening: MediaStream
    speaker: Party
    listener: Party
    request: Request
    index: int
    offering: bool
    bundles: Groups = ()  # those that the document tells of, by place: from 0
    mid_id: int | None = None  # the header extension by which an offer of a bundle wants sections to be named

    @property
    def offered(self) -> MediaDescription | None:
        """In an answer: what its reader had offered for this section."""
        return None if self.offering else self.listening.described

    @property
    def shape(self) -> MediaDescription | None:
        """The description to render; of a section that the answer left out, only what its m= line says."""
        if self.speaking.described is not None or self.offered is None:
            return self.speaking.described
        return bare(self.offered)

    @property
    def is_refused(self) -> bool:
        """One side has said port 0, or an answer wants what was not offered: to be relayed, or not to be.

        The same for a section of which no codec is left for the reader.
        """
        if self.listening.withheld:
            return True
        if not self.offering and self.speaking.rejected and self.speaking.described is not None:
            return True
        said = [media for media in (self.speaking.described, self.offered) if media is not None]
        return any(map(is_rejected, said)) or self.speaking.passthrough is not self.listening.passthrough

    @property
    def ports(self) -> MediaStream:
        """Whose ports are printed: an offer may have the section share those of another one from the start."""
        if self.offering and self.request.bundle & bundle.AT_ONCE:
            return self.listener.streams[bundle.tagged_of(self.bundles, self.index - 1)]
        return self.listening

    @property
    def bundle_only(self) -> bool:
        """Whether it is offered to no reader but one that bundles (RFC 9143 6)."""
        tagged = bundle.tagged_of(self.bundles, self.index - 1)
        return self.offering and tagged != self.index - 1 and self.ports.rtp is self.listener.streams[tagged].rtp

    @property
    def host(self) -> str:
        """Where the reader sends its media: printed in c= and in the full a=rtcp."""
        return self.request.media_address or (self.listening.interface or self.listener.interface).advertised

    @property
    def is_muxed(self) -> bool:
        """Whether the reader is told of no port for RTCP."""
        if self.offering:
            return self.listening.mux_only
        return self.listening.mux

    @property
    def zero(self) -> str:
        """The address that stands for none."""
        return ZERO[family_of(self.host)]


def media_section(section: Section) -> list[str]:
    """The lines of one section, without line ends."""
    media = section.shape
    if media is None:
        return []
    rtp = section.ports.rtp
    if section.speaking.passthrough and not section.is_refused:
        return list(_untouched(section, media))
    if section.speaking.ice_beside is not None and not section.is_refused:
        return list(_beside(section, media))
    if section.is_refused or rtp is None:
        return list(_rejected(section, media))
    if profile_of(media.protocol) is None:
        return list(_opaque(section, media, rtp.local.port))
    return list(_rtp(section, media, rtp.local.port))


def _untouched(section: Section, media: MediaDescription) -> Iterator[str]:
    """Media that we do not relay keeps its sender's address and port."""
    session = section.speaker.session
    connection = connection_of(session, media) if session is not None else None
    yield media.rows[0]
    yield from _head(media, f"c={connection.text}" if connection is not None else None)
    yield from _all_attributes(media)


def _beside(section: Section, media: MediaDescription) -> Iterator[str]:
    """Media that passes untouched: everything as its sender said it, and our candidates behind its own."""
    yield from _untouched(section, media)
    stream, session = section.listening, section.speaker.session
    theirs = ice.described(session, media) if session is not None else None
    primary = stream.interface or section.listener.interface
    for candidate in ice.candidates_beside(stream, primary, theirs, host=section.request.media_address):
        yield f"a=candidate:{candidate.value}"


def _rejected(section: Section, media: MediaDescription) -> Iterator[str]:
    yield _m_line(media, 0, section.listening.protocol, media.formats)
    yield from _head(media, _connection(ZERO[section.listener.interface.family]))
    yield from _names(section, media) if profile_of(media.protocol) is not None else _all_attributes(media)


def _opaque(section: Section, media: MediaDescription, port: int) -> Iterator[str]:
    """Media that is not RTP: our address and port, everything else as it came."""
    yield _m_line(media, port, media.protocol, media.formats)
    yield from _head(media, _reachable_at(section))
    yield from _all_attributes(media)


def _rtp(section: Section, media: MediaDescription, port: int) -> Iterator[str]:
    codecs = section.listening.codecs
    formats = [str(codec.payload_type) for codec in codecs] or media.formats
    hidden = section.bundle_only and bundle.STRICT in section.request.bundle
    yield _m_line(media, 0 if hidden else port, section.listening.protocol, formats)
    yield from _head(media, _reachable_at(section))
    yield from _names(section, media)
    yield from codec_lines(codecs)
    yield from _extmap(section, media)
    # Feedback for all codecs stands near that for single ones.
    for attribute in sorted(passed_on(media), key=lambda attribute: attribute.name != "rtcp-fb"):
        yield f"a={attribute.text}"
    direction = _direction(section, media)
    if direction is not None:
        yield f"a={direction.value}"
    yield from _rtcp(section, port)
    yield from _keys(section)
    yield from _packet_times(section, media)
    yield from _ice(section)


def _m_line(media: MediaDescription, port: int, protocol: str, formats: Iterable[str]) -> str:
    return " ".join([f"m={media.kind}", str(port), canonical(protocol) or protocol, *formats])


def _connection(host: str) -> str:
    return f"c=IN {family_of(host).value} {host}"


def _head(media: MediaDescription, connection: str | None) -> Iterator[str]:
    if media.information is not None:
        yield f"i={media.information}"
    if connection is not None:
        yield connection
    for bandwidth in normalised_bandwidths(media):
        yield f"b={bandwidth.kind}:{bandwidth.value}"


def _all_attributes(media: MediaDescription) -> Iterator[str]:
    for attribute in media.attributes:
        yield f"a={attribute.text}"


def _reachable_at(section: Section) -> str:
    return _connection(section.zero if _is_silent(section) else section.host)


def _is_silent(section: Section) -> bool:
    """Hold of the old kind, or a section that the answer left out: the address is zero."""
    if section.speaking.described is None:
        return True
    return section.speaking.on_hold and "zero-address" not in section.request.replace


def _names(section: Section, media: MediaDescription) -> Iterator[str]:
    if section.listening.mid is not None:
        yield f"a=mid:{section.listening.mid}"
    label = label_of(media)
    if label is not None:
        yield f"a=label:{label}"
    if section.bundle_only:
        yield "a=bundle-only"


def codec_lines(codecs: Iterable[Codec]) -> Iterator[str]:
    """rtpmap, fmtp and rtcp-fb of each codec."""
    for codec in codecs:
        if codec.name:
            yield f"a=rtpmap:{codec.payload_type} {codec.rtpmap}"
        for parameters in codec.printed_fmtp:
            yield f"a=fmtp:{codec.payload_type} {parameters}"
        for feedback in codec.rtcp_fb:
            yield f"a=rtcp-fb:{codec.payload_type} {feedback}"


def _extmap(section: Section, media: MediaDescription) -> Iterator[str]:
    """Header extensions; with extmap-allow-mixed unless the reader has used extensions without it."""
    session = section.speaker.session
    said = extensions.named(session, media, section.request) if session is not None else []
    said = [*section.listening.masked, *(text for text in said if text not in section.listening.masked)]
    if section.bundles or section.speaker.bundles or section.listener.grants_bundles:
        said = _with_mid(section, said)
    if said and section.listening.mixes_extensions:
        yield "a=extmap-allow-mixed"
    for extension in said:
        yield f"a=extmap:{extension}"


def _with_mid(section: Section, said: list[str]) -> list[str]:
    reader = PartyStream(section.listener, section.listening)
    bundled = any(section.index - 1 in group for group in section.bundles)
    return extensions.told(
        said, section.speaker, reader, offering=section.offering, bundled=bundled, mid_id=section.mid_id
    )


def _direction(section: Section, media: MediaDescription) -> Direction | None:
    """What the speaker wants; in place of one who left the section out, what the offer allows it."""
    if section.request.original_sendrecv:
        return stated_direction(section.speaker.session, media) if section.speaker.session is not None else None
    if section.request.inactive and section.request.command not in ("offer", "answer"):
        return Direction.INACTIVE
    stream = section.speaking if section.speaking.described is not None else section.listening
    way = stream.direction.held if stream.on_hold else stream.direction
    return way if stream is section.speaking else way.reversed


def _ice(section: Section) -> Iterator[str]:
    stream = section.ports
    if stream.ice is None:
        return
    yield f"a=ice-ufrag:{stream.ice.own.ufrag}"
    yield f"a=ice-pwd:{stream.ice.own.pwd}"
    if stream.ice.trickle:
        yield "a=ice-options:trickle"
    components = 1 if stream.rtcp is None or section.is_muxed else 2
    primary = stream.interface or section.listener.interface
    for candidate in ice.candidates(stream, primary, components=components, host=section.request.media_address):
        yield f"a=candidate:{candidate.value}"
    chosen = ice.chosen_by_us(stream.ice) if section.offering else []
    if chosen:
        yield f"a={remote_candidates_attribute(chosen).text}"
    if stream.ice.trickle:
        yield "a=end-of-candidates"


def _keys(section: Section) -> Iterator[str]:
    """SDES and DTLS; the fingerprint is our certificate's, by the hash that was chosen for the reader."""
    stream = section.ports
    for crypto in stream.sdes.ours if stream.sdes is not None else ():
        yield f"a=crypto:{printed(crypto, pad=section.request.sdes.pad)}"
    dtls = stream.dtls
    if dtls is None or dtls.setup is None:
        return
    yield f"a=setup:{dtls.setup.value}"
    yield f"a=fingerprint:{dtls.identity.fingerprint(dtls.algorithm or 'sha-256').text}"
    if not dtls.tls_id_hidden:
        yield f"a=tls-id:{dtls.tls_id}"


def _rtcp(section: Section, port: int) -> Iterator[str]:
    listening = section.listening
    if not section.request.no_rtcp_attribute:
        rtcp = section.ports.rtcp
        rtcp_port = port if section.is_muxed or rtcp is None else rtcp.local.port
        where = f" IN {family_of(section.host).value} {section.host}" if section.request.full_rtcp_attribute else ""
        yield f"a=rtcp:{rtcp_port}{where}"
    if listening.mux_said if section.offering else listening.mux:
        yield "a=rtcp-mux"


def _packet_times(section: Section, media: MediaDescription) -> Iterator[str]:
    """ptime and maxptime; an SDP without ptime gets the one that was said last."""
    ptime = _wanted_ptime(section) or section.listening.packet_time
    if ptime is not None:
        yield f"a=ptime:{ptime}"
    maxptime = media.attribute("maxptime")
    if maxptime is not None:
        yield f"a=maxptime:{maxptime}"


def _wanted_ptime(section: Section) -> int | None:
    """What the offer's proxy wants to be said, to the answerer and in the answer."""
    if section.listening.kind != "audio":
        return None
    return section.request.ptime if section.offering else section.listening.ptime
