"""Logs words that have no effect: once per word, with the nearest known name."""

import difflib
import logging
from collections.abc import Iterable

from rtpng.calls.request import UnknownWord
from rtpng.ng.flag_table import FLAGS, PREFIXES
from rtpng.ng.keys import KEYS
from rtpng.ng.logtext import loggable
from rtpng.ng.rows import normal

_log = logging.getLogger(__name__)

_FLAG_NAMES = {normal(row.name): row.name for row in FLAGS} | {
    normal(example): example for row in PREFIXES for example in row.examples
}
_KEY_NAMES = {normal(row.name): row.name for row in KEYS}
_NAMES = {"flag": _FLAG_NAMES, "dictionary key": _KEY_NAMES}

_MAX_WORD = 120


class UnknownWords:
    """Remembers at most ``max_words`` words, and is silent about further ones."""

    def __init__(self, max_words: int = 1000) -> None:
        self._max_words = max_words
        self._seen: set[UnknownWord] = set()

    def note(self, words: Iterable[UnknownWord]) -> None:
        for word in words:
            self._note(UnknownWord(word.kind, loggable(word.text, _MAX_WORD)))

    def _note(self, word: UnknownWord) -> None:
        if word in self._seen or len(self._seen) >= self._max_words:
            return
        self._seen.add(word)
        if word.kind == "value":
            _log.warning("Ignoring value: %s", word.text)
        else:
            _log.warning("Unknown %s encountered: '%s'%s", word.kind, word.text, suggestion(word))
        if len(self._seen) == self._max_words:
            _log.warning("Unknown words reached %d; further ones are not logged", self._max_words)


def suggestion(word: UnknownWord) -> str:
    """The nearest known name as the end of a sentence; empty if nothing is near."""
    names = _NAMES[word.kind]
    near = difflib.get_close_matches(normal(word.text), names, n=1, cutoff=0.75)
    return f" (did you mean '{names[near[0]]}'?)" if near else ""
