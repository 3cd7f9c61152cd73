"""Which digits are recognised, from packets as phones send them and as networks deliver them."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.media.digits import DigitReader
from rtpng.media.relay import Digit, Forward, Relay
from sipcore.rtp import build
from tests.rtpng.media.rig import Rig, rtp

EVENT, WIDE = 101, 102
RATES = frozenset({(EVENT, 8000), (WIDE, 48000)})


def event(
    number: int,
    duration: int,
    *,
    end: bool = False,
    timestamp: int = 1000,
    volume: int = 10,
    ssrc: int = 7,
    payload_type: int = EVENT,
) -> bytes:
    """One packet of an event."""
    flags = (0x80 if end else 0) | volume
    return build(payload_type, 1, timestamp, ssrc, struct.pack("!BBH", number, flags, duration))


def digit(number: int, timestamp: int = 1000, steps: int = 3) -> list[bytes]:
    """All packets of a digit, as a phone sends them."""
    growing = [event(number, 160 * step, timestamp=timestamp) for step in range(1, steps + 1)]
    return growing + [event(number, 160 * (steps + 1), timestamp=timestamp, end=True)] * 3


def read(*packets: bytes) -> list[Digit]:
    reader = DigitReader(RATES)
    return [found for packet in packets for found in reader.read(packet)]


def test_a_digit_is_told_once_when_it_ends() -> None:
    assert read(*digit(5)) == [Digit(5, 80, 10)]
    assert read(*digit(5)[:3]) == []


def test_digits_in_a_row() -> None:
    packets = [*digit(1, 1000), *digit(1, 3000), *digit(11, 5000)]
    assert read(*packets) == [Digit(1, 80, 10), Digit(1, 80, 10), Digit(11, 80, 10)]


def test_one_end_packet_is_enough() -> None:
    assert read(event(3, 800, end=True)) == [Digit(3, 100, 10)]


def test_a_digit_whose_end_is_lost_ends_with_the_next() -> None:
    assert read(*digit(1)[:3], *digit(2, 3000)) == [Digit(1, 60, 10), Digit(2, 80, 10)]


def test_the_milliseconds_are_those_of_the_clock_rate() -> None:
    assert read(event(4, 4800, end=True, payload_type=WIDE)) == [Digit(4, 100, 10)]


def test_a_long_event_goes_on_in_segments() -> None:
    first = [event(4, 0xFFFF, timestamp=1000)]
    second = [event(4, duration, timestamp=1000 + 0xFFFF, end=duration == 2000) for duration in (1000, 2000)]
    assert read(*first, *second) == [Digit(4, (0xFFFF + 2000) // 8, 10)]


def test_a_late_packet_of_the_digit_before_tells_nothing() -> None:
    one, other = digit(1, 1000), digit(2, 3000)
    assert read(*one[:-2], *other[:1], one[-1], *other[1:]) == [Digit(1, 80, 10), Digit(2, 80, 10)]


def test_timestamps_wrap() -> None:
    assert read(*digit(1, 2**32 - 100), *digit(2, 2000)) == [Digit(1, 80, 10), Digit(2, 80, 10)]


def test_another_source_starts_anew() -> None:
    assert read(event(1, 160, end=True), event(2, 160, end=True, timestamp=10, ssrc=8)) == [
        Digit(1, 20, 10),
        Digit(2, 20, 10),
    ]


@pytest.mark.parametrize("packet", [rtp(), build(EVENT, 1, 1, 7, b"\x05\x80\0"), b"\x90" + event(1, 1, end=True)[1:12]])
def test_what_is_no_event_tells_nothing(packet: bytes) -> None:
    assert read(packet) == []


@given(st.lists(st.integers(0, 15), max_size=6), st.randoms(use_true_random=False))
def test_whatever_is_lost_doubled_or_swapped_every_digit_is_told_once(numbers: list[int], random: object) -> None:
    packets = []
    for place, number in enumerate(numbers):
        sent = digit(number, 1000 + 4000 * place)
        kept = [packet for packet in sent[:3] if random.random() < 0.7] + [sent[-1]]  # type: ignore[attr-defined]
        random.shuffle(kept)  # type: ignore[attr-defined]
        packets += kept + kept[:1]
    found = read(*packets)
    assert [each.event for each in found] == numbers


@given(st.lists(st.binary(max_size=40).map(lambda data: b"\x80\x65" + data), max_size=8))
def test_nothing_breaks_the_reader(packets: list[bytes]) -> None:
    reader = DigitReader(RATES)
    for packet in packets:
        if len(packet) >= 12:
            for found in reader.read(packet):
                assert found.duration >= 0


async def test_a_relay_tells_of_digits_and_passes_them_on(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    left, right = rig.local(), rig.local()
    relay = Relay(left, alice.address, rtp=(Forward(right, bob.address),), events=RATES)
    rig.add(relay)
    for packet in digit(9):
        alice.send(packet, left)
        assert await bob.receive() == (packet, right)
    assert rig.digits == [(left, Digit(9, 80, 10))]
    assert rig.plane.stats(left).digits == 1


async def test_a_digit_is_recognised_while_the_relay_changes(rig: Rig) -> None:
    alice, bob = rig.peer(), rig.peer()
    left, right = rig.local(), rig.local()
    relay = Relay(left, alice.address, rtp=(Forward(right, bob.address),), events=RATES)
    rig.add(relay)
    one, *others = digit(9)
    for packet in (one, *others[:3]):
        alice.send(packet, left)
        await bob.receive()
    rig.add(Relay(left, alice.address, rtp=relay.rtp, events=RATES, tos=184))
    alice.send(others[-1], left)
    await bob.receive()
    assert [found for _, found in rig.digits] == [Digit(9, 80, 10)]
