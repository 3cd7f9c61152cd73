"""Which two parties an offer or answer joins: tags, branches of a forked call, late answerers.

Nothing is attached to the call before ``attach``: an offer or answer that fails leaves the call as it was.
The rules are rtpengine 26's observed behaviour.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rtpng.calls import learn
from rtpng.calls.model import Call, Dialogue, MediaStream, Party
from rtpng.calls.request import Request
from rtpng.errors import NgError

INVALID = "Invalid dialogue association"


@dataclass(slots=True)
class Exchange:
    """One offer or answer: who speaks, who will read it, and what becomes of the tags."""

    dialogue: Dialogue
    speaker: Party
    listener: Party
    tags: tuple[tuple[Party, str], ...] = ()  # which tags parties turn out to have
    heir_of: Party | None = None  # whose ports the speaker takes over: they were told to both in one offer

    def at(self, place: int) -> tuple[MediaStream, MediaStream]:
        """What speaker and listener have at one place among the m= sections."""
        return self.speaker.streams[place], self.listener.streams[place]


def for_offer(call: Call, request: Request, new_party: Callable[[], Party]) -> Exchange:
    """The parties of an offer; new ones are made by ``new_party``. Raises NgError when a party offers to itself."""
    answerer = call.by_tag(request.to_tag)
    offerer = call.by_tag(request.from_tag) or _nameless(call, answerer, request.via_branch) or new_party()
    if answerer is None:
        answerer = _offered_before(call, request, offerer) or _branch(request, new_party())
    if answerer is offerer or request.from_tag == request.to_tag or _speaks_to_us(call, offerer, answerer):
        raise NgError(INVALID)
    dialogue = call.dialogue_between(offerer, answerer) or Dialogue(offerer, answerer)
    return Exchange(dialogue, offerer, answerer, _tags((offerer, request.from_tag), (answerer, request.to_tag)))


def for_answer(call: Call, request: Request, new_party: Callable[[], Party]) -> Exchange:
    """The parties of an answer: its sender is ``to_tag``. Raises NgError when nothing was offered to it."""
    offerer = call.by_tag(request.from_tag)
    known = call.by_tag(request.to_tag)
    if offerer is None or known is offerer or _speaks_to_us(call, offerer, known):
        raise NgError(INVALID)
    if known is None:
        return _first_answer(call, request, offerer, new_party)
    dialogue = call.dialogue_between(offerer, known)
    if dialogue is not None:
        return Exchange(dialogue, speaker=known, listener=offerer)
    if call.dialogues_of(known):  # it talks with somebody else, who did not ask for this
        raise NgError(INVALID)
    return Exchange(Dialogue(offerer, known), known, offerer, heir_of=_last(_offered(call, offerer)))


def attach(call: Call, exchange: Exchange) -> None:
    """Makes the exchange part of the call."""
    parties = exchange.speaker, exchange.listener
    call.parties.extend(party for party in parties if party not in call.parties and not party.ours)
    if exchange.heir_of is not None:
        _inherit(call, exchange, exchange.heir_of)
    _add(call, exchange.dialogue)
    for party, tag in exchange.tags:
        _name(party, tag)


def _add(call: Call, dialogue: Dialogue) -> None:
    if dialogue.own:
        call.own += [dialogue] if dialogue not in call.own else []
    elif dialogue not in call.dialogues:
        dialogue.connected = not _is_connected(call, dialogue.offerer)
        call.dialogues.append(dialogue)


def connect(call: Call, dialogue: Dialogue) -> None:
    """Media flows in this dialogue from here on: the last answer wins over the other branches."""
    dialogue.answered, dialogue.places = True, None
    if dialogue.own:
        return
    for other in call.dialogues_of(dialogue.offerer) + call.dialogues_of(dialogue.answerer):
        other.connected = other is dialogue


def _speaks_to_us(call: Call, *parties: Party | None) -> bool:
    """Whether one of them has to do with the relay alone: it publishes, subscribes, or was called by us."""
    return any(not call.dialogues_of(d.with_us) for d in call.own if d.with_us in parties)


def _branch(request: Request, party: Party) -> Party:
    party.branch = request.via_branch
    return party


def _offered_before(call: Call, request: Request, offerer: Party) -> Party | None:
    """To whom the same was offered before: the branch, or, without branches, who has none, answered or not."""
    if request.to_tag is not None:
        return _nameless(call, offerer, request.via_branch)
    same = [p for p in _offered(call, offerer) if p.branch == request.via_branch]
    return min(same, key=lambda party: party.tag is not None, default=None)


def _nameless(call: Call, offerer: Party | None, branch: str | None) -> Party | None:
    """A party whose tag nobody has told yet; if there are several, the one of this branch."""
    waiting = [p for p in _offered(call, offerer) if p.tag is None]
    return min(waiting, key=lambda party: party.branch != branch, default=None)


def _offered(call: Call, offerer: Party | None) -> list[Party]:
    """Everybody whom a party has offered something, in order."""
    return [d.answerer for d in call.dialogues if d.offerer is offerer]


def _first_answer(call: Call, request: Request, offerer: Party, new_party: Callable[[], Party]) -> Exchange:
    """An answer of a tag that is not known yet: by branch, else whoever talks with the offerer, or was called last."""
    offered = _offered(call, offerer)
    by_branch = [p for p in offered if p.branch is not None and p.branch == request.via_branch]
    answerer = next(iter(by_branch), None) or _last(_talking(call, offerer) or offered)
    if answerer.tag is None or not (answerer.final or request.new_branch):
        dialogue = call.dialogue_between(offerer, answerer) or Dialogue(offerer, answerer)
        return Exchange(dialogue, answerer, offerer, _tags((answerer, request.to_tag)))
    fresh = _branch(request, new_party())
    fresh.interface = answerer.interface
    return Exchange(Dialogue(offerer, fresh), fresh, offerer, _tags((fresh, request.to_tag)), heir_of=answerer)


def _talking(call: Call, offerer: Party) -> list[Party]:
    """Whom a party has called and is connected to, in order: before the first answer, everybody."""
    return [d.answerer for d in call.dialogues if d.offerer is offerer and d.connected]


def _last(offered: list[Party]) -> Party:
    if not offered:
        raise NgError(INVALID)
    return offered[-1]


def _is_connected(call: Call, offerer: Party) -> bool:
    """Whether a party already talks with somebody: a further branch has to wait for its answer."""
    return any(d.connected and d.answered for d in call.dialogues_of(offerer))


def _inherit(call: Call, exchange: Exchange, former: Party) -> None:
    """The association and the ports of an offer go over from one answerer to the next; the former stays without."""
    exchange.speaker.streams, former.streams = former.streams, []
    for subscription in call.subscriptions:
        if subscription.source is former:
            subscription.source = exchange.speaker
    exchange.speaker.bundling, former.bundling, former.bundles = former.bundling, (), ()
    _forget_peer(exchange.speaker)
    call.dialogues = [d for d in call.dialogues if not (former in d and exchange.listener in d)]


def _tags(*names: tuple[Party, str | None]) -> tuple[tuple[Party, str], ...]:
    return tuple((party, tag) for party, tag in names if tag is not None)


def _name(party: Party, tag: str) -> None:
    if tag == party.tag or tag in party.aliases:
        return
    if party.tag is not None:
        party.aliases.append(party.tag)
        _forget_peer(party)
    party.tag = tag


def _forget_peer(party: Party) -> None:
    """Another phone answers at the same ports: what was learned of the former one does not hold for it."""
    for stream in party.streams:
        for endpoint in stream.endpoints:
            endpoint.latch = learn.forgotten(endpoint.latch)
