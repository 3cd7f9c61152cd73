"""Parties that hear others without being heard: recorders, monitors, listeners of a publisher.

A subscriber has a stream of its own for every stream that it hears; the relay offers them, and the subscriber's answer
says where they go. The rules are rtpengine 26's observed behaviour, but for two: a party that has another part in the
call can't subscribe, and a stream that a subscriber is to hear no longer is refused in the next offer to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from secrets import token_hex
from typing import NamedTuple

from rtpng.calls import own, removal, selection
from rtpng.calls.admission import check, check_growth, is_relayed_rtp
from rtpng.calls.allotment import Ports
from rtpng.calls.dialogues import Exchange
from rtpng.calls.model import Call, Dialogue, MediaStream, Party, Subscription
from rtpng.calls.negotiate import Negotiator
from rtpng.calls.request import Request
from rtpng.errors import NgError, NotFoundError
from rtpng.interfaces import Interface
from sipcore.sdp.direction import Direction
from sipcore.sdp.session import SessionDescription

NO_SOURCES = "No medias found (no monologues matched)"
REFUSED = "Failed to request subscription"
NO_SUBSCRIBER = "To-tag not found"


class Source(NamedTuple):
    """A stream that can be heard: of a party, at its place among the party's streams."""

    party: Party
    place: int

    @property
    def stream(self) -> MediaStream:
        return self.party.streams[self.place]


Joined = Mapping[int, Source]  # by the place of the stream that hears it among the subscriber's


def subscribe(
    negotiator: Negotiator, call: Call, request: Request, ports: Ports, *, now: float, wall: float
) -> Exchange:
    """A party, new or not, is to hear exactly what the request names; the exchange is our offer to it.

    Raises NgError; then neither the call nor its parties have changed.
    """
    wanted = _sources(call, request)
    subscriber = _subscriber(call, request, wanted, wall)
    dialogue = call.own_dialogue(subscriber) or Dialogue(own.speaker(subscriber), subscriber)
    us = dialogue.offerer
    first = request.address_family or wanted[0].party.interface.family
    interface = negotiator.interface_towards(call, subscriber, request.interface, first, request.address_family)
    joined = dict(sorted(_joined(call, subscriber, wanted)))
    numbers = dict(_numbers(call)) if request.siprec else {}
    session = _invitation(us, interface, joined, numbers)
    request = replace(request, ptime=None)
    check(session)
    exchange = Exchange(dialogue, us, subscriber)
    check_growth(call, exchange)
    negotiator.offered(call, exchange, (interface, interface), session, request, ports, now=now)
    subscriber.label = request.set_label or subscriber.label
    for source, number in numbers.items():
        source.stream.number = number
    _hear(call, subscriber, joined)
    return exchange


def answer(
    negotiator: Negotiator, call: Call, request: Request, session: SessionDescription, *, now: float
) -> Exchange:
    """A subscriber says where it hears. Raises NgError; then neither the call nor its parties have changed."""
    subscriber = _known(call, request.to_tag)
    dialogue = call.own_dialogue(subscriber)
    if dialogue is None:
        raise NotFoundError(NO_SUBSCRIBER)
    check(session)
    session = removal.restored(session, subscriber.streams)
    session = replace(session, media=session.media[: len(subscriber.streams)])  # nobody has offered more
    exchange = negotiator.answered(call, Exchange(dialogue, subscriber, dialogue.offerer), session, request, now=now)
    for stream in subscriber.streams:
        stream.direction = _hearing(stream.direction)
    return exchange


def cancel(call: Call, request: Request) -> None:
    """A subscriber hears nothing any more, or, with ``directional``, not the party of from-tag. Raises NgError."""
    subscriber = _known(call, request.to_tag)
    source = call.by_tag(request.from_tag) if request.directional else None
    if request.directional and request.from_tag is not None and source is None:
        raise NotFoundError("From-tag not found")
    left = {place: heard for place, heard in hears(call, subscriber).items() if source not in (None, heard.party)}
    if left:
        _hear(call, subscriber, left)
    else:
        leave(call, subscriber)


def leave(call: Call, subscriber: Party) -> None:
    """A subscriber is no part of the call any more."""
    call.subscriptions = [s for s in call.subscriptions if s.subscriber is not subscriber]
    call.own = [d for d in call.own if subscriber not in d]
    call.parties.remove(subscriber)


def hears(call: Call, subscriber: Party) -> Joined:
    """What a subscriber hears, in the order of its streams."""
    mine = (subscription for subscription in call.subscriptions if subscription.subscriber is subscriber)
    return dict(sorted((place, Source(s.source, source)) for s in mine for source, place in s.places))


def _known(call: Call, tag: str | None) -> Party:
    party = call.by_tag(tag)
    if party is None or not call.subscribes(party):
        raise NotFoundError(NO_SUBSCRIBER)
    return party


# --- who hears whom ---


def _sources(call: Call, request: Request) -> Sequence[Source]:
    """The streams that the request names, by party. Raises NgError if there is none."""
    found = [source for party in _parties(call, request) for source in _heard_of(party)]
    if not found:
        raise NgError(NO_SOURCES)
    return found


def _parties(call: Call, request: Request) -> Sequence[Party]:
    """Without doubles and subscribers; of several tags the unknown ones are passed over."""
    if request.from_tags and request.all != "all":
        named = [party for tag in request.from_tags if (party := call.by_tag(tag)) is not None]
    else:
        selected = selection.select(call, request, flows=False)
        named = call.parties if selected.everybody else [p for p in (selected.party,) if p is not None]
    return [party for party in {id(p): p for p in named}.values() if not call.subscribes(party)]


def _heard_of(party: Party) -> Iterator[Source]:
    for place, stream in enumerate(party.streams):
        if stream.rtp is not None and not stream.rejected and is_relayed_rtp(stream.described):
            yield Source(party, place)


def _subscriber(call: Call, request: Request, wanted: Sequence[Source], wall: float) -> Party:
    """The party of to-tag, or a new one. Raises NgError for one that has another part in the call."""
    known = call.by_tag(request.to_tag)
    if known is None:
        return Party(wanted[0].party.interface, created=wall, tag=request.to_tag or token_hex(32))
    if not call.subscribes(known):
        raise NgError(REFUSED)
    return known


def _joined(call: Call, subscriber: Party, wanted: Sequence[Source]) -> Iterator[tuple[int, Source]]:
    """What is heard already stays where it is; the rest takes the places that are left, of its kind, or new ones."""
    streams = subscriber.streams
    places = {source: place for place, source in hears(call, subscriber).items() if source in wanted}
    left = [place for place in range(len(streams)) if place not in places.values()]
    beyond = count(len(streams))
    for source in wanted:
        place = places.get(source)
        if place is None:
            place = next((p for p in left if streams[p].kind == source.stream.kind), None)
            left = [p for p in left if p != place]
        yield (next(beyond) if place is None else place), source


def _hear(call: Call, subscriber: Party, joined: Joined) -> None:
    """From here on the subscriber hears this and nothing else."""
    others = [s for s in call.subscriptions if s.subscriber is not subscriber]
    call.subscriptions = others + [
        Subscription(party, subscriber, tuple((s.place, place) for place, s in joined.items() if s.party is party))
        for party in dict.fromkeys(source.party for source in joined.values())
    ]
    for place, stream in enumerate(subscriber.streams):
        stream.direction = _hearing(stream.direction)
        if place not in joined:
            stream.give_up_ports()


def _hearing(direction: Direction) -> Direction:
    """A subscriber hears or does not, whatever else it says."""
    return Direction.RECVONLY if direction.receives else Direction.INACTIVE


# --- what it is told ---


def _invitation(us: Party, interface: Interface, joined: Joined, numbers: Mapping[Source, int]) -> SessionDescription:
    former = us.session.media if us.session is not None else ()
    sections = [
        own.copy(joined[place].stream, numbers.get(joined[place])) if place in joined else own.refusal(former[place])
        for place in range(max(len(former), 1 + max(joined)))
    ]
    first = next(iter(joined.values())).party.session
    if first is None:
        raise NgError(REFUSED)
    return own.Author(interface.advertised).invitation(first, sections)


def _numbers(call: Call) -> Iterator[tuple[Source, int]]:
    """A number for every stream of those who can be heard: the one that it has, or the next one."""
    parties = [party for party in call.parties if not call.subscribes(party)]
    sources = [Source(party, place) for party in parties for place in range(len(party.streams))]
    free = count(1 + max((s.stream.number for s in sources if s.stream.number is not None), default=-1))
    for source in sorted(sources, key=lambda source: source.place):  # all first sections before all second ones
        yield source, next(free) if source.stream.number is None else source.stream.number
