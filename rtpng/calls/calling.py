"""Parties that the relay itself calls: it offers, and what they are connected with comes later."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from secrets import token_hex
from types import MappingProxyType

from rtpng.calls import own, removal
from rtpng.calls.admission import check, check_growth
from rtpng.calls.allotment import Ports
from rtpng.calls.codecs import is_real
from rtpng.calls.dialogues import INVALID, Exchange
from rtpng.calls.model import Call, Dialogue, Party
from rtpng.calls.negotiate import Negotiator
from rtpng.calls.request import MediaWish, Request
from rtpng.errors import NgError, NotFoundError
from sipcore.sdp.codec import STATIC_PAYLOAD_TYPES, Codec, parse_encoding
from sipcore.sdp.session import SessionDescription

USUAL = ("PCMU", "PCMA")  # of audio, where the request names no codecs (rtpengine's observed behaviour)
FIRST_DYNAMIC, LAST_DYNAMIC = 96, 127
NOT_CALLED = "from-tag not found"

_TOKEN = re.compile(r"[A-Za-z0-9._+-]{1,64}")  # a name that may stand in a=rtpmap

# What a name alone stands for, with its parameters.
_KNOWN: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "opus": ("opus/48000/2", ("useinbandfec=1",)),
        "telephone-event": ("telephone-event/8000", ("0-15",)),
    }
)


def create(negotiator: Negotiator, call: Call, request: Request, ports: Ports, *, now: float, wall: float) -> Exchange:
    """A party, new or not, gets an offer of ours. Raises NgError; then neither call nor parties have changed."""
    default = negotiator.interfaces.choose(None, request.address_family)
    party = call.by_tag(request.from_tag) or Party(default, created=wall, tag=request.from_tag or token_hex(32))
    dialogue = call.own_dialogue(party) or Dialogue(own.speaker(party), party)
    if not dialogue.offerer.ours or call.subscribes(party) or (dialogue not in call.own and call.dialogues_of(party)):
        raise NgError(INVALID)  # it has another part in the call
    us = dialogue.offerer
    family = request.address_family
    interface = negotiator.interface_towards(call, party, request.interface, family, family)
    author = own.Author(interface.advertised, negotiator.settings.software, us.session)
    session = author.announcement(_announced(request))
    request = replace(request, ptime=None)
    check(session)
    exchange = Exchange(dialogue, us, party)
    check_growth(call, exchange)
    negotiator.offered(call, exchange, (interface, interface), session, request, ports, now=now)
    party.label = request.set_label or party.label
    return exchange


def answer(
    negotiator: Negotiator, call: Call, request: Request, session: SessionDescription, *, now: float
) -> Exchange:
    """A party that we have called answers. Raises NgError; then neither the call nor its parties have changed."""
    party = call.by_tag(request.from_tag)
    dialogue = call.own_dialogue(party) if party is not None and not call.subscribes(party) else None
    if party is None or dialogue is None or not dialogue.offerer.ours:
        raise NotFoundError(NOT_CALLED)
    check(session)
    session = removal.restored(session, party.streams)
    session = replace(session, media=session.media[: len(party.streams)])  # nobody has offered more
    return negotiator.answered(call, Exchange(dialogue, party, dialogue.offerer), session, request, now=now)


def _announced(request: Request) -> Sequence[tuple[str, Sequence[Codec]]]:
    wishes = request.media or (MediaWish(),)
    return [(wish.kind, sorted(_codecs(wish, request.codec.offer), key=_is_supplemental)) for wish in wishes]


def _is_supplemental(codec: Codec) -> bool:
    return not is_real(codec)


def _codecs(wish: MediaWish, names: Sequence[str]) -> Iterator[Codec]:
    """The codecs of a section. Raises NgError for one that we know too little of to offer it."""
    if not names and wish.kind != "audio":
        raise NgError(own.UNWRITABLE)
    free = iter(range(FIRST_DYNAMIC, LAST_DYNAMIC + 1))
    for name in names or USUAL:
        encoding, parameters = _KNOWN.get(name.lower(), (name, ()))
        number = _static(encoding)
        text, rate, channels = parse_encoding(encoding if number is None else STATIC_PAYLOAD_TYPES[number])
        number = next(free, None) if number is None else number
        if number is None or not rate or not _TOKEN.fullmatch(text):
            raise NgError(own.UNWRITABLE)
        yield Codec(number, text, rate, channels, parameters)


def _static(text: str) -> int | None:
    """The payload type that stands for a codec, named with or without rate and channels (RFC 3551 6)."""
    name, rate, channels = parse_encoding(text)
    for number, known in STATIC_PAYLOAD_TYPES.items():
        its_name, *its_numbers = parse_encoding(known)
        if its_name.lower() == name.lower() and (not rate or its_numbers == [rate, channels]):
            return number
    return None
