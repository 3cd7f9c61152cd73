"""Media commands as dialogues: what a proxy says, and what is carried after it."""

import pytest

from rtpng.calls import playing
from rtpng.media.relay import (
    UNTOUCHED,
    Digit,
    EventType,
    Forward,
    Play,
    Played,
    Relay,
    SocketStats,
    Treatment,
)
from tests.rtpng.harness import BOB, RelayUnderTest, Word, audio, sdp, talking, video

EVENTS = "a=rtpmap:101 telephone-event/8000"
SILENCE = frozenset({(0, b"\xff"), (8, b"\xd5")})


def way(relay: RelayUnderTest, tag: str) -> Forward:
    """The one way out of what a party sends."""
    (forward,) = port(relay, tag).rtp
    return forward


def port(relay: RelayUnderTest, tag: str) -> Relay:
    party = relay.call().by_tag(tag)
    assert party is not None
    assert party.streams[0].rtp is not None
    return relay.plane.relays[party.streams[0].rtp.local]


CONTROLS = {
    "block media": ("unblock media", Treatment(blocked=True)),
    "block DTMF": ("unblock DTMF", Treatment(dropped=frozenset({101}))),
    "silence media": ("unsilence media", Treatment(silence=SILENCE, dropped=frozenset(range(128)) - {0, 8, 101})),
}


def treated(relay: RelayUnderTest, treatment: Treatment) -> list[str]:
    return [tag for tag in ("alice", "bob") if way(relay, tag).treatment == treatment]


def conversation() -> RelayUnderTest:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(4000, "0 8 101", EVENTS)))
    relay.answer(sdp(audio(5000, "0 8 101", EVENTS), host=BOB))
    return relay


def blocked(relay: RelayUnderTest) -> list[str]:
    return [tag for tag in ("alice", "bob") if way(relay, tag).treatment.blocked]


@pytest.mark.parametrize("command", CONTROLS)
@pytest.mark.parametrize(
    ("words", "whom"),
    [
        ({}, ["alice", "bob"]),
        ({"from_tag": "alice"}, ["alice"]),
        ({"from_tag": "alice", "flags": ["directional"]}, ["alice"]),
        ({"from_tag": "alice", "flags": ["all"]}, ["alice", "bob"]),
        ({"from_tag": "bob", "to_tag": "alice"}, ["bob"]),
        ({"address": BOB}, ["bob"]),
    ],
)
def test_a_control_holds_until_it_is_lifted(command: str, words: dict[str, Word], whom: list[str]) -> None:
    opposite, treatment = CONTROLS[command]
    relay = conversation()
    assert relay.command(command, call_id="call", **words) == {"result": "ok"}
    assert treated(relay, treatment) == whom
    assert relay.command(opposite, call_id="call", **words) == {"result": "ok"}
    assert treated(relay, UNTOUCHED) == ["alice", "bob"]


@pytest.mark.parametrize("command", [*CONTROLS, *(opposite for opposite, _ in CONTROLS.values())])
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({}, "No call-id in message"),
        ({"call_id": "other"}, "Unknown call-ID"),
        ({"call_id": "call", "from_tag": "x"}, "From-tag given, but no such tag exists"),
        ({"call_id": "call", "label": "x"}, "No monologue matching the given label"),
    ],
)
def test_errors(command: str, words: dict[str, Word], reason: str) -> None:
    relay = talking()
    relay.command("block media", call_id="call")
    with relay.refuses(reason):
        relay.command(command, **words)


def test_a_block_outlives_a_re_offer_and_holds_for_who_comes_later() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()))
    relay.command("block media", call_id="call")
    relay.answer(sdp(audio(5000), host=BOB))
    relay.offer(sdp(audio()), to_tag="bob")
    assert blocked(relay) == ["alice", "bob"]


def test_restraints_of_several_kinds_add_up() -> None:
    relay = conversation()
    for command in CONTROLS:
        relay.command(command, call_id="call", from_tag="alice")
    assert way(relay, "alice").treatment == Treatment(blocked=True)
    relay.command("unblock media", call_id="call", from_tag="alice")
    quiet = Treatment(silence=SILENCE, dropped=frozenset(range(128)) - {0, 8})
    assert way(relay, "alice").treatment == quiet


@pytest.mark.parametrize("restriction", [{"to_tag": "nobody"}, {"to_label": "x"}, {"all": "except-offer-answer"}])
def test_events_are_never_blocked_for_single_flows(restriction: dict[str, Word]) -> None:
    relay = conversation()
    relay.command("block DTMF", call_id="call", from_tag="alice", **restriction)
    assert treated(relay, CONTROLS["block DTMF"][1]) == ["alice"]


@pytest.mark.parametrize(
    ("command", "words", "line"),
    [
        ("block media", {}, "Blocking media (entire call)"),
        ("unblock media", {}, "Unblocking media (entire call)"),
        ("unblock media", {"flags": ["all"]}, "Unblocking media (entire call and participants)"),
        ("silence media", {"from_tag": "alice"}, "Silencing directional media (tag 'alice')"),
        (
            "unsilence media",
            {"from_tag": "alice", "to_tag": "bob"},
            "Unsilencing directional media flow: tag 'alice' -> 'bob'",
        ),
        ("block DTMF", {"from_tag": "bob"}, "Blocking directional DTMF (tag 'bob')"),
    ],
)
def test_the_log_says_what_was_done(
    command: str, words: dict[str, Word], line: str, caplog: pytest.LogCaptureFixture
) -> None:
    relay = conversation()
    with caplog.at_level("INFO"):
        relay.command(command, call_id="call", **words)
    assert line in caplog.messages


# --- words of offers and answers ---


def echoes(relay: RelayUnderTest) -> list[str]:
    """Whose media goes back, and whose nowhere."""
    tags = relay.query()["tags"]
    told = {tag: tags[tag]["medias"][0]["flags"] for tag in ("alice", "bob")}
    return [f"{tag} {flag}" for tag, flags in told.items() for flag in ("echo", "blackhole") if flag in flags]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("blackhole", ["alice blackhole", "bob blackhole"]),
        ("forward", ["alice blackhole", "bob echo"]),
        ("backwards", ["alice echo", "bob blackhole"]),
        ("both", ["alice echo", "bob echo"]),
    ],
)
def test_media_echo_of_an_offer_lasts(word: str, said: list[str]) -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()), media_echo=word)
    relay.answer(sdp(audio(5000), host=BOB))
    relay.offer(sdp(audio()), to_tag="bob")
    assert echoes(relay) == said


def test_media_echo_of_an_answer_is_seen_from_the_answerer() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()))
    relay.answer(sdp(audio(5000), host=BOB), media_echo="forward")
    assert echoes(relay) == ["alice echo", "bob blackhole"]


def test_dropped_traffic_lasts_until_it_is_taken_back() -> None:
    relay = talking()
    relay.offer(sdp(audio()), to_tag="bob", drop_traffic="start")
    relay.answer(sdp(audio(5000), host=BOB))
    assert port(relay, "alice").rtp == port(relay, "bob").rtp == ()
    relay.offer(sdp(audio()), to_tag="bob", drop_traffic="stop")
    assert [way(relay, tag).treatment for tag in ("alice", "bob")] == [UNTOUCHED] * 2


@pytest.mark.parametrize(
    ("flag", "treatment"),
    [
        ("block-DTMF", CONTROLS["block DTMF"][1]),
        ("block-short", Treatment(unshortened=frozenset({0, 8}))),
        ("block-short-packets", Treatment(unshortened=frozenset({0, 8}))),
    ],
)
def test_flags_are_about_the_sender_and_last(flag: str, treatment: Treatment) -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(4000, "0 8 101", EVENTS)))
    relay.answer(sdp(audio(5000, "0 8 101", EVENTS), host=BOB), flags=[flag])
    relay.offer(sdp(audio(4000, "0 8 101", EVENTS)), to_tag="bob")
    assert treated(relay, treatment) == ["bob"]
    assert treated(relay, UNTOUCHED) == ["alice"]


def test_a_block_by_flag_is_one_of_the_party() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(4000, "0 8 101", EVENTS)), flags=["block-DTMF"])
    relay.answer(sdp(audio(5000, "0 8 101", EVENTS), host=BOB))
    relay.command("unblock DTMF", call_id="call")
    assert treated(relay, CONTROLS["block DTMF"][1]) == ["alice"]
    relay.command("unblock DTMF", call_id="call", from_tag="alice")
    assert treated(relay, UNTOUCHED) == ["alice", "bob"]


# --- digits that are played ---


def speaking() -> RelayUnderTest:
    """A conversation in which both have been heard."""
    relay = conversation()
    for tag in ("alice", "bob"):
        relay.plane.heard[port(relay, tag).local] = SocketStats(packets=1)
    return relay


def test_a_digit_is_played_on_the_way_of_the_party() -> None:
    relay = speaking()
    words: dict[str, Word] = {"code": "#", "duration": 300, "pause": 20, "volume": -12}
    assert relay.command("play DTMF", call_id="call", from_tag="alice", **words) == {"result": "ok"}
    (play,) = way(relay, "alice").treatment.playing
    assert play == Play(1, 11, 300, 100, 12)
    assert way(relay, "alice").treatment.event_type == EventType(101, 8000, 8000)
    assert way(relay, "bob").treatment == UNTOUCHED


def test_digits_queue_up_and_leave_the_queue_when_they_were_played() -> None:
    relay = speaking()
    for code in ("1", "D"):
        relay.command("play DTMF", call_id="call", all="all", code=code)
    assert [play.event for play in way(relay, "bob").treatment.playing] == [1, 15]
    party = relay.call().by_tag("bob")
    assert party is not None
    for play in party.streams[0].playing:
        assert playing.finished(relay.call(), Played(play.number)) == Digit(play.event, 250, 8)
        assert playing.finished(relay.call(), Played(play.number)) is None
    relay.engine.reconcile(relay.call())
    assert way(relay, "bob").treatment == UNTOUCHED


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({}, "No participant party specified"),
        ({"code": "1"}, "No participant party specified"),
        ({"from_tag": "x"}, "From-tag given, but no such tag exists"),
        *(
            ({"from_tag": "alice", "code": code}, "Out of range 'code' specified")
            for code in (None, "", "X", "d", "16", -1)
        ),
        ({"from_tag": "bob", "code": "1"}, "No SSRC context present for DTMF injection"),
        ({"all": "all", "code": "1"}, "No SSRC context present for DTMF injection"),
    ],
)
def test_digits_that_cannot_be_played(words: dict[str, Word], reason: str) -> None:
    relay = speaking()
    del relay.plane.heard[port(relay, "bob").local]
    with relay.refuses(reason):
        relay.command("play DTMF", call_id="call", **words)


def test_without_events_there_is_no_digit() -> None:
    relay = talking()
    with relay.refuses("There is no sink media capable of DTMF playback"):
        relay.command("play DTMF", call_id="call", from_tag="alice", code="1")


def test_pictures_have_no_digits() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(video()))
    relay.answer(sdp(video(5000), host=BOB))
    with relay.refuses("Monologue has no media capable of DTMF injection"):
        relay.command("play DTMF", call_id="call", from_tag="alice", code="1")


# --- forwarding to a recording daemon ---


@pytest.mark.parametrize("command", ["start forwarding", "stop forwarding", "start forward", "stop forward"])
def test_forwarding_is_answered_and_the_log_says_that_nothing_is_forwarded(
    command: str, caplog: pytest.LogCaptureFixture
) -> None:
    relay = talking()
    assert relay.command(command, call_id="call", from_tag="alice") == {"result": "ok"}
    assert "has no recording daemon to forward to" in caplog.text
    with relay.refuses("From-tag given, but no such tag exists"):
        relay.command(command, call_id="call", from_tag="x")


@pytest.mark.parametrize("command", ["play media", "stop media", "inject start", "inject stop"])
def test_what_needs_codecs_is_unsupported(command: str) -> None:
    relay = talking()
    with relay.refuses("unsupported"):
        relay.command(command, call_id="call", from_tag="alice")
