"""Digits that have ended on the wire, taken over into calls and told of: beside ``rtpng.leg_events``."""

from collections.abc import Callable
from dataclasses import dataclass, field

from rtpng.calls import playing
from rtpng.calls.digits import Notice, notice
from rtpng.calls.model import Call
from rtpng.calls.registry import Registry
from rtpng.media.relay import Digit, Played
from sipcore.address import Address


def nobody(_notice: Notice) -> None:
    """Who is told where nobody wants to know."""


@dataclass(slots=True)
class DigitEvents:
    """``reconcile`` makes reality what the model of a call says, ``wall`` is the time of day."""

    calls: Registry
    reconcile: Callable[[Call], None]
    wall: Callable[[], float]
    tell: Callable[[Notice], None] = field(default=nobody)

    def __call__(self, local: Address, found: Digit | Played) -> None:
        """A digit has ended at a port of ours: a party's own, or one that was played for it."""
        owner, played = self.calls.owner(local), isinstance(found, Played)
        if owner is None:
            return
        digit = playing.finished(owner.call, found) if isinstance(found, Played) else found
        if digit is not None:
            self.tell(notice(owner, digit, self.wall(), played=played))
        if played:
            self.reconcile(owner.call)
