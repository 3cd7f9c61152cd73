"""The language of the rules: selectors find words that give cause for a remark.

A selector returns the words as written; None means that there is no cause. It may be satisfied without naming a word.
"""

from collections.abc import Callable
from typing import TypeAlias

from rtpng.ng.advice.words import Said

Found: TypeAlias = "tuple[str, ...] | None"
Selector: TypeAlias = Callable[[Said], "tuple[str, ...] | None"]
Test: TypeAlias = Callable[[Said], bool]


def word(name: str, *values: str) -> Selector:
    """A flag, or a key that has one of these values; any value if none is given."""

    def select(said: Said) -> Found:
        return said.find(name, *values) or None

    return select


def every(*selectors: Selector) -> Selector:
    """All of them; names the words of all."""

    def select(said: Said) -> Found:
        found = [selector(said) for selector in selectors]
        named = [words for words in found if words is not None]
        return tuple(dict.fromkeys(one for words in named for one in words)) if len(named) == len(found) else None

    return select


def some(*selectors: Selector) -> Selector:
    """At least one of them; names the words of all that find something."""

    def select(said: Said) -> Found:
        found = [words for selector in selectors if (words := selector(said)) is not None]
        return tuple(dict.fromkeys(one for words in found for one in words)) if found else None

    return select


def either(*selectors: Selector) -> Selector:
    """The first of them that finds something."""

    def select(said: Said) -> Found:
        return next((words for selector in selectors if (words := selector(said)) is not None), None)

    return select


def no(selector: Selector) -> Selector:
    """Satisfied, without a word to name, if the other finds nothing."""

    def select(said: Said) -> Found:
        return () if selector(said) is None else None

    return select


def several(name: str) -> Selector:
    """More than one word of the row."""

    def select(said: Said) -> Found:
        found = said.find(name)
        return found if len(found) > 1 else None

    return select


def when(test: Test, name: str, *values: str) -> Selector:
    """The same as ``word``, if the whole request passes a test."""

    def select(said: Said) -> Found:
        return said.find(name, *values) or None if test(said) else None

    return select
