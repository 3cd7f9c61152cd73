"""Makes a conversation smaller while something about it stays true: fewer steps, keys, words, media, lines of SDP.

What comes out is still a conversation that phones could have: nobody answers what was not offered.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.peers.cases import Case, Step

NEEDED = ("command", "sdp", "from-tag", "to-tag", "via-branch")
MANDATORY = ("v=", "o=", "s=", "t=", "m=", "a=rtpmap:")


def shrunk(case: Case, holds: Callable[[Case], bool]) -> Case:
    """The case after every removal that left ``holds`` true; greedy, until none is left."""
    place = misses = 0
    while misses < len(candidates := [one for one in _smaller(case) if one != case]):
        smaller = candidates[place % len(candidates)]
        if holds(smaller):
            case, misses = smaller, 0
        else:
            place, misses = place + 1, misses + 1
    return case


def sensible(steps: tuple[Step, ...]) -> bool:
    """Whether every answer was asked for, all of it, and nobody offers to a tag that has not said anything."""
    offered: dict[str, int] = {}
    spoken = set()
    for step in steps:
        if isinstance(step, bytes) or "sdp" not in step:
            continue
        sender, receiver = step["from-tag"], step.get("to-tag")
        if step["command"] == "offer":
            if receiver is not None and receiver not in spoken:
                return False
            offered[sender] = _media_count(step)
            spoken.add(sender)
        elif _media_count(step) > offered.get(sender, 0):
            return False
        else:
            spoken.add(receiver)
    return True


def shown(case: Case) -> str:
    """The conversation as text for people: one line per step, its SDP below."""
    return "\n".join(_shown(number, step) for number, step in enumerate(case.steps, 1))


def _shown(number: int, step: Step) -> str:
    if isinstance(step, bytes):
        return f"{number}: {step!r}"
    words = " ".join(f"{name}={value!r}" for name, value in step.items() if name not in ("command", "sdp"))
    body = "".join(f"\n       {line}" for line in step.get("sdp", "").splitlines())
    return f"{number}: {step['command']} {words}{body}"


def _smaller(case: Case) -> Iterator[Case]:
    steps = case.steps
    for index in reversed(range(len(steps))):
        fewer = (*steps[:index], *steps[index + 1 :])
        if fewer and sensible(fewer):
            yield replace(case, steps=fewer)
    counts = [count for count in map(_media_count, steps) if count]
    for place in reversed(range(max(counts, default=0))):
        if any(place < count == 1 for count in counts):
            continue
        yield replace(case, steps=tuple(_without_medium(step, place) for step in steps))
    for place in range(max(counts, default=0)):
        lists = [formats for formats in (_formats(step, place) for step in steps) if formats]
        for name in sorted({name for formats in lists for name in formats}):
            if [name] not in lists:
                yield replace(case, steps=tuple(_without_format(step, place, name) for step in steps))
    for index in reversed(range(len(steps))):
        for step in _smaller_step(steps[index]):
            yield replace(case, steps=(*steps[:index], step, *steps[index + 1 :]))


def _smaller_step(step: Step) -> Iterator[Step]:
    if isinstance(step, bytes):
        return
    for name, value in step.items():
        if name not in NEEDED:
            yield {key: kept for key, kept in step.items() if key != name}
        if isinstance(value, list) and len(value) > 1 and name != "received-from":
            yield from ({**step, name: value[:index] + value[index + 1 :]} for index in range(len(value)))
        if name == "sdp":
            yield from ({**step, name: less} for less in _smaller_sdp(value))


def _smaller_sdp(text: str) -> Iterator[str]:
    """Without a line."""
    lines = text.splitlines()
    session = next((index for index, line in enumerate(lines) if line.startswith("m=")), len(lines))
    for index in reversed(range(len(lines))):
        if not lines[index].startswith(MANDATORY) and not (lines[index].startswith("c=") and index < session):
            yield _joined(lines[:index] + lines[index + 1 :])


def _media_count(step: Step) -> int:
    return 0 if isinstance(step, bytes) else step.get("sdp", "").count("\nm=")


def _formats(step: Step, place: int) -> list[str]:
    lines = [] if isinstance(step, bytes) else step.get("sdp", "").splitlines()
    media = [line for line in lines if line.startswith("m=")]
    return media[place].split(" ")[3:] if place < len(media) else []


def _without_medium(step: Step, place: int) -> Step:
    if isinstance(step, bytes) or not place < _media_count(step):
        return step
    head, *sections = _sections(step["sdp"])
    return {**step, "sdp": "".join([head, *sections[:place], *sections[place + 1 :]])}


def _without_format(step: Step, place: int, name: str) -> Step:
    """Without a payload type and its lines in one section."""
    if isinstance(step, bytes) or name not in _formats(step, place):
        return step
    head, *sections = _sections(step["sdp"])
    first, *rest = sections[place].splitlines()
    words = first.split(" ")
    kept = " ".join([*words[:3], *(word for word in words[3:] if word != name)])
    own = re.compile(rf"a=(rtpmap|fmtp|rtcp-fb):{re.escape(name)} ")
    sections[place] = _joined([kept, *(line for line in rest if not own.match(line))])
    return {**step, "sdp": "".join([head, *sections])}


def _sections(text: str) -> list[str]:
    """The session part and the media sections."""
    return re.split(r"(?m)^(?=m=)", text)


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\r\n" for line in lines)
