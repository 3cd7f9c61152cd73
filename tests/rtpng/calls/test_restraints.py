"""What is in force, level by level."""

from rtpng.calls import deletion, restraints
from rtpng.calls.model import Call, Control
from rtpng.calls.selection import Selection
from tests.rtpng.calls.models import plain

MEDIA = Control.MEDIA
ENTIRE, EVERYBODY = Selection(), Selection(everybody=True)


def blocked(call: Call) -> tuple[bool, bool]:
    """From the first party to the second, and the other way."""
    one, other = call.parties
    return bool(restraints.between(call, one, other)), bool(restraints.between(call, other, one))


def test_the_entire_call() -> None:
    call = plain()
    restraints.impose(call, MEDIA, ENTIRE)
    assert blocked(call) == (True, True)
    restraints.lift(call, MEDIA, ENTIRE)
    assert blocked(call) == (False, False)


def test_one_party() -> None:
    call = plain()
    restraints.impose(call, MEDIA, Selection(call.parties[1]))
    assert blocked(call) == (False, True)


def test_one_flow() -> None:
    call = plain()
    restraints.impose(call, MEDIA, Selection(call.parties[0], (call.parties[1],)))
    assert blocked(call) == (True, False)


def test_every_level_is_lifted_by_itself() -> None:
    call = plain()
    party = Selection(call.parties[0])
    for selection in (ENTIRE, party):
        restraints.impose(call, MEDIA, selection)
    restraints.lift(call, MEDIA, ENTIRE)
    assert blocked(call) == (True, False)
    restraints.impose(call, MEDIA, ENTIRE)
    restraints.lift(call, MEDIA, party)
    assert blocked(call) == (True, True)


def test_lifting_for_everybody_lifts_all_levels() -> None:
    call = plain()
    for selection in (ENTIRE, Selection(call.parties[0]), Selection(call.parties[0], (call.parties[1],))):
        restraints.impose(call, MEDIA, selection)
    restraints.lift(call, MEDIA, EVERYBODY)
    assert call.restraints == []


def test_what_is_imposed_twice_is_lifted_once() -> None:
    call = plain()
    for selection in (ENTIRE, EVERYBODY):
        restraints.impose(call, MEDIA, selection)
    assert len(call.restraints) == 1
    restraints.lift(call, MEDIA, ENTIRE)
    assert call.restraints == []


def test_a_party_that_leaves_takes_its_restraints_with_it() -> None:
    call = plain()
    restraints.impose(call, MEDIA, Selection(call.parties[0], (call.parties[1],)))
    deletion.apply(call, deletion.branch_of(call, call.parties[1]))
    assert call.restraints == []
