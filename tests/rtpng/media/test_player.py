"""Digits that are played: what a phone hears, packet by packet."""

import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.media.player import Player
from rtpng.media.relay import EventType, Forward, Play, Played, Relay, Treatment
from sipcore.rtp import build, peek
from tests.rtpng.media.rig import Rig
from tests.rtpng.media.test_digits import read

EVENTS = EventType(101, 8000, 8000)
TICK = 160  # of the timestamp, 20 ms


def audio(number: int, *, first: int = 65530, start: int = 2**32 - 1000) -> bytes:
    """The packets of a stream whose sequence numbers and timestamps wrap."""
    return build(0, (first + number) % 65536, (start + TICK * number) % 2**32, 7, b"x" * 160)


class Heard:
    """A way with a player; ``packets`` is what was heard, ``done`` which digits have ended."""

    def __init__(self, *queue: Play, kind: EventType = EVENTS) -> None:
        self.done: list[int] = []
        self.packets: list[bytes] = []
        self.player = Player(self.done.append)
        self.player.adopt(queue, kind)

    def say(self, numbers: Iterable[int]) -> "Heard":
        for number in numbers:
            packet = self.player.step(audio(number))
            assert packet is not None
            self.packets.append(packet)
        return self

    @property
    def events(self) -> list[tuple[bool, bool, int]]:
        """Marker, end and duration of each event packet."""
        found = [packet for packet in self.packets if peek(packet).payload_type == EVENTS.payload_type]
        payloads = [struct.unpack("!BBH", packet[12:]) for packet in found]
        return [(peek(p).marker, bool(flags & 0x80), d) for p, (_, flags, d) in zip(found, payloads, strict=True)]


def test_a_digit_in_place_of_audio() -> None:
    heard = Heard(Play(1, 5, duration=100, pause=100, volume=8)).say(range(14))
    growing = [(step == 0, False, TICK * (step + 1)) for step in range(4)]
    assert heard.events == growing + [(False, True, 800)] * 3
    assert heard.packets[7:] == [audio(number) for number in range(7, 14)]
    assert heard.packets[0][12:] == bytes((5, 8)) + TICK.to_bytes(2, "big")
    assert [found.event for found in read(*heard.packets)] == [5]


def test_numbers_and_source_are_those_of_the_stream() -> None:
    heard = Heard(Play(1, 5)).say(range(30))
    for number, packet in enumerate(heard.packets):
        assert peek(packet).sequence == peek(audio(number)).sequence
        assert peek(packet).ssrc == 7
    stamps = {peek(packet).timestamp for packet in heard.packets if peek(packet).payload_type == 101}
    assert stamps == {peek(audio(0)).timestamp}


def test_the_next_digit_waits_for_the_pause() -> None:
    heard = Heard(Play(1, 1, 100, 200), Play(2, 2, 100, 100)).say(range(40))
    assert [found.event for found in read(*heard.packets)] == [1, 2]
    kinds = [peek(packet).payload_type for packet in heard.packets]
    assert kinds == [101] * 7 + [0] * 9 + [101] * 7 + [0] * 17
    assert heard.done == [1, 2]


def test_a_digit_that_is_queued_while_another_plays_comes_after_it() -> None:
    one, other = Play(1, 1, 100, 100), Play(2, 2, 100, 100)
    heard = Heard(one).say(range(3))
    heard.player.adopt((one, other), EVENTS)
    heard.say(range(3, 40))
    assert [found.event for found in read(*heard.packets)] == [1, 2]


def test_a_digit_that_was_played_is_not_played_again() -> None:
    one = Play(1, 1, 100, 100)
    heard = Heard(one).say(range(20))
    heard.player.adopt((one,), EVENTS)
    heard.say(range(20, 40))
    assert heard.done == [1]
    assert len(heard.events) == 7


def test_the_end_of_the_pause_is_told_not_that_of_the_digit() -> None:
    heard = Heard(Play(1, 1, 100, 100)).say(range(11))
    assert heard.done == []
    assert heard.say([11]).done == [1]


def test_a_stream_that_pauses_pauses_the_digit() -> None:
    heard = Heard(Play(1, 1, 100, 100)).say([0, 1])
    heard.say(range(500, 520))
    assert heard.events[2:5] == [(False, True, 800)] * 3


def test_the_longest_digit_that_fits_a_packet() -> None:
    heard = Heard(Play(1, 1, 5000, 100), kind=EventType(102, 48000, 48000))
    for number in range(400):
        packet = heard.player.step(build(96, number, 960 * number, 7))
        assert packet is not None
        heard.packets.append(packet)
    assert heard.done == [1]


def test_header_extension_and_padding() -> None:
    player = Player(print)
    player.adopt((Play(1, 1),), EVENTS)
    head = b"\xb0" + audio(0)[1:12] + b"\xbe\xde\0\1abcd"
    packet = player.step(head + b"speech" + b"\0\0\0\4")
    assert packet is not None
    assert packet[0] == 0x90
    assert packet[12:20] == b"\xbe\xde\0\1abcd"
    assert len(packet) == 24
    assert player.step(b"\x90" + audio(1)[1:12]) is None


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(100, 300), st.integers(100, 300)), min_size=1, max_size=4))
def test_every_digit_is_heard_once_with_its_length(digits: list[tuple[int, int, int]]) -> None:
    queue = [Play(number, *digit) for number, digit in enumerate(digits)]
    heard = Heard(*queue).say(range(60 * len(digits)))
    found = read(*heard.packets)
    assert [(each.event, each.duration) for each in found] == [(event, ms) for event, ms, _ in digits]
    assert heard.done == [play.number for play in queue]


@pytest.mark.parametrize("grown", [False, True])
async def test_a_relay_plays_and_tells_when_it_is_done(rig: Rig, grown: bool) -> None:
    alice, bob = rig.peer(), rig.peer()
    left, right = rig.local(), rig.local()

    def relay(*queue: Play) -> Relay:
        treatment = Treatment(dropped=frozenset({101}), playing=queue, event_type=EVENTS)
        return Relay(left, alice.address, rtp=(Forward(right, bob.address, treatment),))

    queue = (Play(1, 1, 100, 100), Play(2, 2, 100, 100))
    rig.add(relay(*queue[: 1 if grown else 2]))
    heard = []
    for number in range(40):
        if number == 3:
            rig.add(relay(*queue))
        alice.send(audio(number), left)
        heard.append((await bob.receive())[0])
    assert [found.event for found in read(*heard)] == [1, 2]
    assert rig.digits == [(left, Played(1)), (left, Played(2))]
