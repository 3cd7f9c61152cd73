"""Media commands on real packets: a phone hears the same behind every daemon, and nothing is lost on the way."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from sipcore.rtp import peek
from tests.peers import sid
from tests.peers.conversation import SILENCE, SPEECH, Conversation, conversation
from tests.peers.ng_peer import DEBIAN, RTPNG, RTPNG_USERSPACE, Daemon
from tests.rtpng.media.test_digits import read

pytestmark = pytest.mark.peers


def newest() -> Daemon:
    return sid.rtpengine_or_skip()


DAEMONS: dict[str, Callable[[], Daemon]] = {
    "10.5": lambda: DEBIAN,
    "26": newest,
    "rtpng": lambda: RTPNG,
    "rtpng-userspace": lambda: RTPNG_USERSPACE,
}


@pytest.fixture(params=DAEMONS)
def daemon(request: pytest.FixtureRequest) -> Daemon:
    return DAEMONS[request.param]()


@pytest.fixture
def call(daemon: Daemon, tmp_path: Path) -> Iterator[Conversation]:
    with conversation(daemon, tmp_path) as running:
        yield running


DIRECTIONAL = {"from_tag": "a", "flags": ["directional"]}


def payloads(packets: list[bytes]) -> list[bytes]:
    return [packet[12:] for packet in packets]


def test_blocked_media_is_heard_by_nobody_until_it_is_unblocked(call: Conversation) -> None:
    cases: tuple[tuple[Mapping[str, object], list[bytes]], ...] = (({}, []), (DIRECTIONAL, [SPEECH] * 3))
    for words, alice in cases:
        assert call.ask("block media", **words) == {"result": "ok"}
        assert tuple(map(payloads, call.exchange())) == (alice, [])
        assert call.ask("unblock media", **words) == {"result": "ok"}
        assert tuple(map(payloads, call.exchange())) == ([SPEECH] * 3, [SPEECH] * 3)


def test_silence_in_place_of_speech(call: Conversation) -> None:
    call.ask("silence media", **DIRECTIONAL)
    assert tuple(map(payloads, call.exchange())) == ([SPEECH] * 3, [SILENCE] * 3)
    call.ask("unsilence media", **DIRECTIONAL)
    assert tuple(map(payloads, call.exchange())) == ([SPEECH] * 3, [SPEECH] * 3)


def test_events_are_missing_and_audio_passes(call: Conversation) -> None:
    call.ask("block DTMF", **DIRECTIONAL)
    before, after = call.alice.say(2), call.alice.press(5) and call.alice.say(2)
    heard = call.bob.hear()
    assert [peek(packet).sequence for packet in heard] == [peek(packet).sequence for packet in before + after]
    assert payloads(heard) == [SPEECH] * 4
    call.ask("unblock DTMF", **DIRECTIONAL)
    pressed = call.alice.press(6)
    assert call.bob.hear() == pressed


@pytest.mark.parametrize("daemon", ["rtpng"], indirect=True)
def test_only_what_is_treated_leaves_the_kernel_and_nothing_is_lost_on_the_way(call: Conversation) -> None:
    both = {"a": True, "b": True}
    assert call.kernelized() == both
    said: list[bytes] = []
    for round_ in range(10):
        said += call.alice.say(5)
        command = "block" if round_ % 2 == 0 else "unblock"
        call.ask(f"{command} DTMF", **DIRECTIONAL)
        assert call.kernelized() == ({"a": False, "b": True} if command == "block" else both)
        said += call.alice.say(5)
    assert sorted(call.bob.hear()) == sorted(said)
    stats = call.ask("query")["tags"]["a"]["medias"][0]["streams"][0]["stats"]
    assert stats["packets"] == len(said) + 3


@pytest.mark.parametrize("daemon", ["rtpng"], indirect=True)
def test_a_block_stays_in_the_kernel_and_is_counted(call: Conversation) -> None:
    call.ask("block media", **DIRECTIONAL)
    assert call.kernelized() == {"a": True, "b": True}
    call.alice.say(20)
    assert call.bob.hear() == []
    stream = call.ask("query")["tags"]["a"]["medias"][0]["streams"][0]
    assert (stream["stats"]["packets"], stream["dropped"]["blocked"]) == (23, 20)


@pytest.mark.parametrize("daemon", ["rtpng", "rtpng-userspace"], indirect=True)
def test_a_digit_is_played_and_the_stream_goes_on(call: Conversation) -> None:
    before = call.kernelized()
    assert call.ask("play DTMF", from_tag="a", code="*", duration=100) == {"result": "ok"}
    said = call.alice.say(20)
    # Packets may overtake each other once, while the kernel takes the stream back.
    heard = sorted(call.bob.hear(), key=lambda packet: peek(packet).sequence)
    assert [peek(packet).sequence for packet in heard] == [peek(packet).sequence for packet in said]
    assert [(found.event, found.duration) for found in read(*heard)] == [(10, 100)]
    assert heard[7:] == said[7:]
    assert call.kernelized() == before
