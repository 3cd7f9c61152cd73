"""Logs the advice about what proxies say: once for each distinct set of flags."""

import logging
import re
from collections.abc import Iterator

from rtpng.calls.request import Request
from rtpng.ng.advice.advise import Advice, Kind, advise
from rtpng.ng.advice.sides import Side
from rtpng.ng.advice.words import AUTOMATIC, on_wire
from rtpng.ng.logtext import loggable
from rtpng.ng.message import Message, Value
from rtpng.ng.rows import normal

_log = logging.getLogger(__name__)

_SIDES = {side.value: side for side in Side}
_LEVELS = {Kind.EFFECT: logging.INFO, Kind.NO_EFFECT: logging.INFO, Kind.MISTAKE: logging.WARNING}
_HEADS = {Kind.EFFECT: "", Kind.NO_EFFECT: "no effect: ", Kind.MISTAKE: "probably a mistake: "}

_MAX_WORDS = 120

# Whose values differ from call to call, though the script says the same.
_PER_CALL = AUTOMATIC | {"from-label", "label", "metadata", "output-recording-file", "recording-file", "set-label"}
_RAW = frozenset({"rtpp-flags"})
_RAW_PER_CALL = re.compile(rf"\b({'|'.join(sorted(_PER_CALL))})=(?:\[[^\]]*\]|\S*)", re.IGNORECASE)


class Journal:
    """Remembers at most ``max_sets`` sets of flags, and is silent about further ones."""

    def __init__(self, max_sets: int = 200) -> None:
        self._max_sets = max_sets
        self._seen: set[int] = set()

    def note(self, message: Message, request: Request) -> None:
        """Logs the advice about an offer or an answer, unless its set of flags is known; ``request``: it, read."""
        side = _SIDES.get(request.command)
        if side is None or len(self._seen) >= self._max_sets or not _log.isEnabledFor(logging.WARNING):
            return
        mark = hash((side, tuple(_marks(message))))
        if mark in self._seen:
            return
        self._seen.add(mark)
        for advice in advise(on_wire(message, request), side):
            _write(advice, side)
        if len(self._seen) == self._max_sets:
            _log.warning("Distinct sets of flags reached %d; further ones are not explained", self._max_sets)


def _marks(message: Message) -> Iterator[tuple[str, str]]:
    """What tells one set of flags from another; cheap, because every offer and answer asks."""
    for name, value in message.pairs:
        if name in AUTOMATIC:
            continue
        key = normal(name)
        if key not in AUTOMATIC:
            yield key, "" if key in _PER_CALL else _constant(key, value)


def _constant(key: str, value: Value) -> str:
    if key in _RAW and isinstance(value, str):
        return _RAW_PER_CALL.sub(r"\1", value)
    return repr(value)


def _write(advice: Advice, side: Side) -> None:
    words = loggable(advice.words, _MAX_WORDS)
    text = loggable(advice.text)
    _log.log(_LEVELS[advice.kind], "Flags of an %s: %s%s: %s", side.value, _HEADS[advice.kind], words, text)
