"""Which two parties an offer or answer joins: tags, branches of a forked call, late answerers.

Nothing is attached to the call before ``attach``: an offer or answer that fails leaves the call as it was.
The rules are rtpengine 26's observed behaviour.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rtpng.calls.model import Call, Dialogue, Party
from rtpng.calls.request import Request
from rtpng.errors import NgError

INVALID = "Invalid dialogue association"


@dataclass(slots=True)
class Exchange:
    """One offer or answer: who speaks, who will read it, and what becomes of the tags."""

    dialogue: Dialogue
    speaker: Party
    listener: Party
    rename: str | None = None  # the tag that the speaker of an answer turns out to have
    heir_of: Party | None = None  # whose ports the speaker takes over: they were told to both in one offer


def for_offer(call: Call, request: Request, new_party: Callable[[], Party]) -> Exchange:
    """The parties of an offer; new ones are made by ``new_party``. Raises NgError when a party offers to itself."""
    offerer = call.by_tag(request.from_tag) or _named(new_party(), request.from_tag)
    answerer = _offered_to(call, request, offerer)
    if answerer is offerer:
        raise NgError(INVALID)
    if answerer is None:
        answerer = _named(new_party(), request.to_tag)
        answerer.branch = request.via_branch
    dialogue = call.dialogue_between(offerer, answerer) or Dialogue(offerer, answerer)
    return Exchange(dialogue, speaker=offerer, listener=answerer)


def for_answer(call: Call, request: Request, new_party: Callable[[], Party]) -> Exchange:
    """The parties of an answer: its sender is ``to_tag``. Raises NgError when nothing was offered to it."""
    offerer = call.by_tag(request.from_tag)
    if offerer is None or request.to_tag == request.from_tag:
        raise NgError(INVALID)
    known = call.by_tag(request.to_tag)
    if known is offerer:
        raise NgError(INVALID)
    dialogue = call.dialogue_between(offerer, known) if known else None
    if dialogue is not None and known is not None:
        return Exchange(dialogue, speaker=known, listener=offerer)
    return _first_answer(call, request, offerer, new_party)


def attach(call: Call, exchange: Exchange) -> None:
    """Makes the exchange part of the call."""
    for party in (exchange.speaker, exchange.listener):
        if party not in call.parties:
            call.parties.append(party)
    if exchange.dialogue not in call.dialogues:
        call.dialogues.append(exchange.dialogue)
    if exchange.heir_of is not None:
        exchange.speaker.streams, exchange.heir_of.streams = exchange.heir_of.streams, []
    if exchange.rename is not None:
        _rename(exchange.speaker, exchange.rename)


def connect(call: Call, dialogue: Dialogue) -> None:
    """Media flows in this dialogue from here on: the last answer wins over the other branches."""
    for other in call.dialogues_of(dialogue.offerer) + call.dialogues_of(dialogue.answerer):
        other.connected = other is dialogue
    dialogue.answered = True


def _named(party: Party, tag: str | None) -> Party:
    party.tag = tag
    return party


def _offered_to(call: Call, request: Request, offerer: Party) -> Party | None:
    if request.to_tag is not None:
        return call.by_tag(request.to_tag)
    for dialogue in call.dialogues_of(offerer):
        other = dialogue.other(offerer)
        if other.branch == request.via_branch and (other.tag is None or other.branch is not None):
            return other
    return None


def _first_answer(call: Call, request: Request, offerer: Party, new_party: Callable[[], Party]) -> Exchange:
    """An answer of a tag that is not known yet: by branch, else the party that has no tag, else the last answerer."""
    offered = [d for d in call.dialogues_of(offerer) if d.offerer is offerer]
    if not offered:
        raise NgError(INVALID)
    by_branch = [d for d in offered if request.via_branch is not None and d.answerer.branch == request.via_branch]
    untagged = [d for d in offered if d.answerer.tag is None]
    dialogue = next(iter(by_branch + untagged), offered[-1])
    answerer = dialogue.answerer
    if answerer.tag is not None and (answerer.final or request.new_branch):
        fresh = new_party()
        fresh.interface, fresh.branch = answerer.interface, request.via_branch
        return Exchange(Dialogue(offerer, fresh), fresh, offerer, rename=request.to_tag, heir_of=answerer)
    return Exchange(dialogue, speaker=answerer, listener=offerer, rename=request.to_tag)


def _rename(party: Party, tag: str) -> None:
    if party.tag is not None and party.tag != tag:
        party.aliases.append(party.tag)
    party.tag = tag
