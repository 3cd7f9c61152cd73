"""What the relay itself says in an SDP: to a publisher, to a subscriber, to a party that it calls.

The relay is then one side of an ordinary offer and answer (``Party.ours``), so that everything which belongs to one
(codecs, multiplexing, ports) is settled where it always is. Here is only what its SDP is made of.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from secrets import randbelow

from rtpng.calls import codecs
from rtpng.calls.admission import is_relayed_rtp
from rtpng.calls.model import MediaStream, Party
from rtpng.calls.request import Request
from rtpng.calls.write_media import codec_lines
from rtpng.errors import NgError
from sipcore.address import family_of
from sipcore.errors import ParseError
from sipcore.sdp.attributes import passed_on, rtcp_mux
from sipcore.sdp.codec import Codec, codecs_of
from sipcore.sdp.direction import Direction, direction, direction_of
from sipcore.sdp.session import MediaDescription, Origin, SessionDescription, parse

UNWRITABLE = "Failed to create SDP"
SOMEWHERE = 9  # a port that is not 0: what is printed in its place is the listener's
_SESSION_LINES = ("i", "u", "e", "p", "t")  # passed on from the session of a single source
_COPIED = ("extmap", "extmap-allow-mixed", "ptime", "maxptime")  # from a source, beside what is always passed on
_NUMBERS = 2**31

Section = Sequence[str]


def speaker(party: Party) -> Party:
    """The relay as the other side of a party."""
    return Party(party.interface, created=party.created, ours=True)


@dataclass(frozen=True, slots=True)
class Author:
    """Who we are in an SDP. ``host``: our address towards its reader; ``former``: the SDP before it."""

    host: str
    software: str = ""
    former: SessionDescription | None = None

    def acceptance(self, session: SessionDescription, request: Request) -> SessionDescription:
        """The answer to a publisher: receives what it sends. Raises NgError when there is nothing that we relay.

        Of an audio section only the first codec is taken (rtpengine's observed behaviour).
        """
        if not any(map(is_relayed_rtp, session.media)):
            raise NgError(UNWRITABLE)
        return self._document([_accepted(session, media, request) for media in session.media])

    def announcement(self, media: Iterable[tuple[str, Sequence[Codec]]]) -> SessionDescription:
        """An offer of our own: types of media, each with its codecs."""
        return self._document([_section(kind, "RTP/AVP", told, Direction.SENDRECV) for kind, told in media])

    def invitation(self, first: SessionDescription, sections: Sequence[Section]) -> SessionDescription:
        """The offer to a subscriber, as if made by its ``first`` source; only a single section gets its attributes."""
        lines = [f"o={first.origin.text}"] if first.origin is not None else []
        lines.append(f"s={first.name}")
        single = len(sections) == 1
        kinds = _SESSION_LINES if single else ("t",)
        lines += [f"{kind}={value}" for kind in kinds for value in first.values(kind)]
        lines += [f"a={attribute.text}" for attribute in passed_on(first)] if single else []
        return _parsed([*lines, self._connection], sections)

    def _document(self, sections: Sequence[Section]) -> SessionDescription:
        """A document of our own: its version grows when it changes (RFC 8866 5.2)."""
        origin = self.former.origin if self.former is not None else None
        if origin is None:
            numbers = str(randbelow(_NUMBERS)), str(randbelow(_NUMBERS))
            origin = Origin("-", *numbers, "IN", family_of(self.host).value, self.host)
        body = f"s={self.software}", "t=0 0", self._connection
        document = _parsed((f"o={origin.text}", *body), sections)
        if self.former is None or self.former.media == document.media:
            return document
        return _parsed((f"o={_next(origin).text}", *body), sections)

    @property
    def _connection(self) -> str:
        return f"c=IN {family_of(self.host).value} {self.host}"


def copy(stream: MediaStream, label: int | None) -> Section:
    """The section in which a subscriber is told of a source's stream; ``label`` names it for a recorder (RFC 4574)."""
    media = stream.described
    if media is None:
        raise NgError(UNWRITABLE)
    told = stream.agreed or codecs_of(media)
    way = direction(sends=stream.direction.sends, receives=False)
    lines = _section(media.kind, media.protocol, told, way)
    lines[1:1] = [f"{line.type}={line.value}" for line in media.lines if line.type in "ib"]
    lines += [f"a={attribute.text}" for attribute in passed_on(media)]
    lines += [f"a={a.text}" for a in media.attributes if a.name in _COPIED]
    return [*lines, *([f"a=label:{label}"] if label is not None else [])]


def refusal(media: MediaDescription) -> Section:
    """A section that is not wanted, or no longer."""
    return [f"m={media.kind} 0 {media.protocol} {' '.join(media.formats)}"]


def _accepted(session: SessionDescription, media: MediaDescription, request: Request) -> Section:
    if not is_relayed_rtp(media):
        return refusal(media)
    offered = codecs_of(media)
    told = codecs.told(offered, request.codec, kind=media.kind) or offered
    if media.kind == "audio":
        told = tuple(filter(codecs.is_real, told))[:1] or told[:1]
    way = direction(sends=False, receives=direction_of(session, media).sends)
    lines = _section(media.kind, media.protocol, told, way)
    lines += [f"a={a.text}" for a in media.attributes if a.name == "maxptime"]
    return [*lines, "a=rtcp-mux"] if rtcp_mux(media) else lines


def _section(kind: str, protocol: str, told: Sequence[Codec], way: Direction) -> list[str]:
    formats = " ".join(str(codec.payload_type) for codec in told)
    return [f"m={kind} {SOMEWHERE} {protocol} {formats}", *codec_lines(told), f"a={way.value}"]


def _next(origin: Origin) -> Origin:
    return origin._replace(version=str(int(origin.version) + 1))


def _parsed(head: Iterable[str], sections: Iterable[Section]) -> SessionDescription:
    """Raises NgError for a document beyond the limits of SDP that we read."""
    try:
        return parse("".join(f"{line}\r\n" for line in _lines(head, sections)))
    except ParseError:
        raise NgError(UNWRITABLE) from None


def _lines(head: Iterable[str], sections: Iterable[Section]) -> Iterator[str]:
    yield "v=0"
    yield from head
    for section in sections:
        yield from section
