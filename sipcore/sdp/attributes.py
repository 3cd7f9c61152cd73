"""Typed views of the attributes that a relay acts on, and what it passes on unread."""

from typing import NamedTuple

from sipcore.address import Address, parse_host, parse_port
from sipcore.errors import ParseError, quoted
from sipcore.sdp.direction import Direction
from sipcore.sdp.session import Attribute, Bandwidth, MediaDescription, Section, SessionDescription, connection_of

DIRECTIONS = frozenset(way.value for way in Direction)

# rtpengine's observed behaviour: these are printed anew from what was agreed, never copied as text
INTERPRETED = DIRECTIONS | {
    "bundle-only",
    "candidate",
    "crypto",
    "end-of-candidates",
    "extmap",
    "extmap-allow-mixed",
    "fingerprint",
    "fmtp",
    "group",
    "ice-lite",
    "ice-options",
    "ice-pwd",
    "ice-ufrag",
    "label",
    "maxptime",
    "mid",
    "ptime",
    "remote-candidates",
    "rtcp",
    "rtcp-fb",
    "rtcp-mux",
    "rtpengine",
    "rtpmap",
    "setup",
    "tls-id",
}

_NEVER_PASSED_ON = INTERPRETED - {"rtcp-fb"}  # of which some belong to no codec

BANDWIDTH_ORDER = ("AS", "RR", "RS", "CT", "TIAS")


class RtcpAttribute(NamedTuple):
    """``a=rtcp`` (RFC 3605): ``host`` is a numeric address, None if only the port was given."""

    port: int
    host: str | None


def is_interpreted(attribute: Attribute) -> bool:
    """Is the attribute printed anew? ``rtcp-fb:*`` belongs to no codec and is copied."""
    if attribute.name == "rtcp-fb":
        return not (attribute.value or "").lstrip().startswith("*")
    return attribute.name in INTERPRETED


def passed_on(section: Section) -> tuple[Attribute, ...]:
    """The attributes that are copied as text, in order."""
    kept = section.attribute_names - _NEVER_PASSED_ON
    if not kept:
        return ()
    return tuple([each for each in section.attributes if each.name in kept and not is_interpreted(each)])


def inherited(session: SessionDescription, media: MediaDescription, name: str) -> str | None:
    """Value of the media's attribute, else of the session's; "" if it has none, None if there is no such attribute."""
    own = media.attribute(name)
    return session.attribute(name) if own is None else own


def rtcp_of(media: MediaDescription) -> RtcpAttribute | None:
    """``a=rtcp``, None if there is none. Raises ParseError for one that names no port or no numeric address."""
    value = media.attribute("rtcp")
    if value is None:
        return None
    match value.split():
        case [port]:
            return RtcpAttribute(parse_port(port), None)
        case [port, _, _, host]:
            return RtcpAttribute(parse_port(port), parse_host(host))
        case _:
            raise ParseError(f"a=rtcp needs a port, or a port, IN, IP4 or IP6, address: {quoted(value)}")


def rtp_address(session: SessionDescription, media: MediaDescription) -> Address | None:
    """Where the peer wants its media; None for a rejected media and without any ``c=``."""
    connection = connection_of(session, media)
    return Address(connection.host, media.port) if connection and media.port else None


def rtcp_address(session: SessionDescription, media: MediaDescription) -> Address | None:
    """Where the peer wants its RTCP if it is not multiplexed: ``a=rtcp``, else the port above RTP (RFC 3550 11).

    None if there is no such port, or no address at all. Raises ParseError for a wrong ``a=rtcp``.
    """
    rtp = rtp_address(session, media)
    if rtp is None:
        return None
    stated = rtcp_of(media) or RtcpAttribute(rtp.port + 1, None)
    return Address(stated.host or rtp.host, stated.port) if 0 < stated.port <= 65535 else None


def rtcp_mux(media: MediaDescription) -> bool:
    """``a=rtcp-mux``: of one media section, never of the session (RFC 5761 8)."""
    return media.has_attribute("rtcp-mux")


def mixes_extensions(session: SessionDescription, media: MediaDescription) -> bool:
    """Whether header extensions of either size may be used: not with who uses them without saying so (RFC 8285 6)."""
    return not media.has_attribute("extmap") or inherited(session, media, "extmap-allow-mixed") is not None


def mid_of(media: MediaDescription) -> str | None:
    """``a=mid`` (RFC 5888)."""
    return _word(media, "mid")


def label_of(media: MediaDescription) -> str | None:
    """``a=label`` (RFC 4574)."""
    return _word(media, "label")


def normalised_bandwidths(section: Section) -> tuple[Bandwidth, ...]:
    """The known kinds with a numeric value, in BANDWIDTH_ORDER; of two of a kind the last."""
    bandwidths = section.bandwidths
    if not bandwidths:
        return ()
    given = {kind.upper(): value for kind, value in bandwidths if value.isascii() and value.isdigit()}
    return tuple(Bandwidth(kind, given[kind]) for kind in BANDWIDTH_ORDER if kind in given)


def _word(media: MediaDescription, name: str) -> str | None:
    return (media.attribute(name) or "").strip() or None
