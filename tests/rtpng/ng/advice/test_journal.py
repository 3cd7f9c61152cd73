import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.assemble import Handler
from rtpng.config import Config
from rtpng.ng.advice.journal import Journal
from rtpng.ng.flags import read
from rtpng.ng.keys import KEYS
from rtpng.ng.message import Message, Value
from sipcore.address import Address
from tests.rtpng.harness import V4, RelayUnderTest, audio, sdp

WORDS = st.sampled_from(["", "x", "origin", "force", "codec-strip-PCMA", "sdp-attr-add-audio-x", "ICE=[", "[a=[b c]]"])
VALUES: st.SearchStrategy[Value] = st.recursive(
    st.integers() | WORDS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(WORDS, inner), max_size=3).map(tuple).map(Message),
    max_leaves=6,
)
NAMES = st.sampled_from([row.name for row in KEYS if row.name != "command"]) | st.text(max_size=8)


def note(journal: Journal, *pairs: tuple[str, Value], command: str = "offer") -> None:
    message = Message((*pairs, ("command", command)))
    journal.note(message, read(message))


def texts(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(line.levelname, line.getMessage()) for line in caplog.records]


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_each_kind_of_advice(caplog: pytest.LogCaptureFixture) -> None:
    note(Journal(), ("replace", ["origin"]), ("ICE", "force"), command="answer")
    assert texts(caplog) == [
        ("INFO", "Flags of an answer: replace-origin: Puts the relay's address into the o= line."),
        (
            "WARNING",
            "Flags of an answer: probably a mistake: ICE=force: Whether an answer has ICE was settled by its offer: "
            "leave it out of answers.",
        ),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((("call-id", "a"),), (("call-id", "b"),)),
        ((("call ID", "a"),), (("call ID", "b"),)),
        ((("Call_Id", "a"),), (("Call_Id", "b"),)),
        ((("sdp", "v=0"),), (("sdp", "v=1"),)),
        ((("label", "a"),), (("label", "b"),)),
        ((("received-from", ["IP4", "192.0.2.1"]),), (("received-from", ["IP4", "192.0.2.2"]),)),
        ((("rtpp-flags", "no-rtcp-attribute call-id=a"),), (("rtpp-flags", "no-rtcp-attribute call-id=b"),)),
        ((("rtpp-flags", "label=a no-rtcp-attribute"),), (("rtpp-flags", "label=b no-rtcp-attribute"),)),
    ],
)
def test_calls_with_the_same_flags_are_one_set(
    caplog: pytest.LogCaptureFixture, one: tuple[tuple[str, Value], ...], other: tuple[tuple[str, Value], ...]
) -> None:
    journal = Journal()
    note(journal, ("flags", ["no-rtcp-attribute"]), *one)
    logged = len(caplog.records)
    note(journal, ("flags", ["no-rtcp-attribute"]), *other)
    assert len(caplog.records) == logged > 0


def test_offers_and_answers_are_told_apart(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    for command in ("offer", "answer", "offer", "answer"):
        note(journal, ("flags", ["no-rtcp-attribute"]), command=command)
    assert [text for _, text in texts(caplog)] == [
        "Flags of an offer: no-rtcp-attribute: Print no a=rtcp.",
        "Flags of an answer: no-rtcp-attribute: Print no a=rtcp.",
    ]


@pytest.mark.parametrize("command", ["ping", "delete", "query", "zzz"])
def test_other_commands_are_not_explained(caplog: pytest.LogCaptureFixture, command: str) -> None:
    note(Journal(), ("flags", ["no-rtcp-attribute"]), command=command)
    assert not caplog.records


def test_unknown_words_are_left_to_those_who_log_them(caplog: pytest.LogCaptureFixture) -> None:
    note(Journal(), ("flags", ["zzz"]), ("zzz", "zzz"), ("TOS", "zzz"))
    assert texts(caplog) == [
        ("WARNING", "Flags of an offer: probably a mistake: TOS=zzz: The value is ignored: not a number.")
    ]


def test_words_cannot_forge_lines_or_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal(max_sets=3)
    for number in range(10):
        note(journal, ("media-address", f"192.0.2.{number}"), ("xmlrpc-callback", "\nINFO: forged" + "x" * 5000))
    assert len(caplog.records) == 7
    assert all(line.getMessage().isprintable() and len(line.getMessage()) < 300 for line in caplog.records)
    assert caplog.records[-1].getMessage() == "Distinct sets of flags reached 3; further ones are not explained"


def test_two_instances_share_nothing(caplog: pytest.LogCaptureFixture) -> None:
    for journal in (Journal(), Journal()):
        note(journal, ("flags", ["no-rtcp-attribute"]))
    assert len(caplog.records) == 2


def test_the_daemon_logs_it_for_the_first_of_many_calls(caplog: pytest.LogCaptureFixture) -> None:
    handler = Handler(RelayUnderTest().engine, Config((V4,)))
    for number in range(3):
        own: tuple[tuple[str, Value], ...] = (("call-id", f"{number}"), ("from-tag", f"{number}"))
        said: tuple[tuple[str, Value], ...] = (
            ("command", "offer"),
            ("sdp", sdp(audio())),
            ("flags", ["no-rtcp-attribute"]),
        )
        handler(Message((*own, *said)), Address("192.0.2.99", 5000))
    logged = [text for _, text in texts(caplog) if text.startswith("Flags of")]
    assert logged == ["Flags of an offer: no-rtcp-attribute: Print no a=rtcp."]


@given(st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_no_message_is_too_strange(pairs: list[tuple[str, Value]]) -> None:
    note(Journal(), *pairs)
