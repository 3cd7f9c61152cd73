from hypothesis import given
from hypothesis import strategies as st

from rtpng.ng.advice.advise import Advice, Kind, Remark, advise, explain, strangers
from rtpng.ng.advice.sides import BOTH, Side
from rtpng.ng.advice.words import in_script
from rtpng.ng.flag_table import FLAGS, PREFIXES, SHORTHANDS
from rtpng.ng.keys import KEYS

ALL_WORDS = sorted(
    {row.name for row in FLAGS}
    | {example for row in PREFIXES for example in row.examples}
    | {f"{row.name}=x" for row in KEYS}
    | set(SHORTHANDS)
    | {"ICE=force", "DTLS=passive", "TOS=184", "direction=a", "zzz", "[", "]", "=", "codec=[strip=[PCMA]]"}
)


def kinds(text: str, side: Side) -> dict[str, Kind]:
    return {one.words: one.kind for one in advise(in_script(text), side)}


def test_an_offer_and_its_answer_differ() -> None:
    assert kinds("rtcp-mux-offer TOS=184 replace-origin", Side.OFFER) == {
        "rtcp-mux-offer": Kind.EFFECT,
        "TOS=184": Kind.EFFECT,
        "replace-origin": Kind.EFFECT,
    }
    assert kinds("rtcp-mux-offer TOS=184 replace-origin", Side.ANSWER) == {
        "rtcp-mux-offer": Kind.NO_EFFECT,
        "TOS=184": Kind.NO_EFFECT,
        "replace-origin": Kind.EFFECT,
    }


def test_values_that_cannot_be_read_have_no_effect() -> None:
    (advice,) = advise(in_script("ICE=sometimes"), Side.OFFER)
    assert (advice.kind, advice.words) == (Kind.MISTAKE, "ICE=sometimes")
    assert advice.text.startswith("The value is ignored: 'sometimes' is not one of remove, force,")


def test_unknown_words_are_told_apart_from_the_rest() -> None:
    said = in_script("trust-adress")
    assert advise(said, Side.OFFER) == ()
    assert strangers(said) == (Advice(Kind.MISTAKE, "trust-adress", "Unknown word: did you mean trust-address?"),)


def test_the_stock_script_of_kamailio() -> None:
    explanation = explain(in_script("SIP-source-address replace-origin replace-session-connection"), BOTH)
    for side in BOTH:
        assert [one.words for one in explanation.effects[side]] == ["SIP-source-address", "replace-origin"]
    assert explanation.no_effect == (
        Remark("replace-session-connection", "every c= has the relay's address anyway", BOTH),
    )
    assert explanation.mistakes == ()


def test_remarks_say_where_they_are_true() -> None:
    explanation = explain(in_script("ICE=force zzz"), BOTH)
    assert [(one.words, one.sides) for one in explanation.mistakes] == [("zzz", BOTH), ("ICE=force", (Side.ANSWER,))]


def test_only_what_was_asked_for() -> None:
    explanation = explain(in_script("ICE=force replace-origin"), (Side.OFFER,))
    assert set(explanation.effects) == {Side.OFFER}
    assert explanation.mistakes == ()
    assert explanation.effects[Side.OFFER] == (
        Advice(Kind.EFFECT, "ICE=force", "Offers ICE with our own candidates, whatever the sender has."),
        Advice(Kind.EFFECT, "replace-origin", "Puts the relay's address into the o= line."),
    )


@given(st.lists(st.sampled_from(ALL_WORDS), max_size=12).map(" ".join))
def test_no_word_is_passed_over(text: str) -> None:
    """Whatever is said, each word is in the explanation."""
    said = in_script(text)
    explanation = explain(said, BOTH)
    told = [one.words for one in (*explanation.no_effect, *explanation.mistakes)]
    told += [one.words for found in explanation.effects.values() for one in found]
    for word in said.words:
        assert any(word.written in words for words in told), word.written
