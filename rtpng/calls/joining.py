"""connect: two parties talk with each other although none has offered anything to the other.

Their streams are joined by type, the first audio of one with the first audio of the other, and so on; with whom they
talked before they talk no more. What differs from rtpengine 26: a stream without a partner is heard by nobody, there
it stays with the former one; and who connects a party with itself, or with somebody unknown, is told so.
"""

from collections.abc import Iterator

from rtpng.calls import addresses, dialogues, selection
from rtpng.calls.admission import MAX_PARTIES, TOO_MANY_PARTIES
from rtpng.calls.dialogues import INVALID
from rtpng.calls.model import Call, Dialogue, MediaStream, Party, Restraint
from rtpng.calls.request import Request
from rtpng.errors import NgError, NotFoundError

NOTHING_IN_COMMON = "No medias found (no monologues matched)"
COLLISION = "Failed to merge two calls into one (tag collision)"


def partners(call: Call, other: Call, request: Request) -> tuple[Party, Party]:
    """The parties that a request joins, the second one of ``other``. Raises NgError; nothing is changed here."""
    one = selection.select(call, request, flows=False).party
    if one is None:
        raise NgError(NOTHING_IN_COMMON)
    if other is not call:
        _check_merger(call, other)
    two = other.by_tag(request.to_tag)
    if two is None:
        raise NotFoundError("To-tag not found")
    if one is two or call.subscribes(one) or other.subscribes(two):
        raise NgError(INVALID)
    if not any(_pairs(one, two)):
        raise NgError(NOTHING_IN_COMMON)
    return one, two


def connect(call: Call, one: Party, two: Party, now: float) -> None:
    """Media flows between the two, and between nobody else who talked with them."""
    dialogue = call.dialogue_between(one, two) or Dialogue(one, two)
    if dialogue not in call.dialogues:
        call.dialogues.append(dialogue)
    dialogues.connect(call, dialogue)
    dialogue.places = tuple(_pairs(dialogue.offerer, dialogue.answerer))
    joined = ((dialogue.offerer.streams[near], dialogue.answerer.streams[far]) for near, far in dialogue.places)
    addresses.expect_between(joined, now, answered=True)
    call.signalled = now


def absorb(call: Call, other: Call) -> None:
    """Everything of ``other`` becomes part of ``call``. What a media command said of one stays with its parties."""
    call.restraints = [*_personal(call), *_personal(other)]
    call.parties += other.parties
    call.dialogues += other.dialogues
    call.own += other.own
    call.subscriptions += other.subscriptions
    call.tos = other.tos if call.tos is None else call.tos
    call.metadata = call.metadata or other.metadata
    call.dtmf_log_dest = call.dtmf_log_dest or other.dtmf_log_dest
    call.digits_played = max(call.digits_played, other.digits_played)
    call.born, call.created = min(call.born, other.born), min(call.created, other.created)


def _check_merger(call: Call, other: Call) -> None:
    if _tags(call) & _tags(other):
        raise NgError(COLLISION)
    if len(call.parties) + len(other.parties) > MAX_PARTIES:
        raise NgError(TOO_MANY_PARTIES)


def _tags(call: Call) -> set[str]:
    return {tag for party in call.parties for tag in (party.tag, *party.aliases) if tag is not None}


def _personal(call: Call) -> Iterator[Restraint]:
    """The restraints of a call, those for everybody as one for each."""
    for restraint in call.restraints:
        if restraint.speaker is not None:
            yield restraint
        else:
            yield from (Restraint(restraint.control, party, restraint.listener) for party in call.parties)


def _pairs(one: Party, two: Party) -> Iterator[tuple[int, int]]:
    """The places of streams of the same type, each used once."""
    free = [place for place, stream in enumerate(two.streams) if _is_joinable(stream)]
    for near, stream in enumerate(one.streams):
        far = next((place for place in free if two.streams[place].kind == stream.kind), None)
        if far is not None and _is_joinable(stream):
            free.remove(far)
            yield near, far


def _is_joinable(stream: MediaStream) -> bool:
    return stream.rtp is not None and not stream.rejected
