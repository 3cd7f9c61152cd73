import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.demo.phone import INTERVAL, SAMPLES, Ear, Voice
from sipcore.rtp import build, parse_header


def test_a_voice_counts_and_an_ear_measures() -> None:
    voice, ear = Voice(7), Ear(7)
    for number in range(3):
        ear.hear_untrusted(voice.packet(number * INTERVAL), number * INTERVAL + 0.5 + number)
    assert ear.heard == {0, 1, 2}
    assert ear.delays == pytest.approx([0.5, 1.5, 2.5])
    assert ear.delay == pytest.approx(1.5)


def test_rtp_of_twenty_milliseconds() -> None:
    voice = Voice(7)
    headers = [parse_header(voice.packet(0.0)) for _ in range(2)]
    assert [(h.sequence, h.timestamp, h.marker, h.payload_type) for h in headers] == [
        (0, 0, True, 0),
        (1, 160, False, 0),
    ]


def test_a_long_call_wraps_its_sequence_numbers() -> None:
    voice = Voice(7, spoken=65_536)
    assert parse_header(voice.packet(0.0)).sequence == 0


def test_a_packet_that_comes_twice_counts_once() -> None:
    ear, packet = Ear(7), Voice(7).packet(0.0)
    ear.hear_untrusted(packet, 1.0)
    ear.hear_untrusted(packet, 9.0)
    assert (len(ear.heard), ear.delays) == (1, [1.0])


def test_a_strangers_voice_is_not_counted() -> None:
    ear = Ear(7)
    ear.hear_untrusted(Voice(8).packet(0.0), 1.0)
    ear.hear_untrusted(build(0, 0, 0, 7, bytes(SAMPLES - 1)), 1.0)
    assert ear.delay is None


@given(st.binary(max_size=200))
def test_any_bytes_are_heard_or_not(data: bytes) -> None:
    Ear(7).hear_untrusted(data, 0.0)
