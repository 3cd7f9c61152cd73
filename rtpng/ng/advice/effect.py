"""What a word of a proxy's script comes to, in a sentence."""

from dataclasses import dataclass

from rtpng.ng.advice.sides import Side


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of a word: a sentence, or, if it does nothing, the reason without a full stop."""

    works: bool
    text: str


@dataclass(frozen=True, slots=True)
class Effect:
    """``value``: the key's value in lower case with hyphens, "" for any other and for flags.

    None in place of an outcome: a rule about mistakes says it all.
    """

    name: str
    value: str
    offer: Outcome | None
    answer: Outcome | None

    def on(self, side: Side) -> Outcome | None:
        return self.offer if side is Side.OFFER else self.answer


def does(text: str) -> Outcome:
    return Outcome(works=True, text=text)


def idle(reason: str) -> Outcome:
    return Outcome(works=False, text=reason)


def always(name: str, value: str, outcome: Outcome | None) -> Effect:
    return Effect(name, value, outcome, outcome)


SETTLED = idle("the offer has settled it")
OFFERS_ONLY = idle("only offers heed it")
ANSWERS_ONLY = idle("only answers heed it")
DELETE_ONLY = idle("only delete heeds it")
