"""What a delete takes away: the whole call, or the branch of one party."""

from dataclasses import dataclass

from rtpng.calls import restraints
from rtpng.calls.model import Call, Dialogue, Party
from rtpng.calls.request import Request


@dataclass(frozen=True, slots=True)
class Deletion:
    """The dialogues that end and the parties that go with them; ``entire`` when nothing of the call is left."""

    dialogues: tuple[Dialogue, ...]
    parties: tuple[Party, ...]
    entire: bool


def select(call: Call, request: Request) -> Deletion | None:
    """What a delete request means; None when its tags match nothing.

    Without a from-tag it is the entire call; else the branch: by via-branch if no to-tag is to be honoured,
    else of the party with the tag. When those who talk hang up, losing branches go with them (rtpengine's observed
    behaviour).
    """
    if request.from_tag is None:
        return Deletion(tuple(call.dialogues), tuple(call.parties), entire=True)
    party = _party(call, request)
    if party is None:
        return None
    return _of(call, party, _conversation(call, party)) if _hangs_up(call, party, request) else branch_of(call, party)


def _hangs_up(call: Call, party: Party, request: Request) -> bool:
    """Whether a conversation ends with this party. A branch that has only played early media may fail alone."""
    if not any(d.connected and d.answered for d in call.dialogues_of(party)):
        return False
    is_branch = request.via_branch is not None and request.via_branch == party.branch
    return party.final or not is_branch


def _conversation(call: Call, party: Party) -> tuple[Dialogue, ...]:
    """The dialogues of a party, those of its partners, and so on."""
    reached: list[Dialogue] = []
    waiting = [party]
    while waiting:
        one = waiting.pop()
        further = [d for d in call.dialogues_of(one) if d not in reached]
        reached += further
        waiting += [d.other(one) for d in further]
    return tuple(reached)


def branch_of(call: Call, party: Party) -> Deletion:
    """What goes when a party does: its dialogues, and everybody who has no other."""
    return _of(call, party, tuple(call.dialogues_of(party)))


def apply(call: Call, deletion: Deletion) -> None:
    """Takes the branch out of the model."""
    gone = deletion.parties
    call.dialogues = [d for d in call.dialogues if d not in deletion.dialogues]
    call.own = [d for d in call.own if d.with_us not in gone]
    call.subscriptions = [s for s in call.subscriptions if s.source not in gone and s.subscriber not in gone]
    call.parties = [p for p in call.parties if p not in gone]
    restraints.forget(call, gone)
    for dialogue in deletion.dialogues:
        if dialogue.connected:
            _reconnect(call, dialogue.offerer)


def _reconnect(call: Call, offerer: Party) -> None:
    """When the connected branch is gone, the last one that answered takes over; without an answer, all wait."""
    mine = call.dialogues_of(offerer)
    if any(d.connected for d in mine):
        return
    free = [d for d in mine if not call.peers(d.other(offerer))]  # the others talk with somebody else by now
    answered = [d for d in free if d.answered]
    for dialogue in answered[-1:] or free:
        dialogue.connected = True


def _party(call: Call, request: Request) -> Party | None:
    to_tag = request.to_tag if request.use_to_tag else None
    by_branch = _by_branch(call, request.via_branch)
    if to_tag is None and by_branch is not None:
        return by_branch
    return call.by_tag(to_tag or request.from_tag) or by_branch or _unanswered(call, request.from_tag)


def _by_branch(call: Call, branch: str | None) -> Party | None:
    return next((p for p in call.parties if branch is not None and p.branch == branch), None)


def _unanswered(call: Call, from_tag: str | None) -> Party | None:
    """The only one whom a party has called, without success: the tag never came to us, so no delete can name it."""
    offerer = call.by_tag(from_tag)
    called = call.peers(offerer) if offerer is not None else []
    return called[0] if len(called) == 1 and called[0].tag is None else None


def _of(call: Call, party: Party, gone: tuple[Dialogue, ...]) -> Deletion:
    """Who hears nobody any more goes too. Publishers stay when another leaves, but not when the last call does."""
    kept = [d for d in call.dialogues if d not in gone]
    alone = {id(d.with_us) for d in call.own if d.with_us is not party}
    left = [p for p in call.parties if any(p in d for d in kept) or (id(p) in alone and not call.subscribes(p))]
    hearing = [s.subscriber for s in call.subscriptions if s.source in left and s.subscriber is not party]
    leaving = tuple(p for p in call.parties if p not in left and p not in hearing)
    return Deletion(gone, leaving, entire=not kept and (bool(gone) or not left))
