"""Where a word stands: in an offer or in an answer."""

from enum import Enum


class Side(Enum):
    """The two commands whose words are explained."""

    OFFER = "offer"
    ANSWER = "answer"


BOTH = (Side.OFFER, Side.ANSWER)
