"""Controls that are in force: for a whole call, for a party, for one flow. Each level is set and lifted by itself.

A control holds for a flow when any level has it (rtpengine's observed behaviour): what was blocked for the call and
for a party needs both lifted. Only lifting for ``everybody`` takes all levels away.
"""

from rtpng.calls.model import Call, Control, Party, Restraint
from rtpng.calls.selection import Selection


def impose(call: Call, control: Control, selection: Selection) -> None:
    """Puts a control in force; what is in force already stays."""
    call.restraints += [wanted for wanted in _of(control, selection) if wanted not in call.restraints]


def lift(call: Call, control: Control, selection: Selection) -> None:
    """Takes a control back at the level of the selection, or at all levels."""
    gone = _of(control, selection)
    call.restraints = [
        restraint
        for restraint in call.restraints
        if restraint not in gone and not (selection.everybody and restraint.control is control)
    ]


def between(call: Call, speaker: Party, listener: Party) -> frozenset[Control]:
    """The controls of what one party sends to another."""
    return frozenset(
        restraint.control
        for restraint in call.restraints
        if restraint.speaker in (None, speaker) and restraint.listener in (None, listener)
    )


def forget(call: Call, gone: tuple[Party, ...]) -> None:
    """Parties have left the call."""
    call.restraints = [r for r in call.restraints if r.speaker not in gone and r.listener not in gone]


def _of(control: Control, selection: Selection) -> list[Restraint]:
    if selection.listeners is None:
        return [Restraint(control, selection.party)]
    return [Restraint(control, selection.party, listener) for listener in selection.listeners]
