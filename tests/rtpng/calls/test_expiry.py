"""When a call ends: which timeout holds, from when it counts, and what ends first."""

import pytest

from rtpng.calls.expiry import Deadline, Reason, Timeouts, deadline, is_silent, next_look
from rtpng.calls.model import Call
from sipcore.sdp.direction import Direction
from tests.rtpng.calls.models import plain

TIMEOUTS = Timeouts(media=60.0, silent=600.0, offer=300.0, final=0.0)


def signalled(at: float = 100.0) -> Call:
    call = plain()
    call.born = call.signalled = at
    return call


def held(direction: Direction = Direction.SENDONLY) -> Call:
    call = signalled()
    call.parties[0].streams[0].direction = direction
    call.parties[1].streams[0].direction = Direction.RECVONLY
    return call


def test_media_timeout_counts_from_the_last_signalling_without_media() -> None:
    assert deadline(signalled(), TIMEOUTS, None) == Deadline(160.0, Reason.MEDIA_TIMEOUT)


def test_media_timeout_counts_from_the_last_packet() -> None:
    assert deadline(signalled(), TIMEOUTS, 500.0) == Deadline(560.0, Reason.MEDIA_TIMEOUT)


def test_signalling_after_the_last_packet_puts_the_timeout_off() -> None:
    assert deadline(signalled(), TIMEOUTS, 70.0) == Deadline(160.0, Reason.MEDIA_TIMEOUT)


def test_an_offer_without_answer_waits_for_the_offer_timeout() -> None:
    call = signalled()
    call.dialogues[0].answered = False
    assert deadline(call, TIMEOUTS, None) == Deadline(400.0, Reason.OFFER_TIMEOUT)


@pytest.mark.parametrize("direction", [Direction.SENDONLY, Direction.RECVONLY, Direction.INACTIVE])
def test_a_call_on_hold_waits_for_the_silent_timeout(direction: Direction) -> None:
    assert deadline(held(direction), TIMEOUTS, None) == Deadline(700.0, Reason.SILENT_TIMEOUT)


def test_one_party_that_should_talk_makes_the_media_timeout_hold() -> None:
    call = held()
    call.parties[1].streams[0].direction = Direction.SENDRECV
    assert not is_silent(call)


def test_the_zero_address_and_rejected_media_are_silence() -> None:
    call = signalled()
    call.parties[0].streams[0].on_hold = True
    call.parties[1].streams[0].rejected = True
    assert is_silent(call)


def test_only_parties_that_are_connected_can_be_expected_to_talk() -> None:
    call = signalled()
    call.dialogues[0].connected = False
    assert is_silent(call)


def test_the_final_timeout_counts_from_birth_whatever_is_heard() -> None:
    timeouts = Timeouts(media=60.0, silent=600.0, offer=300.0, final=1000.0)
    assert deadline(signalled(), timeouts, 1090.0) == Deadline(1100.0, Reason.FINAL_TIMEOUT)


def test_a_delayed_deletion_is_a_deadline_among_the_others() -> None:
    call = signalled()
    call.delete_at = 130.0
    assert deadline(call, TIMEOUTS, None) == Deadline(130.0, Reason.DELETED)
    call.delete_at = 200.0
    assert deadline(call, TIMEOUTS, None) == Deadline(160.0, Reason.MEDIA_TIMEOUT)


def test_zero_switches_timeouts_off() -> None:
    assert deadline(signalled(), Timeouts(media=0.0, silent=0.0, offer=0.0), None) is None
    assert next_look(signalled(), Timeouts(media=0.0), None) is None


def test_the_next_look_is_at_a_branch_that_ends_before_its_call() -> None:
    call = signalled()
    call.parties[1].delete_at = 120.0
    assert next_look(call, TIMEOUTS, None) == 120.0
    call.parties[1].delete_at = 190.0
    assert next_look(call, TIMEOUTS, None) == 160.0
    assert next_look(call, Timeouts(media=0.0), None) == 190.0
