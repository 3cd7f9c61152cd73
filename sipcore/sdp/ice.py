"""ICE in SDP (RFC 8839): credentials, candidates, options; and what trickles in later as a fragment (RFC 8840)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, NamedTuple

from sipcore.address import Address, parse_host, parse_port
from sipcore.errors import ParseError, quoted
from sipcore.sdp.attributes import inherited, mid_of
from sipcore.sdp.session import Attribute, MediaDescription, Section, SessionDescription, parse

MAX_CANDIDATES: Final = 100  # of one media section; what comes after is not read
MAX_PRIORITY: Final = 2**32 - 1
_LONGEST_CREDENTIAL: Final = 256  # RFC 8839 5.4
_LONGEST_FOUNDATION: Final = 256  # the RFC says 32; what a peer writes is only compared
_MEDIA_LINE: Final = re.compile(r"^m=", re.MULTILINE)
_MID_LINE: Final = re.compile(r"^a=mid:", re.MULTILINE)
_PSEUDO_MEDIA: Final = "m=audio 9 RTP/AVP 0\r\n"  # as RFC 8840 4.1 prints it


class CandidateType(Enum):
    """Where a candidate's address comes from; the value is its word in SDP."""

    HOST = "host"
    PEER_REFLEXIVE = "prflx"
    SERVER_REFLEXIVE = "srflx"
    RELAYED = "relay"


# RFC 8445 5.1.2.2 recommends all but that of srflx, which rtpengine 26 sets like this, too
TYPE_PREFERENCE: Final = {
    CandidateType.HOST: 126,
    CandidateType.PEER_REFLEXIVE: 110,
    CandidateType.SERVER_REFLEXIVE: 100,
    CandidateType.RELAYED: 0,
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """``a=ice-ufrag`` and ``a=ice-pwd``; the password is no part of the repr."""

    ufrag: str
    pwd: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One ``a=candidate`` (RFC 8839 5.1). ``host`` is as written: a numeric address, or a name that nobody resolves.

    ``related``: ``raddr`` and ``rport``; ``extensions``: names and values behind them, e.g. ``generation 0``.
    """

    foundation: str
    component: int
    transport: str
    priority: int
    host: str
    port: int
    type: CandidateType
    related: tuple[str, int] | None = None
    extensions: tuple[str, ...] = ()

    @property
    def address(self) -> Address | None:
        """Where UDP can be sent to; None for TCP, host names and port 0."""
        if self.transport.upper() != "UDP" or not self.port:
            return None
        try:
            return Address(parse_host(self.host), self.port)
        except ParseError:
            return None

    @property
    def value(self) -> str:
        """What stands behind ``a=candidate:``."""
        words = [self.foundation, self.component, self.transport, self.priority, self.host, self.port]
        words += ["typ", self.type.value]
        if self.related is not None:
            words += ["raddr", self.related[0], "rport", self.related[1]]
        return " ".join(map(str, (*words, *self.extensions)))


class RemoteCandidate(NamedTuple):
    """One entry of ``a=remote-candidates``: which address of ours the controlling peer has chosen."""

    component: int
    address: Address


@dataclass(frozen=True, slots=True)
class IceDescription:
    """What one media section, or one part of a fragment, says about ICE. ``complete``: no more candidates will come."""

    credentials: Credentials | None
    candidates: tuple[Candidate, ...] = ()
    complete: bool = False
    trickle: bool = False
    lite: bool = False


class IceFragment(NamedTuple):
    """What a fragment says about one media section: that of the ``mid``, else the one at the same place."""

    mid: str | None
    ice: IceDescription


def priority_of(kind: CandidateType, preference: int, component: int) -> int:
    """RFC 8445 5.1.2.1; ``preference`` counts our addresses from 0, the best. RTP on a first host is 2130706431."""
    return TYPE_PREFERENCE[kind] << 24 | (65535 - preference & 65535) << 8 | (256 - component)


def ice_of(session: SessionDescription, media: MediaDescription) -> IceDescription | None:
    """What a media section says about ICE, None if it has no credentials. Raises ParseError for broken ones."""
    credentials = credentials_of(session, media)
    return None if credentials is None else _described(session, media, credentials)


def credentials_of(session: SessionDescription, media: MediaDescription) -> Credentials | None:
    """Those of the media, else of the session; None unless both halves are there. Raises ParseError for broken ones."""
    return _credentials(inherited(session, media, "ice-ufrag"), inherited(session, media, "ice-pwd"))


def ice_options_of(session: SessionDescription, media: MediaDescription) -> frozenset[str]:
    """The words of ``a=ice-options`` of both levels (RFC 8839 5.6), in lower case."""
    lines = (*session.attributes_named("ice-options"), *media.attributes_named("ice-options"))
    return frozenset(word for line in lines for word in line.lower().split())


def candidates_of(section: Section) -> tuple[Candidate, ...]:
    """The readable candidates, at most MAX_CANDIDATES; an unreadable line must be ignored (RFC 8839 5.1)."""
    found: list[Candidate] = []
    for value in section.attributes_named("candidate")[:MAX_CANDIDATES]:
        try:
            found.append(parse_candidate(value))
        except ParseError:
            continue
    return tuple(found)


def is_complete(session: SessionDescription, media: MediaDescription) -> bool:
    """``a=end-of-candidates`` (RFC 8838 8.2) in the media or, for all of them, in the session."""
    return inherited(session, media, "end-of-candidates") is not None


def parse_candidate(value: str) -> Candidate:
    """What stands behind ``a=candidate:``. Raises ParseError."""
    match value.split():
        case [foundation, component, transport, priority, host, port, typ, kind, *rest] if typ.lower() == "typ":
            if len(foundation) > _LONGEST_FOUNDATION:
                raise ParseError(f"foundation of {len(foundation)} characters")
            related, extensions = _related(rest)
            return Candidate(
                foundation,
                _number(component, "component", 1, 256),
                transport,
                _number(priority, "priority", 0, MAX_PRIORITY),
                host,
                parse_port(port),
                _candidate_type(kind),
                related,
                extensions,
            )
        case _:
            raise ParseError(f"not a candidate: {quoted(value)}")


def remote_candidates_of(media: MediaDescription) -> tuple[RemoteCandidate, ...]:
    """``a=remote-candidates`` (RFC 8839 5.2), () without one. Raises ParseError for anything but numeric addresses."""
    words = (media.attribute("remote-candidates") or "").split()
    if len(words) % 3:
        raise ParseError("a=remote-candidates needs component, address and port for each")
    return tuple(
        RemoteCandidate(_number(component, "component", 1, 256), Address(parse_host(host), parse_port(port)))
        for component, host, port in zip(words[::3], words[1::3], words[2::3], strict=True)
    )


def parse_fragment(text: str) -> tuple[IceFragment, ...]:
    """A body of type ``application/trickle-ice-sdpfrag``: one entry per media section that it mentions.

    Peers that follow early drafts write ``a=mid`` without an ``m=`` line before it; one that knows a single media
    writes neither. Raises ParseError.
    """
    try:
        session = parse(_document(text))
        return tuple(
            IceFragment(mid_of(media), _described(session, media, credentials_of(session, media)))
            for media in session.media
        )
    except ParseError as error:
        raise ParseError(f"ICE fragment: {error}") from None


def candidate_attributes(candidates: Iterable[Candidate]) -> tuple[Attribute, ...]:
    """The lines to print, in order."""
    return tuple(Attribute("candidate", candidate.value) for candidate in candidates)


def remote_candidates_attribute(chosen: Iterable[RemoteCandidate]) -> Attribute:
    """What the controlling side says in offers after the nomination: which of the peer's addresses it has chosen."""
    words = [f"{component} {address.host} {address.port}" for component, address in chosen]
    return Attribute("remote-candidates", " ".join(words))


def _described(session: SessionDescription, media: MediaDescription, credentials: Credentials | None) -> IceDescription:
    return IceDescription(
        credentials,
        candidates_of(media),
        complete=is_complete(session, media),
        trickle="trickle" in ice_options_of(session, media),
        lite=session.has_attribute("ice-lite"),
    )


def _credentials(ufrag: str | None, pwd: str | None) -> Credentials | None:
    if ufrag is None or pwd is None:
        return None
    for name, text in (("ufrag", ufrag), ("pwd", pwd)):
        if not (0 < len(text) <= _LONGEST_CREDENTIAL and text.isascii() and text.isprintable()) or " " in text:
            raise ParseError(f"a=ice-{name} must be 1 to {_LONGEST_CREDENTIAL} printable characters, no blanks")
    if ":" in ufrag:  # it would end the ufrag in the USERNAME of a check
        raise ParseError("a=ice-ufrag with a colon")
    return Credentials(ufrag, pwd)


def _document(text: str) -> str:
    """A fragment as a document: with ``v=0``, and with an ``m=`` line before each media section."""
    if text.startswith("v="):
        return text
    if not _MEDIA_LINE.search(text):
        text = _MID_LINE.sub(rf"{_PSEUDO_MEDIA}\g<0>", text) if _MID_LINE.search(text) else _PSEUDO_MEDIA + text
    return f"v=0\r\n{text}"


def _related(words: list[str]) -> tuple[tuple[str, int] | None, tuple[str, ...]]:
    """``raddr HOST rport PORT`` if it is there, and the words that follow."""
    match words:
        case ["raddr", host, "rport", port, *rest]:
            return (host, parse_port(port)), tuple(rest)
        case _:
            return None, tuple(words)


def _candidate_type(word: str) -> CandidateType:
    try:
        return CandidateType(word.lower())
    except ValueError:
        raise ParseError(f"unknown type of a candidate: {quoted(word)}") from None


def _number(text: str, what: str, least: int, most: int) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= most:
        return int(text)
    raise ParseError(f"candidate with a {what} that is not {least} to {most}: {quoted(text)}")
