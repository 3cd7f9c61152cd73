"""What rtpng can relay: everything that a request may be refused for, before the first change of the model."""

import logging
from typing import TypeGuard

from rtpng.calls.dialogues import Exchange
from rtpng.calls.model import Call
from rtpng.errors import NgError
from sipcore.errors import ParseError
from sipcore.sdp.attributes import rtcp_address
from sipcore.sdp.codec import codecs_of
from sipcore.sdp.direction import is_rejected
from sipcore.sdp.profile import profile_of
from sipcore.sdp.session import MediaDescription, Section, SessionDescription, connection_of

logger = logging.getLogger(__name__)

UNPARSABLE = "Failed to parse SDP"
MAX_SECTIONS = 32  # each takes four ports
MAX_LENGTH = 60_000  # bytes of an SDP that leaves: with the rest of the reply it must fit into a datagram
MAX_PARTIES = 256  # of one call: a queue that rings agent after agent makes many branches
MAX_ALIASES = 256  # of one party
TOO_MANY_PARTIES = f"Too many parties in one call (at most {MAX_PARTIES})"

_OWN_LINES = 300  # bytes of what we add to a section


def check(session: SessionDescription) -> None:
    """Refuses what rtpng cannot relay. Raises NgError with the reason."""
    if len(session.media) > MAX_SECTIONS:
        raise NgError(f"Too many media sections: {len(session.media)} (at most {MAX_SECTIONS})")
    for media in session.media:
        if is_rejected(media) or passes_through(media):
            continue
        if connection_of(session, media) is None:
            raise NgError("Incomplete SDP specification")
        _check_syntax(session, media)
    if sum(map(_written_length, (session, *session.media))) > MAX_LENGTH:
        raise NgError("SDP is too long to be relayed")


def check_growth(call: Call, exchange: Exchange) -> None:
    """Keeps a call from growing without end. Raises NgError."""
    fresh = [party for party in (exchange.speaker, exchange.listener) if party not in call.parties]
    if fresh and len(call.parties) + len(fresh) > MAX_PARTIES:
        raise NgError(TOO_MANY_PARTIES)
    for party, tag in exchange.tags:
        if tag not in (party.tag, *party.aliases) and len(party.aliases) >= MAX_ALIASES:
            raise NgError(f"Too many tags of one party (at most {MAX_ALIASES})")


def passes_through(media: MediaDescription) -> bool:
    """Media over TCP (MSRP and others) is not relayed: it keeps the address and port of its sender."""
    return media.protocol.upper().startswith("TCP/") or media.kind == "message"


def is_relayed_rtp(media: MediaDescription | None) -> TypeGuard[MediaDescription]:
    """Whether this is RTP that we relay. The formats of anything else were never checked: they may be no numbers."""
    if media is None or is_rejected(media) or passes_through(media):
        return False
    return profile_of(media.protocol) is not None


def _check_syntax(session: SessionDescription, media: MediaDescription) -> None:
    """Reads once what is read again later, so that nothing fails half-way. Raises NgError."""
    try:
        rtcp_address(session, media)
        if profile_of(media.protocol) is not None:
            codecs_of(media)
    except ParseError as error:
        logger.warning("%s: %s", UNPARSABLE, error)
        raise NgError(UNPARSABLE) from None


def _written_length(section: Section) -> int:
    """How many bytes a section may have when it leaves; every format gets its ``a=rtpmap``, if it had one or not."""
    length = _OWN_LINES + len("\r\n".join(section.rows).encode(errors="surrogateescape"))
    if not isinstance(section, MediaDescription) or profile_of(section.protocol) is None:
        return length
    encoding = max((len(value) for value in section.attributes_named("rtpmap")), default=0)
    return length + len(section.formats) * (max(encoding, 16) + 16)
