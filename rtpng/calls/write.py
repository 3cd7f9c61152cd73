"""Renders the SDP that goes out: a new document in one fixed order, whatever the order of the one that came in.

The order is rtpengine 26's observed behaviour. ``media_section`` lives in ``write_media``; here is the session part
and what must stay, or grow, from one document to the next (``replace`` in the request).
"""

from rtpng.calls.dialogues import Exchange
from rtpng.calls.model import Party, Sent
from rtpng.calls.request import Request
from rtpng.calls.write_media import Section, media_section
from sipcore.address import family_of
from sipcore.sdp.attributes import normalised_bandwidths, passed_on
from sipcore.sdp.session import Origin, SessionDescription

PASSED_LINES = ("i", "u", "e", "p")  # between s= and b=


def document(exchange: Exchange, request: Request, *, offering: bool) -> str:
    """The SDP for the listener of an exchange. Remembers in the listener what the next one must keep."""
    session = exchange.speaker.session
    if session is None:
        return ""
    sections = _sections(exchange, request, offering=offering)
    body = [line for section in sections for line in media_section(section)]
    head = _session_part(session)
    origin, name = _identity(session, exchange.listener, request, head, body)
    first = ["v=0", *([f"o={origin.text}"] if origin else []), f"s={name}"]
    return "\r\n".join([*first, *head, *body, ""])


def _sections(exchange: Exchange, request: Request, *, offering: bool) -> list[Section]:
    """One section per m= line of the offer: an answer that left some out gets them back as silent ones."""
    speaker, listener = exchange.speaker, exchange.listener
    described = speaker.session if offering else listener.session
    count = len(described.media) if described is not None else 0
    pairs = list(zip(speaker.streams, listener.streams, strict=False))[:count]
    return [Section(*pair, speaker, listener, request, index, offering) for index, pair in enumerate(pairs, 1)]


def _session_part(session: SessionDescription) -> list[str]:
    """From i= to the last session attribute; never a c=."""
    lines = [f"{kind}={value}" for kind in PASSED_LINES for value in session.values(kind)]
    lines += [f"b={b.kind}:{b.value}" for b in normalised_bandwidths(session)]
    lines += [f"t={value}" for value in session.times or ("0 0",)]
    lines += [f"a={attribute.text}" for attribute in passed_on(session)]
    return lines


def _identity(
    session: SessionDescription, listener: Party, request: Request, head: list[str], body: list[str]
) -> tuple[Origin | None, str]:
    """o= and s=, with the parts that ``replace`` keeps or changes."""
    origin, words = session.origin, request.replace
    name = session.name
    if origin is None:
        return None, name
    if words & {"origin", "origin-full"}:
        host = listener.interface.advertised
        origin = origin._replace(addrtype=family_of(host).value, address=host)
    content = "\r\n".join([*head, *body])
    sent = listener.sent
    if sent is None:
        listener.sent = _first(origin, name, content)
        return origin, name
    origin = _kept(origin, sent, words, changed=content != sent.document)
    name = sent.session_name if "session-name" in words else name
    sent.version, sent.document = origin.version, content
    return origin, name


def _first(origin: Origin, name: str, content: str) -> Sent:
    return Sent(origin.username, origin.session_id, origin.version, origin.address, name, content)


def _kept(origin: Origin, sent: Sent, words: frozenset[str], *, changed: bool) -> Origin:
    if "origin-full" in words:
        origin = origin._replace(username=sent.username, session_id=sent.session_id, address=sent.address)
        return origin._replace(version=_next_version(sent.version, step=changed and "sdp-version" in words))
    if "username" in words:
        origin = origin._replace(username=sent.username)
    if "force-increment-sdp-ver" in words:
        return origin._replace(version=_next_version(sent.version, step=True))
    if "sdp-version" in words:
        return origin._replace(version=_next_version(sent.version, step=changed))
    return origin


def _next_version(version: str, *, step: bool) -> str:
    return str(int(version) + 1) if step and version.isdigit() else version
