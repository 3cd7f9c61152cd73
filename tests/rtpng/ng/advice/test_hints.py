import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.ng.advice.hints import FOREIGN, hint
from rtpng.ng.flags import flag_row, key_row


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("trust-adress", "Unknown word: did you mean trust-address?"),
        ("SIP_source_adress", "Unknown word: did you mean SIP-source-address?"),
        ("replace-orgin", "Unknown word: did you mean replace-origin?"),
        ("transport-protocoll=RTP/AVP", "Unknown word: did you mean transport-protocol=RTP/AVP?"),
        ("rtp/savpf", "Unknown word: did you mean RTP/SAVPF?"),
        ("ICE-force", "Unknown word: write ICE=force."),
        ("media-address-192.0.2.1", "Unknown word: write media-address=192.0.2.1."),
        ("media-address", "It needs a value: write media-address=..."),
        ("trust-address=yes", "It has no value: write trust-address."),
        ("$var(flags)", "A variable of the script: explain what it stands for."),
        ("in-iface=eth0", "OpenSIPS refuses in-iface without out-iface: write both."),
        ("zzzzzz", "Unknown word, without effect."),
        ("", "Unknown word, without effect."),
    ],
)
def test_what_may_be_meant(word: str, text: str) -> None:
    assert hint(word) == text


@pytest.mark.parametrize("letters", ["co", "cor", "rwei", "rocwf2"])
def test_letters_of_rtpproxy(letters: str) -> None:
    assert hint(letters).startswith("These look like the letters of rtpproxy")


@pytest.mark.parametrize("word", FOREIGN)
def test_foreign_words_are_none_of_ours(word: str) -> None:
    assert flag_row(word) is None
    assert key_row(word) is None
    assert hint(f"{word}=x") == FOREIGN[word]


@given(st.text())
def test_there_is_always_a_hint(word: str) -> None:
    assert hint(word)
