import pytest

from rtpng.ng.advice.effect import Effect, Outcome
from rtpng.ng.advice.effects import EFFECTS, outcome
from rtpng.ng.advice.sides import BOTH, Side
from rtpng.ng.advice.words import CHOICES, Said, Word, in_script
from rtpng.ng.flag_table import FLAGS, PREFIXES
from rtpng.ng.flags import flag_row, key_row
from rtpng.ng.keys import KEYS
from rtpng.ng.message import Message, Value
from rtpng.ng.rows import Flag, Key, Kind, Prefix, Support
from tests.rtpng.harness import BOB, RelayUnderTest, audio, lines, sdp

TABLES: tuple[Key | Flag, ...] = (*KEYS, *FLAGS)
ROWS = {row.name: row for row in TABLES}


def raw(value: Value) -> str:
    """A value of ``rtpp-flags``."""
    if isinstance(value, Message):
        return f"[{' '.join(f'{name}={raw(item)}' for name, item in value.pairs)}]"
    return f"[{' '.join(map(raw, value))}]" if isinstance(value, list) else str(value)


def written(effect: Effect) -> str:
    """A word that the row is about, as in ``rtpp-flags``."""
    row = ROWS[effect.name]
    if isinstance(row, Flag):
        return row.name
    if row.kind is Kind.DICTIONARY:
        return next(
            (prefix.examples[0] for prefix in PREFIXES if _is_about(prefix, effect)), f"{row.name}={raw(row.example)}"
        )
    return f"{row.name}={effect.value or raw(row.example)}"


def _is_about(prefix: Prefix, effect: Effect) -> bool:
    return prefix.prefix == f"{effect.name}-{effect.value}-"


def each(effect: Effect) -> str:
    return f"{effect.name} {effect.value}".strip()


@pytest.mark.parametrize("effect", EFFECTS, ids=each)
def test_every_row_is_about_a_row_that_works(effect: Effect) -> None:
    row = ROWS[effect.name]
    assert row.support is Support.SUPPORTED
    if isinstance(row, Flag) or not effect.value:
        return
    (word,) = in_script(written(effect)).words
    assert (word.value, word.fault) == (effect.value, "")


@pytest.mark.parametrize("effect", EFFECTS, ids=each)
def test_every_row_says_something(effect: Effect) -> None:
    for side in BOTH:
        result = effect.on(side)
        if result is not None:
            assert result.text.endswith(".") is result.works
            assert result.text.isprintable()


def test_no_two_rows_are_about_the_same() -> None:
    assert len({(effect.name, effect.value) for effect in EFFECTS}) == len(EFFECTS)


@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_of_a_list_has_its_row(name: str) -> None:
    assert {effect.value for effect in EFFECTS if effect.name == name} == set(CHOICES[name])


IDLE = [
    pytest.param(effect, side, id=f"{each(effect)} {side.value}")
    for effect in EFFECTS
    for side in BOTH
    if (result := effect.on(side)) is not None and not result.works and effect.name != "fragment"
]


def told(relay: RelayUnderTest, side: Side, words: str | None) -> list[list[str]]:
    """What the other party reads of an offer or answer with these words."""
    offered = relay.offer(sdp(audio()), rtpp_flags=words if side is Side.OFFER else None)
    if side is Side.OFFER:
        return [lines(offered), *map(lines, offered.media)]
    answered = relay.answer(sdp(audio(5000), host=BOB), rtpp_flags=words)
    return [lines(answered), *map(lines, answered.media)]


@pytest.mark.parametrize(("effect", "side"), IDLE)
def test_what_is_said_to_have_no_effect_has_none(effect: Effect, side: Side) -> None:
    plain, flagged = RelayUnderTest(), RelayUnderTest()
    assert told(flagged, side, written(effect)) == told(plain, side, None)
    assert flagged.plane.relays == plain.plane.relays
    assert flagged.table.installed == plain.table.installed


def only(said: Said) -> Word:
    (word,) = said.words
    return word


@pytest.mark.parametrize("row", [*KEYS, *FLAGS], ids=lambda row: f"{type(row).__name__} {row.name}")
def test_every_row_has_an_outcome_on_both_sides(row: Key | Flag) -> None:
    for side in BOTH:
        result = outcome(Word(row.name, row), side)
        assert result is None or result.text
        if row.support is Support.ACCEPTED:
            assert result == Outcome(works=False, text=row.note)


def test_rows_that_say_it_all_are_quoted() -> None:
    word = only(in_script("full-rtcp-attribute"))
    assert word.row is not None
    assert outcome(word, Side.OFFER) == Outcome(works=True, text=word.row.help)


def test_unknown_words_have_no_outcome() -> None:
    assert outcome(only(in_script("zzz")), Side.OFFER) is None


def test_every_name_is_found_by_its_spelling() -> None:
    assert all(flag_row(effect.name) or key_row(effect.name) for effect in EFFECTS)
