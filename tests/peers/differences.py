"""Where rtpng does not answer as an rtpengine does, and why: the only place where such a difference may be allowed.

``OURS`` holds against every release, ``FROM_10_5`` is the distance between releases (rtpng has the shape of 26, which
Kamailio and OpenSIPS understand as well), ``FROM_26`` is what rtpng does differently from the release that it follows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sipcore.extensions import MID
from sipcore.sdp.session import connection_of, parse
from tests.peers.cases import Case, Step
from tests.peers.compare import Difference

Steps = Sequence[Step]


def _always(_: Steps) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Deliberate:
    """``where`` is a pattern (as of the shell) for ``CASE/STEP/FACT``, ``theirs`` and ``ours`` for the two values.

    ``when`` asks the conversation up to the step with the difference.
    """

    where: str
    reason: str
    theirs: str = "*"
    ours: str = "*"
    when: Callable[[Steps], bool] = _always
    generated: bool = False  # seen in generated conversations only

    def explains(self, case: Case, difference: Difference) -> bool:
        step = int(difference.where.split("/")[1])
        return (
            fnmatchcase(difference.where, self.where)
            and fnmatchcase(str(difference.theirs), self.theirs)
            and fnmatchcase(str(difference.ours), self.ours)
            and self.when(case.steps[:step])
        )


def explaining(rows: Sequence[Deliberate], case: Case, difference: Difference) -> Iterator[Deliberate]:
    """The rows that allow a difference."""
    return (row for row in rows if row.explains(case, difference))


# --- what a conversation was about ---


def _endpoint_changed(steps: Steps) -> bool:
    """Whether a party has named more than one place for a medium, or more than one party has answered."""
    places: dict[tuple[str, int], set[str]] = {}
    answerers = set()
    for step in _spoken(steps):
        speaker = step["to-tag" if step["command"] == "answer" else "from-tag"]
        answerers |= {speaker} if speaker != "a" else set()
        session = parse(step["sdp"])
        for index, media in enumerate(session.media):
            places.setdefault((speaker, index), set()).add(f"{connection_of(session, media)} {media.port}")
    return len(answerers) > 1 or any(len(named) > 1 for named in places.values())


def _multiplexes(steps: Steps) -> bool:
    """Whether rtcp-mux was ever asked for."""
    return any("rtcp-mux" in str(step) for step in _spoken(steps))


def _multiplexes_again(steps: Steps) -> bool:
    """The same in a conversation with more than one offer."""
    return _multiplexes(steps) and sum(step["command"] == "offer" for step in _spoken(steps)) > 1


def _document_stays(steps: Steps) -> bool:
    """Whether one of the two may have written the same document again, and the other another one."""
    return _endpoint_changed(steps) or _multiplexes_again(steps)


def _holds_by_zero(steps: Steps) -> bool:
    return any(f"c=IN {zero}\r" in step["sdp"] for step in _spoken(steps) for zero in ("IP4 0.0.0.0", "IP6 ::"))


def _names_media_address(steps: Steps) -> bool:
    return any({"media-address", "media address"} & step.keys() for step in _spoken(steps))


def _names_tls(steps: Steps) -> bool:
    """Whether a protocol was spoken of whose keys come from DTLS."""
    return any("UDP/TLS/" in f"{step['sdp']}{step.get('transport-protocol')}" for step in _spoken(steps))


def _strips(steps: Steps) -> bool:
    """Whether codecs were to be taken out of an offer."""
    return any("strip" in str(step) for step in _spoken(steps))


def _changes_profile(steps: Steps) -> bool:
    return any("transport" in str(step) for step in steps)


def _leaves_media_out(steps: Steps) -> bool:
    return len({step["sdp"].count("m=") for step in _spoken(steps)}) > 1


def _spoken(steps: Steps) -> Iterator[Mapping[str, Any]]:
    return (step for step in steps if not isinstance(step, bytes) and step.get("sdp", "").startswith("v=0"))


# --- the tables ---

_PORT_STAYS = "a stream keeps its port when the other side's address changes: docs/decisions/0009"

OURS: tuple[Deliberate, ...] = (
    Deliberate("*/tags.*.dropped.*", "rtpng drops packets of strangers, as no rtpengine does, and tells how many"),
    Deliberate("*.flags.ICE controlling", "rtpengine has an ICE role without ICE"),
    Deliberate("forwarding/5/says", "OpenSIPS names the command so, and rtpng knows whom it means", ours="ok"),
    Deliberate("*/sdp.media.*.port", _PORT_STAYS, when=_endpoint_changed),
    Deliberate("*.local port", _PORT_STAYS, when=_endpoint_changed),
    Deliberate("*/sdp.media.*.rtcp", _PORT_STAYS, theirs="P*", ours="P*", when=_endpoint_changed),
)

_OWN = "an SDP of the relay itself has its name and numbers"
OURS += (
    Deliberate("*/sdp.session.s=", _OWN, theirs="rtpengine-*", ours="rtpng-*"),
    Deliberate("*/sdp.session.o=", _OWN, theirs="- *", ours="- *"),
)

_EDITS = "10.5 edits the received text, release 26 and rtpng write a new document"
_ORDER = f"{_EDITS} in an order of its own"
_OTHER_MEDIA = "10.5 adds a direction to media that are no RTP; release 26 leaves their attributes alone"
_ZERO = "release 26 gives a medium that is off the address 0.0.0.0"
_MISSING = "release 26 tells the offerer about every medium that it offered, answered or not"
_MORE = "release 26 tells more in query and delete"
_BRANCH = "10.5 reports the whole call when one branch goes"
_CLOSED = "10.5 tells of ports that a delete closes, release 26 does not"

_NUMBERS = "10.5 numbers the streams of a call in another order"
_MORE_NAMES = "release 26 tells the names, which it makes up if it has to"

FROM_10_5: tuple[Deliberate, ...] = (
    Deliberate("*/sdp.session.c=", f"{_EDITS}, with the connection in each medium"),
    Deliberate("*/sdp.media.*.order of attributes", _ORDER),
    Deliberate("*/sdp.media.?.direction", _OTHER_MEDIA, theirs="sendrecv", ours="None"),
    Deliberate("*/sdp.media.*.address", _ZERO, ours="IN IP4 0.0.0.0"),
    Deliberate("*/sdp.media count", _MISSING, when=_leaves_media_out),
    Deliberate("*/sdp.media.1.*", _MISSING, theirs="None", when=_leaves_media_out),
    Deliberate("port count/1/sdp.media.0.port", "10.5 copies a count of ports (4000/2), for which it opens none"),
    Deliberate("a branch is deleted/5/tags.*", _BRANCH, ours="None"),
    Deliberate("*/tags.*.local *", _CLOSED, ours="None"),
    Deliberate("*/tags.*.streams.?.family", _CLOSED, ours="None"),
    Deliberate("replace as flags/1/sdp.session.o=", "10.5 knows it only as the key replace, 26 also as a flag"),
    Deliberate("talking to oneself/3/says", "10.5 connects a party to itself; release 26 refuses"),
    Deliberate("subscribe with SIPREC/3/media-labels.*", _NUMBERS),
    Deliberate("subscribe with SIPREC/3/tag-medias.*.label", _NUMBERS),
    Deliberate("subscribe with SIPREC/3/sdp.media.?.a=label", _NUMBERS),
    Deliberate("subscribe with SIPREC/3/sdp.session.?=", "release 26 speaks for the first source", theirs="*-*"),
    Deliberate("publish/1/call-id", _MORE_NAMES, theirs="None"),
    Deliberate("publish/1/from-tag", _MORE_NAMES, theirs="None"),
    Deliberate("publish/1/sdp.media.0.a=maxptime", "release 26 repeats maxptime to a publisher", theirs="None"),
    Deliberate("publish/2/*.flags.RTCP feedback", "10.5 tells of feedback for known codecs only", theirs="None"),
    Deliberate("*/created_ts", _MORE),
    Deliberate("*/last redis update", _MORE),
    Deliberate("*/tags.*.last kernel packet", _MORE),
    Deliberate("*/tags.*.last user packet", _MORE),
    Deliberate("*/tags.*.stats_out.*", _MORE),
)

_OPEN = "rtpng has no port for RTCP where none can come, and keeps those of refused media"
_BYTES = "26 answers bytes that are no message with a cookie and nothing else; the text of 10.5 helps more"
_CODECS = "without a common codec rtpng names the offerer's first one, as 26 does where it can transcode"
_STRIPPED = "where nothing but events is left of a list it is offered whole; 26 then leaves its names out"
_FEWER = "26 goes on with media that a re-offer leaves out (RFC 3264 8 forbids it); rtpng leaves it out too"
_RTCP_NAMED = "26 forgets the address in a=rtcp when rtcp-mux ends"
_REFUSED = "media that is refused has no address; 26 may print a media address"
_ONLY_FIRST = "26 knows zero-address only in a first offer"
_BROWSERS = "no keys in SDP where the protocol says that DTLS makes them: browsers refuse a=crypto"
_TLS_ID = "26 takes another tls-id when the other side offers, which asks for a new association (RFC 8842 5.1)"

_FIRST_GOES = "a bundle goes on without its first section (RFC 9143 7.3.1), 26 ends it"
_NO_BUNDLE = "who is offered one port and does not bundle can have one medium; 26 listens where nobody sends to"
_BUNDLE_ONLY = "26 takes what is offered in a bundle only (RFC 9143 6) for refused"

_UNASKED = "an answer names no extension that was not offered (RFC 8285 6)"
_SAME_ID = "26 may give an extension another id than the reader has used before (RFC 8285 6 forbids it)"
_HEARS = "a subscriber is always told that it only hears"
_CREATED = "a party that we have called has said nothing yet"

FROM_26: tuple[Deliberate, ...] = (
    Deliberate("*/says", "media may be refused, all of it too (RFC 3264 6)", theirs="Error rewriting SDP"),
    Deliberate("*/?/says", _BYTES, theirs="None"),
    Deliberate("*/calls.*", "a request that fails leaves no call behind", ours="None"),
    Deliberate("dynamic type without rtpmap/1/sdp.media.0.rtpmap.104", "26 prints a=rtpmap:104 /0", theirs="/0"),
    Deliberate("direction of the session against*/1/*.direction", "the media's own direction counts (RFC 8866 6.7)"),
    Deliberate("messages with a media address/1/sdp.media.1.address", "media that is not relayed keeps its address"),
    Deliberate("no common codec that is known/2/sdp.media.0.*", _CODECS),
    Deliberate("*/1/sdp.media.0.rtpmap.*", _STRIPPED, theirs="None", when=_strips),
    Deliberate("*/1/sdp.media.0.fmtp.*", _STRIPPED, theirs="None", when=_strips),
    Deliberate("video codec that was not offered/2/sdp.media.0.*", "rtpng passes on what a video answer says"),
    Deliberate("fewer media in a re-offer/3/sdp.media count", _FEWER),
    Deliberate("fewer media in a re-offer/3/sdp.media.1.*", _FEWER, ours="None"),
    Deliberate("*/sdp.media.*.rtcp", "26 prints port 0 when a party ends rtcp-mux", theirs="0*", when=_multiplexes),
    Deliberate("*/sdp.media.*.address", _ONLY_FIRST, theirs="* 0.0.0.0", when=_holds_by_zero),
    Deliberate("bundle accept, audio refused/2/sdp.session.a=group", _FIRST_GOES, theirs="None"),
    Deliberate("bundle loses its first section/3/sdp.session.a=group", _FIRST_GOES, theirs="None"),
    Deliberate("bundle offer with some mids/1/sdp.session.a=group", "26 may give two sections the same generated mid"),
    Deliberate("bundle require declined/2/sdp.media.1.*", _NO_BUNDLE),
    Deliberate("bundle offered in a bundle only/?/sdp.*", _BUNDLE_ONLY),
    Deliberate("bundle fax/?/sdp.session.a=group", "26 puts media that is not RTP into bundles"),
    Deliberate("bundle ended by the proxy/4/sdp.media.1.*", "26 takes the group away and leaves the port shared"),
    Deliberate("subscribe with the words of offers/8/sdp.media.0.direction", _HEARS, ours="sendonly"),
    Deliberate(
        "delete with a subscriber/4/tags.r.*", "a subscriber goes with the call, and so do its ports", ours="None"
    ),
    Deliberate("create/3/tags.f.medias.0.flags.initialized", _CREATED, ours="None"),
    Deliberate("create/3/last signal", "to create a party is signalling", theirs="never"),
    # --- only met in generated conversations ---
    Deliberate("generated */tags.*.streams.?.local *", _OPEN, theirs="None", generated=True),
    Deliberate("generated */tags.*.streams.?.family", _OPEN, theirs="None", generated=True),
    Deliberate("generated */tags.*.streams.1.local *", _OPEN, ours="None", generated=True),
    Deliberate("generated */tags.*.streams.1.family", _OPEN, ours="None", generated=True),
    Deliberate("*.streams.1.endpoint.address", _RTCP_NAMED, when=_multiplexes, generated=True),
    Deliberate("bundled */sdp.media.?.a=extmap", _SAME_ID, theirs=f"*{MID}*", ours=f"*{MID}*", generated=True),
    Deliberate("bundled */sdp.media.?.a=extmap*", _UNASKED, theirs=f"*{MID}*", generated=True),
    Deliberate("*.port", "26 takes new ports when two are needed again", when=_multiplexes_again, generated=True),
    Deliberate("*.o=", "the version stays with the document: see ports and rtcp-mux", when=_document_stays),
    Deliberate("secure */sdp.media.0.a=crypto", _BROWSERS, ours="None", when=_names_tls, generated=True),
    Deliberate("secure */sdp.media.0.a=tls-id", _TLS_ID, generated=True),
    Deliberate("*.address", _REFUSED, ours="* 0.0.0.0", when=_names_media_address),
    Deliberate("*.address", _REFUSED, ours="* ::", when=_names_media_address),
    Deliberate("*.address", "26 repeats a zero address as it came", theirs="* ::", when=_holds_by_zero),
    Deliberate("*.flags.transcoding", "26 would transcode", ours="None", generated=True),
    Deliberate("*.formats", "26 gives refused media the format 0", theirs="0", when=_changes_profile),
    Deliberate("*.a=mid", "26 may give two sections the same generated mid", ours="0*"),
)
