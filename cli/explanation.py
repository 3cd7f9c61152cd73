"""An explanation of a proxy's flags, for people and for programs. Pure."""

import textwrap
from collections.abc import Iterable

from cli.format import GAP, shown
from rtpng.ng.advice.advise import Advice, Explanation, Remark
from rtpng.ng.advice.sides import Side

WIDTH = 100
WORDS_WIDTH = 34

TITLES = {Side.OFFER: "In an offer", Side.ANSWER: "In an answer"}
NO_EFFECT = "No effect"
MISTAKES = "Probably a mistake"


def report(explanation: Explanation) -> str:
    """One section for each kind of advice that there is."""
    sides = tuple(explanation.effects)
    sections = [_section(TITLES[side], map(_row, advice)) for side, advice in explanation.effects.items()]
    sections.append(_section(NO_EFFECT, (_placed(remark, sides) for remark in explanation.no_effect)))
    sections.append(_section(MISTAKES, (_placed(remark, sides) for remark in explanation.mistakes)))
    return "\n\n".join(filter(None, sections)) or "There is nothing to explain."


def as_data(explanation: Explanation) -> dict[str, object]:
    """The same for JSON."""
    effects = {side.value: [_pair(advice) for advice in found] for side, found in explanation.effects.items()}
    return {
        **effects,
        "no effect": [_pair(remark) | _where(remark) for remark in explanation.no_effect],
        "probably a mistake": [_pair(remark) | _where(remark) for remark in explanation.mistakes],
    }


def _section(title: str, rows: Iterable[tuple[str, str]]) -> str:
    """A title, and a line for each row; long texts go on below, long words have a line of their own."""
    found = list(rows)
    width = max((len(words) for words, _ in found if len(words) <= WORDS_WIDTH), default=0)
    return "\n".join([title, *(_entry(words, text, width) for words, text in found)]) if found else ""


def _entry(words: str, text: str, width: int) -> str:
    indent = " " * (len(GAP) * 2 + width)
    wrapped = textwrap.fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )
    head = f"{GAP}{words.ljust(width)}{GAP}"
    return head + wrapped[len(head) :] if len(words) <= width else f"{GAP}{words}\n{wrapped}"


def _row(advice: Advice) -> tuple[str, str]:
    return shown(advice.words), shown(advice.text)


def _placed(remark: Remark, sides: tuple[Side, ...]) -> tuple[str, str]:
    """With the place, if it is not true for all that was asked for."""
    place = "" if remark.sides == sides else f", {TITLES[remark.sides[0]].lower()}"
    return f"{shown(remark.words)}{place}", shown(remark.text)


def _pair(remark: Advice | Remark) -> dict[str, object]:
    return {"words": remark.words, "text": remark.text}


def _where(remark: Remark) -> dict[str, object]:
    return {"in": [side.value for side in remark.sides]}
