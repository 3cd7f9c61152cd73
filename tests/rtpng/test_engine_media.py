"""Media commands with packets in the air: who hears what, what the kernel carries, and what is counted."""

from collections.abc import Iterator

import pytest

from kernel.flow import Flow
from kernel.table import NullTable
from rtpng.calls.digits import Notice
from sipcore.address import Address
from tests.fakes import FakeTable
from tests.rtpng.air import RelayOnAir, established
from tests.rtpng.harness import ALICE, BOB, audio, port, sdp
from tests.rtpng.media.rig import rtcp, rtp
from tests.rtpng.media.test_digits import read

A, A_RTCP = Address(ALICE, 4000), Address(ALICE, 4001)
B, B_RTCP = Address(BOB, 5000), Address(BOB, 5001)


@pytest.fixture
def relay() -> Iterator[RelayOnAir]:
    made = RelayOnAir()
    yield made
    made.engine.close()
    assert made.is_empty()


def stream(relay: RelayOnAir, tag: str) -> dict[str, dict[str, int]]:
    """What query tells of a party's RTP port."""
    found: dict[str, dict[str, int]] = relay.query()["tags"][tag]["medias"][0]["streams"][0]
    return found


def test_blocked_media_is_counted_and_heard_by_nobody(relay: RelayOnAir) -> None:
    to_a, to_b = established(relay)
    relay.command("block media", call_id="call", from_tag="alice")
    assert set(relay.table.installed) == {Flow(to_a, A, to_a, None), Flow(to_b, B, to_a, A)}
    assert relay.send(A, to_a, rtp(2)) == []
    assert relay.send(B, to_b, rtp(2)) == [(to_a, A)]
    told = stream(relay, "alice")
    assert told["stats"]["packets"] == 2
    assert told["dropped"]["blocked"] == 1
    assert stream(relay, "bob")["stats_out"]["packets"] == 1

    relay.command("unblock media", call_id="call", from_tag="alice")
    assert set(relay.table.installed) == {Flow(to_a, A, to_b, B), Flow(to_b, B, to_a, A)}
    assert relay.send(A, to_a, rtp(3)) == [(to_b, B)]


def test_a_table_that_comes_later_takes_the_flows_of_calls_that_there_are(relay: RelayOnAir) -> None:
    relay.engine.use(NullTable())
    to_a, to_b = established(relay)
    assert relay.send(A, to_a, rtp(2)) == [(to_b, B)]
    assert not relay.table.installed

    relay.engine.use(relay.table)
    assert set(relay.table.installed) == {Flow(to_a, A, to_b, B), Flow(to_b, B, to_a, A)}


def test_userspace_blocks_what_the_kernel_does_not_take() -> None:
    relay = RelayOnAir(table=FakeTable(max_flows=0))
    to_a, to_b = established(relay)
    relay.command("block media", call_id="call")
    assert relay.send(A, to_a, rtp(2)) == relay.send(B, to_b, rtp(2)) == []
    assert stream(relay, "alice")["stats"]["packets"] == 2
    assert stream(relay, "alice")["dropped"]["blocked"] == 1
    assert stream(relay, "bob")["stats_out"]["packets"] == 1


def test_rtcp_passes_a_block(relay: RelayOnAir) -> None:
    to_a, to_b = established(relay)
    relay.command("block media", call_id="call")
    beside_a, beside_b = (Address(local.host, local.port + 1) for local in (to_a, to_b))
    assert relay.send(A_RTCP, beside_a, rtcp()) == [(beside_b, B_RTCP)]


def test_a_call_whose_media_is_blocked_does_not_time_out(relay: RelayOnAir) -> None:
    to_a, _ = established(relay)
    relay.command("block media", call_id="call")
    for sequence in range(2, 80):
        relay.send(A, to_a, rtp(sequence))
        relay.pass_time(1.0)
    assert relay.engine.calls.get("call") is not None


def test_a_party_that_is_blocked_from_the_start_is_learned_all_the_same(relay: RelayOnAir) -> None:
    to_a, to_b = relay.talk()
    relay.command("block media", call_id="call")
    assert relay.send(A, to_a, rtp(1)) == []
    assert set(relay.table.installed) == {Flow(to_a, A, to_a, None)}
    relay.command("unblock media", call_id="call")
    assert set(relay.table.installed) == {Flow(to_a, A, to_b, B)}


# --- treated in userspace ---

EVENT = 101


def spoken(relay: RelayOnAir, to_a: Address, *packets: bytes) -> list[bytes]:
    """What bob hears of what alice says."""
    heard = []
    for data in packets:
        if relay.send(A, to_a, data):
            heard += relay.air.packets or [data]
            relay.air.packets.clear()
    return heard


def with_events(relay: RelayOnAir) -> tuple[Address, Address]:
    """An established call with events."""
    lines = ("a=rtpmap:101 telephone-event/8000",)
    offered = relay.offer(sdp(audio(4000, "0 8 101", *lines)))
    answered = relay.answer(sdp(audio(5000, "0 8 101", *lines), host=BOB))
    to_a, to_b = relay.local(port(answered)), relay.local(port(offered))
    relay.send(A, to_a, rtp(1))
    relay.send(B, to_b, rtp(1))
    return to_a, to_b


def test_only_the_treated_stream_leaves_the_kernel_and_it_comes_back(relay: RelayOnAir) -> None:
    to_a, to_b = with_events(relay)
    both = {Flow(to_a, A, to_b, B), Flow(to_b, B, to_a, A)}
    assert set(relay.table.installed) == both
    for command, opposite in (("block DTMF", "unblock DTMF"), ("silence media", "unsilence media")):
        relay.command(command, call_id="call", from_tag="alice")
        assert set(relay.table.installed) == {Flow(to_b, B, to_a, A)}
        relay.command(opposite, call_id="call", from_tag="alice")
        assert set(relay.table.installed) == both


def test_events_are_missing_and_audio_passes(relay: RelayOnAir) -> None:
    to_a, _ = with_events(relay)
    events = [rtp(sequence, payload_type=EVENT) for sequence in (3, 4, 5)]
    relay.command("block DTMF", call_id="call")
    marked = bytearray(rtp(6))
    marked[1] |= 0x80
    assert spoken(relay, to_a, rtp(2), *events, rtp(6), rtp(7)) == [rtp(2), bytes(marked), rtp(7)]
    relay.command("unblock DTMF", call_id="call")
    assert spoken(relay, to_a, rtp(8), *events) == [rtp(8), *events]
    assert stream(relay, "alice")["stats"]["packets"] == 11
    assert stream(relay, "alice")["dropped"]["blocked"] == 3
    assert stream(relay, "bob")["stats_out"]["packets"] == 8


def test_silence_has_the_length_of_the_speech(relay: RelayOnAir) -> None:
    to_a, _ = with_events(relay)
    relay.command("silence media", call_id="call", from_tag="alice")
    assert spoken(relay, to_a, rtp(2)) == [rtp(2)[:12] + b"\xd5" * 160]
    relay.command("unsilence media", call_id="call", from_tag="alice")
    assert spoken(relay, to_a, rtp(3)) == [rtp(3)]


def test_an_echo_comes_back_to_its_sender(relay: RelayOnAir) -> None:
    to_a, to_b = with_events(relay)
    relay.offer(sdp(audio(4000)), to_tag="bob", media_echo="forward")
    assert relay.send(A, to_a, rtp(2)) == []
    assert relay.send(B, to_b, rtp(2)) == [(to_b, B)]
    relay.offer(sdp(audio(4000)), to_tag="bob", media_echo="backwards")
    assert relay.send(A, to_a, rtp(3)) == [(to_a, A)]
    assert relay.send(B, to_b, rtp(3)) == []


# --- digits that are played ---


def test_a_digit_is_played_and_told_and_then_the_kernel_goes_on(relay: RelayOnAir) -> None:
    told: list[Notice] = []
    relay.engine.digits.tell = told.append
    to_a, to_b = with_events(relay)
    both = set(relay.table.installed)
    relay.command("play DTMF", call_id="call", from_tag="alice", code="5", duration=100)
    assert set(relay.table.installed) == {Flow(to_b, B, to_a, A)}
    said = [rtp(2 + number, timestamp=160 * number) for number in range(14)]
    heard = spoken(relay, to_a, *said)
    assert [found.event for found in read(*heard)] == [5]
    assert [int.from_bytes(packet[2:4]) for packet in heard] == list(range(2, 16))
    assert set(relay.table.installed) == both
    assert [(notice.played, notice.data["event"], notice.data["duration"]) for notice in told] == [(True, 5, 100)]


def test_a_digit_passes_a_block_of_digits(relay: RelayOnAir) -> None:
    to_a, _ = with_events(relay)
    relay.command("block DTMF", call_id="call")
    relay.command("play DTMF", call_id="call", from_tag="alice", code="5", duration=100)
    heard = spoken(relay, to_a, *(rtp(2 + number, timestamp=160 * number) for number in range(8)))
    assert [found.event for found in read(*heard)] == [5]
