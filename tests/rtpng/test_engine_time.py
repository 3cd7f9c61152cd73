"""One engine over time: timeouts, delayed deletions, branches whose time has come."""

import logging

import pytest

from rtpng.calls.expiry import Timeouts
from rtpng.engine import Limits
from sipcore.address import Address
from tests.rtpng.air import RelayOnAir, established
from tests.rtpng.harness import ALICE, BOB, audio, port, sdp
from tests.rtpng.media.rig import rtp

A, B, STRANGER = Address(ALICE, 4000), Address(BOB, 5000), Address("192.0.2.66", 4000)


def timed(**seconds: float) -> RelayOnAir:
    return RelayOnAir(limits=Limits(timeouts=Timeouts(**({"media": 60, "silent": 600, "offer": 300} | seconds))))


def waits(relay: RelayOnAir, seconds: int) -> None:
    """The call lives for these seconds, and ends with the next one."""
    for _ in range(seconds):
        relay.pass_time(1)
        assert len(relay.engine.calls) == 1
    relay.pass_time(1)
    assert relay.is_empty()


def test_a_call_without_media_ends(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    relay = timed()
    relay.talk()
    waits(relay, 59)
    assert any("Closing call due to timeout" in line for line in caplog.messages)


@pytest.mark.parametrize(("refusing", "seconds"), [(False, 59), (True, 58)], ids=["kernel", "userspace"])
def test_media_keeps_a_call_alive_whoever_forwards_it(refusing: bool, seconds: int) -> None:
    """Kernel packets have the time of the look at their counter, here a second later."""
    relay = timed()
    relay.table.refusing = refusing
    to_a, _ = established(relay)
    for sequence in range(2, 102):
        relay.send(A, to_a, rtp(sequence))
        relay.pass_time(1)
    assert len(relay.engine.calls) == 1
    waits(relay, seconds)


def test_a_stranger_does_not_keep_a_dead_call_alive() -> None:
    relay = timed()
    to_a, _ = established(relay)
    for sequence in range(59):
        relay.send(STRANGER, to_a, rtp(sequence))
        relay.pass_time(1)
    waits(relay, 0)


def test_a_call_on_hold_waits_longer() -> None:
    relay = timed()
    relay.talk()
    relay.offer(sdp(audio(4000, "0", "a=inactive")), to_tag="bob")
    relay.answer(sdp(audio(5000, "0", "a=inactive"), host=BOB))
    waits(relay, 599)


def test_an_offer_that_nobody_answers_ends() -> None:
    relay = timed()
    relay.offer(sdp(audio(4000)))
    waits(relay, 299)


def test_an_answer_shortens_the_time_of_the_offer() -> None:
    relay = timed()
    relay.offer(sdp(audio(4000)))
    relay.pass_time(5)
    relay.answer(sdp(audio(5000), host=BOB))
    waits(relay, 59)


def test_a_shorter_timeout_holds_for_the_calls_that_there_are() -> None:
    relay = timed(media=600)
    relay.talk()
    relay.pass_time(1)
    relay.engine.set_limits(Limits(timeouts=Timeouts(media=20)))
    waits(relay, 18)


def test_the_final_timeout_ends_a_call_that_talks() -> None:
    relay = timed(final=100)
    to_a, _ = relay.talk()
    for sequence in range(99):
        relay.send(A, to_a, rtp(sequence))
        relay.pass_time(1)
    assert len(relay.engine.calls) == 1
    relay.pass_time(1)
    assert relay.is_empty()


def test_a_deletion_waits_for_its_delay(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    relay = timed()
    relay.talk()
    relay.delete(delete_delay=30)
    waits(relay, 29)
    assert "Scheduling deletion of entire call in 30 seconds" in caplog.messages
    assert "Deleting entire call" in caplog.messages


def test_signalling_takes_a_deletion_back() -> None:
    relay = timed()
    relay.talk()
    relay.delete(delete_delay=30)
    relay.pass_time(10)
    relay.offer(sdp(audio(4000)), to_tag="bob")
    waits(relay, 59)


def forked(relay: RelayOnAir) -> None:
    relay.offer(sdp(audio(4000)), via_branch="one")
    relay.offer(sdp(audio(4000)), via_branch="two")


def test_a_branch_ends_when_its_time_has_come_though_the_call_was_looked_at_before() -> None:
    relay = timed(offer=20)
    forked(relay)
    relay.delete(via_branch="two", delete_delay=25)
    relay.pass_time(10)
    relay.answer(sdp(audio(5000), host=BOB), via_branch="one")
    relay.call().parties[2].delete_at = relay.clock.now + 15
    for _ in range(12):
        relay.pass_time(1)
    assert len(relay.call().parties) == 3
    for _ in range(3):
        relay.pass_time(1)
    assert [party.branch for party in relay.call().parties] == [None, "one"]
    assert len(relay.ports.ours) == 4
    relay.engine.close()


def test_the_end_of_an_unanswered_branch_is_not_the_end_of_the_call() -> None:
    relay = timed()
    forked(relay)
    relay.delete(via_branch="two", delete_delay=5)
    relay.pass_time(6)
    assert [party.branch for party in relay.call().parties] == [None, "one"]
    relay.delete(via_branch="one", delete_delay=5)
    relay.pass_time(6)
    assert relay.is_empty()


def test_totals_hold_what_a_deleted_branch_has_carried() -> None:
    relay = RelayOnAir()
    forked(relay)
    answered = relay.answer(sdp(audio(5000), host=BOB), via_branch="two")
    local = relay.local(port(answered))
    relay.send(A, local, rtp(1))
    relay.send(A, local, rtp(2))
    rtp_port = relay.call().parties[2].streams[0].rtp
    assert rtp_port is not None
    for sequence in range(3):
        relay.send(B, rtp_port.local, rtp(sequence))
    relay.delete(via_branch="two")
    assert (relay.engine.statistics.kernel.packets, relay.engine.statistics.user.packets) == (2, 1)
    relay.delete(from_tag=None)
    assert (relay.engine.statistics.kernel.packets, relay.engine.statistics.user.packets) == (3, 2)
