"""Renders the SDP that goes out: a new document in one fixed order, whatever the order of the one that came in.

The order is rtpengine 26's observed behaviour. ``media_section`` lives in ``write_media``; here is the session part
and what must stay, or grow, from one document to the next (``replace`` in the request).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from rtpng.calls import bundle, extensions
from rtpng.calls.attributes import edited
from rtpng.calls.dialogues import Exchange
from rtpng.calls.model import Party, Sent
from rtpng.calls.request import SESSION, Request
from rtpng.calls.write_media import Section, media_section
from sipcore.address import family_of
from sipcore.sdp.attributes import normalised_bandwidths, passed_on
from sipcore.sdp.profile import is_secure, plain
from sipcore.sdp.session import Origin, SessionDescription

PASSED_LINES = ("i", "u", "e", "p")  # between s= and b=
MARK = "rtpengine"  # the attribute of loop protection
COUNTING = frozenset({"sdp-version", "origin-full"})  # words under which a document is compared with the last
MAX_VERSION_DIGITS = 20  # 64 bits; what is longer is no counter (RFC 8866 5.2)


def document(exchange: Exchange, request: Request, *, offering: bool, instance: str = "") -> str:
    """The SDP for the listener of an exchange. Remembers in the listener what the next one must keep.

    ``instance`` is our mark, printed if the request asks for loop protection.
    """
    session = exchange.speaker.session
    if session is None:
        return ""
    sections = _sections(exchange, request, offering=offering)
    body = _session_part(session, exchange.listener, request, instance, _groups(exchange.listener, sections))
    for section in chain.from_iterable(map(_written, sections)):
        body += edited(section.speaking.kind.lower(), media_section(section), request.sdp_attr)
    origin, name = _identity(session, exchange.listener, request, body)
    first = ["v=0", *([f"o={origin.text}"] if origin else []), f"s={name}"]
    return "\r\n".join([*first, *body, ""])


def _sections(exchange: Exchange, request: Request, *, offering: bool) -> list[Section]:
    """One section per m= line of the offer: an answer that left some out gets them back as silent ones."""
    speaker, listener = exchange.speaker, exchange.listener
    offer = speaker.session if offering else listener.session or speaker.session
    count = len(offer.media) if offer is not None else 0
    pairs = list(zip(speaker.streams, listener.streams, strict=False))[:count]
    every = (Section(*pair, speaker, listener, request, index, offering) for index, pair in enumerate(pairs, 1))
    sections = [section for section in every if section.listening.removed is None]
    if not (listener.bundling or listener.bundles):
        return sections
    alive = {section.index - 1 for section in sections if not section.is_refused}
    groups = bundle.among(listener.bundling if offering else listener.bundles, alive)
    asked = offering and bool(request.bundle & bundle.OFFERED)
    mid_id = extensions.id_for_mid(listener, offer, request) if asked and offer is not None else None
    return [replace(section, bundles=groups, mid_id=mid_id) for section in sections]


def _written(section: Section) -> Iterator[Section]:
    """The section, or the plain and the secure one that stand for it (OSRTP before RFC 8643)."""
    stream = section.listening
    if stream.twin is None:
        yield section
    elif section.offering:
        yield from (_as(section, plain(stream.twin)), section)
    elif is_secure(stream.protocol):
        yield from (_as(section, plain(stream.twin), refused=True), section)
    else:
        yield from (section, _as(section, stream.twin, refused=True))


def _as(section: Section, protocol: str, *, refused: bool = False) -> Section:
    """The section's twin: the same ports, no keys."""
    stream = section.listening
    twin = replace(stream, protocol=protocol, sdes=None, dtls=None, mid=None, withheld=stream.withheld or refused)
    return replace(section, listening=twin)


def _groups(reader: Party, sections: list[Section]) -> Iterator[str]:
    """The bundles that a document tells of."""
    for group in sections[0].bundles if sections else ():
        yield " ".join(["group:BUNDLE", *(reader.streams[place].mid or "" for place in group)])


def is_ours(session: SessionDescription, instance: str) -> bool:
    """Whether a document has our mark: it has come back to us, unread by anybody else."""
    return instance in session.attributes_named(MARK)


def _session_part(
    session: SessionDescription, listener: Party, request: Request, instance: str, groups: Iterable[str]
) -> list[str]:
    """From i= to the last session attribute; never a c=."""
    lines = [f"{kind}={value}" for kind in PASSED_LINES for value in session.values(kind)]
    lines += [f"b={b.kind}:{b.value}" for b in normalised_bandwidths(session)]
    lines += [f"t={value}" for value in session.times or ("0 0",)]
    if request.loop_protect:
        lines.append(f"a={MARK}:{instance}")
    if any(stream.ice is not None and stream.ice.lite for stream in listener.streams):
        lines.append("a=ice-lite")
    lines += [f"a={group}" for group in groups]
    lines += [f"a={attribute.text}" for attribute in passed_on(session)]
    return edited(SESSION, lines, request.sdp_attr)


def _identity(
    session: SessionDescription, listener: Party, request: Request, body: list[str]
) -> tuple[Origin | None, str]:
    """o= and s=, with the parts that ``replace`` keeps or changes."""
    origin, words, sent = session.origin, request.replace, listener.sent
    name = sent.session_name if sent is not None and "session-name" in words else session.name
    if origin is None:
        return None, name
    if words & {"origin", "origin-full"}:
        # It stays the first one's (RFC 8866 5.2), even if that one was not ours.
        host = sent.address if sent is not None else listener.interface.advertised
        origin = origin._replace(addrtype=family_of(host).value, address=host)
    if sent is not None:
        origin = _kept(origin, sent, words)
    if sent is None:
        sent = listener.sent = Sent(*origin[:3], origin.address, name)
    else:
        origin = origin._replace(version=_version(origin, sent, words, (name, *body)))
    sent.version = origin.version
    if words & COUNTING:
        sent.document = (*origin, name, *body)
    return origin, name


def _kept(origin: Origin, sent: Sent, words: frozenset[str]) -> Origin:
    """The fields of ``o=`` that stay as they were in the first document."""
    if "origin-full" in words:
        return origin._replace(username=sent.username, session_id=sent.session_id)
    return origin._replace(username=sent.username) if "username" in words else origin


def _version(origin: Origin, sent: Sent, words: frozenset[str], rest: tuple[str, ...]) -> str:
    """The party's own version, unless it is to be ours: kept, or one more than the last."""
    if "force-increment-sdp-ver" in words:
        return _next(sent.version)
    if words & COUNTING:
        same = (*origin._replace(version=sent.version), *rest)
        return sent.version if sent.document in (None, same) else _next(sent.version)
    return origin.version


def _next(version: str) -> str:
    known = version.isascii() and version.isdigit() and len(version) <= MAX_VERSION_DIGITS
    return str(int(version) + 1) if known else version
