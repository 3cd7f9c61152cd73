import pytest

from rtpng.calls.request import UnknownWord
from rtpng.ng.unknown import UnknownWords, suggestion


def test_each_word_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    words = UnknownWords()
    for _ in range(3):
        words.note([UnknownWord("flag", "zzz"), UnknownWord("dictionary key", "zzz"), UnknownWord("value", "TOS: no")])
    assert [(line.levelname, line.getMessage()) for line in caplog.records] == [
        ("WARNING", "Unknown flag encountered: 'zzz'"),
        ("WARNING", "Unknown dictionary key encountered: 'zzz'"),
        ("WARNING", "Ignoring value: TOS: no"),
    ]


@pytest.mark.parametrize(
    ("kind", "word", "name"),
    [
        ("flag", "trust-adress", "trust-address"),
        ("flag", "SIP_source_adress", "SIP-source-address"),
        ("flag", "replace-orgin", "replace-origin"),
        ("dictionary key", "transport-protocoll", "transport-protocol"),
        ("dictionary key", "received", "received-from"),
    ],
)
def test_the_nearest_name_is_suggested(kind: str, word: str, name: str) -> None:
    assert suggestion(UnknownWord(kind, word)) == f" (did you mean '{name}'?)"


def test_words_cannot_forge_lines_or_fill_the_memory(caplog: pytest.LogCaptureFixture) -> None:
    words = UnknownWords(max_words=3)
    words.note(UnknownWord("flag", f"{number}\nINFO: forged" + "x" * 5000) for number in range(10))
    assert len(caplog.records) == 4
    assert all(line.getMessage().isprintable() and len(line.getMessage()) < 200 for line in caplog.records)
    assert caplog.records[-1].getMessage() == "Unknown words reached 3; further ones are not logged"


def test_two_instances_share_nothing(caplog: pytest.LogCaptureFixture) -> None:
    for words in (UnknownWords(), UnknownWords()):
        words.note([UnknownWord("flag", "zzz")])
    assert len(caplog.records) == 2
