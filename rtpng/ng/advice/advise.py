"""Advice about what a proxy said: for one message, and for a flag string as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from rtpng.ng.advice.effects import outcome
from rtpng.ng.advice.hints import hint
from rtpng.ng.advice.rules import RULES
from rtpng.ng.advice.sides import Side
from rtpng.ng.advice.words import Said


class Kind(Enum):
    """What an advice says of its words."""

    EFFECT = "effect"
    NO_EFFECT = "no effect"
    MISTAKE = "probably a mistake"


@dataclass(frozen=True, slots=True)
class Advice:
    """One remark. ``words``: what it is about, as a script writes it; ``text``: a sentence, or a reason."""

    kind: Kind
    words: str
    text: str


@dataclass(frozen=True, slots=True)
class Remark:
    """An advice and where it is true: in offers, in answers, or in both."""

    words: str
    text: str
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about a flag string."""

    effects: Mapping[Side, tuple[Advice, ...]]
    no_effect: tuple[Remark, ...]
    mistakes: tuple[Remark, ...]


def advise(said: Said, side: Side) -> tuple[Advice, ...]:
    """What the words do in an offer or an answer, which do nothing, and which are probably a mistake."""
    return (*_outcomes(said, side), *_misreadings(said), *_mistakes(said, side))


def strangers(said: Said) -> tuple[Advice, ...]:
    """About words that no table knows."""
    return tuple(Advice(Kind.MISTAKE, word.written, hint(word.written)) for word in said.words if word.row is None)


def explain(said: Said, sides: Sequence[Side]) -> Explanation:
    """All advice, sorted by what a reader asks for."""
    found = {side: (*strangers(said), *advise(said, side)) for side in sides}
    return Explanation(
        {side: tuple(one for one in found[side] if one.kind is Kind.EFFECT) for side in sides},
        _remarks(found, Kind.NO_EFFECT),
        _remarks(found, Kind.MISTAKE),
    )


def _outcomes(said: Said, side: Side) -> Iterator[Advice]:
    for word in said.words:
        result = None if word.fault else outcome(word, side)
        if result is not None:
            yield Advice(Kind.EFFECT if result.works else Kind.NO_EFFECT, word.written, result.text)


def _misreadings(said: Said) -> tuple[Advice, ...]:
    """About values that are ignored."""
    return tuple(
        Advice(Kind.MISTAKE, word.written, f"The value is ignored: {word.fault}.") for word in said.words if word.fault
    )


def _mistakes(said: Said, side: Side) -> Iterator[Advice]:
    for rule in RULES:
        words = rule.finds(said) if side in rule.sides else None
        if words is not None:
            yield Advice(Kind.MISTAKE, " ".join(words), rule.text)


def _remarks(found: Mapping[Side, tuple[Advice, ...]], kind: Kind) -> tuple[Remark, ...]:
    """The advice of a kind, once each, with the sides that it is true for."""
    places: dict[Advice, tuple[Side, ...]] = {}
    for side, advice in found.items():
        for one in advice:
            if one.kind is kind:
                places[one] = (*places.get(one, ()), side)
    return tuple(Remark(one.words, one.text, sides) for one, sides in places.items())
