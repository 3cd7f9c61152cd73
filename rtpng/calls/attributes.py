"""``sdp-attr``: attributes that a proxy adds, removes or replaces, as the last pass over the lines that go out.

Attributes are compared as text, whole or by name alone, in any letter case: rtpengine 26's observed behaviour.
"""

from rtpng.calls.request import OTHER, SECTIONS, AttributeEdits, Edits


def edited(section: str, lines: list[str], wanted: AttributeEdits) -> list[str]:
    """The lines of the session part (SESSION) or of a media section (its type) after the edits.

    What is added comes last, and is not edited.
    """
    name = section if section in SECTIONS else OTHER
    every = [edits for kind, edits in wanted.sections if kind == name]
    if not every:
        return lines
    substitutes = {old.lower(): new for edits in reversed(every) for old, new in reversed(edits.substitute)}
    removed = {text.lower() for edits in every for text in edits.remove}
    kept = (_edited(line, removed, substitutes) for line in lines)
    return [line for line in kept if line is not None] + _added(every)


def _added(every: list[Edits]) -> list[str]:
    return [f"a={text}" for edits in every for text in edits.add]


def _edited(line: str, removed: set[str], substitutes: dict[str, str]) -> str | None:
    """The line, what replaces it, or None."""
    if not line.startswith("a="):
        return line
    text = line[2:].lower()
    spellings = (text, text.partition(":")[0])
    if not removed.isdisjoint(spellings):
        return None
    found = next((substitutes[spelling] for spelling in spellings if spelling in substitutes), None)
    return line if found is None else f"a={found}"
