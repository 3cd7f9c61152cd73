"""Header extensions of one stream, in SDP and in packets: what becomes of them on the way to another (RFC 8285).

They pass as they came, but for those that a request takes away (``strip-extmap``, ``extmap``), and the mid (RFC 9143
15): a receiver with several streams on one port gets its own name of the section, in the extension that it agreed to.
Where the mid stands among the ``a=extmap``, and when it is there, is rtpengine 26's observed behaviour.
"""

from collections.abc import Iterable

from rtpng.calls.admission import is_relayed_rtp
from rtpng.calls.bundle import mid_extension, sharers
from rtpng.calls.model import MediaStream, Party, PartyStream
from rtpng.calls.request import Request
from rtpng.media.relay import Lane
from sipcore.extensions import EVERY, MID, extension_ids
from sipcore.sdp.attributes import mid_of
from sipcore.sdp.profile import profile_of
from sipcore.sdp.session import MediaDescription, SessionDescription

LONGEST_MID = 255  # bytes that an extension can hold


def named(session: SessionDescription, media: MediaDescription, request: Request) -> list[str]:
    """The values of ``a=extmap`` of a section, without those to be left out and those of one direction (``id/way``)."""
    said = (text for text in _said(session, media) if not _is_unwanted(text, request))
    return [text for text in said if "/" not in text.split()[0]]


def unwanted(session: SessionDescription | None, media: MediaDescription, request: Request) -> frozenset[int]:
    """The ids of extensions that a request wants out of packets: those that it takes out of this SDP, or all."""
    if session is None or not _asks(request) or not is_relayed_rtp(media):
        return frozenset()
    removed = [text for text in _said(session, media) if _is_unwanted(text, request)]
    if removed and (request.strip_extmap or "all" in request.extmap.strip | request.extmap.mask):
        return EVERY
    return frozenset(extension_ids(removed).values())


def masked(session: SessionDescription | None, media: MediaDescription, request: Request) -> tuple[str, ...]:
    """The values of ``a=extmap`` of an offer that its sender is answered, and the other side not told of."""
    if session is None or not request.extmap.mask or request.strip_extmap:
        return ()
    uris = {text: next(iter(extension_ids([text])), "") for text in _said(session, media)}
    kept = {text: uri for text, uri in uris.items() if not _names(request.extmap.strip, uri)}
    return tuple(text for text, uri in kept.items() if _is_masked(uri, request))


def told(
    said: list[str], speaker: Party, reader: PartyStream, *, offering: bool, bundled: bool, mid_id: int | None
) -> list[str]:
    """What the reader of a section is told, of that which the speaker has named.

    ``bundled``: the document has it in a bundle; ``mid_id``: for the mid of a bundle that is offered, else None. Who
    may bundle and names its sections in packets goes on doing so.
    """
    own = _mid_id(reader)
    others = [text for text in said if MID not in extension_ids([text])]
    if own is not None and reader.party.grants_bundles:
        return [f"{own} {MID}", *(text for text in others if own not in extension_ids([text]).values())]
    if bundled and mid_id is not None and others == said:
        return [*said, f"{mid_id} {MID}"]
    if not (offering or bundled) and own is None and speaker.bundles:
        return others  # we had named it, not the reader
    return said


def id_for_mid(reader: Party, session: SessionDescription, request: Request) -> int | None:
    """The id by which an offer names the mid: the reader's own, the sender's, else the first one that is free."""
    told_before = (_mid_id(PartyStream(reader, stream)) for stream in reader.streams)
    said = (mid_extension(session, media) for media in session.media)
    known = next((number for number in (*told_before, *said) if number is not None), None)
    if known is not None:
        return known
    used = {number for media in session.media for number in extension_ids(named(session, media, request)).values()}
    return min(EVERY - used, default=None)


def edits(speaker: PartyStream, listener: PartyStream) -> tuple[frozenset[int], tuple[int, bytes] | None]:
    """The ids of the extensions to take out of packets, and the one to put in."""
    unwanted = listener.stream.stripped
    if not (_is_shared(speaker) or _is_shared(listener)):
        return unwanted, None
    foreign = _mid_id(speaker)
    own, mid = _mid_id(listener), _mid(listener.stream)
    if foreign is not None and foreign != own:
        unwanted |= {foreign}
    if own is None or mid is None or not _is_shared(listener):
        return unwanted, None
    return unwanted, (own, mid)


def mids(stream: MediaStream) -> frozenset[bytes]:
    """What a party may call its section: as it named it itself, or as it was told."""
    said = mid_of(stream.described) if stream.described is not None else None
    return frozenset(_wire(mid) for mid in (said, stream.mid) if mid is not None)


def payload_types(stream: MediaStream) -> frozenset[int]:
    """Those that a party has named for its section, or was told of."""
    media = stream.described
    said = media.formats if media is not None and profile_of(media.protocol) is not None else ()
    return frozenset(map(int, said)) | {codec.payload_type for codec in stream.codecs}


def mid_id(party: Party, lanes: Iterable[Lane]) -> int | None:
    """The extension by which a party names the streams of a port; RFC 9143 15 wants the same for all."""
    found = (_mid_id(PartyStream(party, party.streams[lane.place])) for lane in lanes)
    return next((number for number in found if number is not None), None)


def _said(session: SessionDescription, media: MediaDescription) -> tuple[str, ...]:
    return media.attributes_named("extmap") or session.attributes_named("extmap")


def _is_unwanted(extension: str, request: Request) -> bool:
    """Whether a header extension, ``id URI ...``, is to be left out."""
    words = extension.split()
    uri = words[1].lower() if len(words) > 1 else ""
    return request.strip_extmap or _names(request.extmap.strip, uri) or _is_masked(uri, request)


def _is_masked(uri: str, request: Request) -> bool:
    return request.command != "answer" and _names(request.extmap.mask, uri)


def _names(uris: frozenset[str], uri: str) -> bool:
    return "all" in uris or uri in uris


def _asks(request: Request) -> bool:
    return request.strip_extmap or bool(request.extmap.strip or request.extmap.mask)


def _is_shared(one: PartyStream) -> bool:
    party, endpoint = one.party, one.stream.rtp
    if endpoint is None or not (party.bundles or party.bundling):
        return False
    return sum(not party.streams[place].rejected for place in sharers(party, endpoint)) > 1


def _mid_id(one: PartyStream) -> int | None:
    session, media = one.party.session, one.stream.described
    return mid_extension(session, media) if session is not None and media is not None else None


def _mid(stream: MediaStream) -> bytes | None:
    said = mid_of(stream.described) if stream.described is not None else None
    mid = said or stream.mid
    return _wire(mid) if mid is not None and len(_wire(mid)) <= LONGEST_MID else None


def _wire(mid: str) -> bytes:
    return mid.encode(errors="surrogateescape")
