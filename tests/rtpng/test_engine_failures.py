"""One call that fails harms no other: not at its end, not in a timer, not when the daemon stops."""

import logging
from collections.abc import Iterator

import pytest

from rtpng.calls.expiry import Timeouts
from rtpng.calls.farewell import Farewell
from rtpng.calls.model import Call
from rtpng.engine import AGAIN, Limits
from tests.rtpng.harness import BOB, RelayUnderTest, audio, sdp

REJECTED_NONSENSE = sdp(audio(0, "abc"))  # the formats of rejected media may be anything (RFC 3264 6)


class BrokenFarewell(Farewell):
    """A bug of ours in telling about a call."""

    def lines(self, call: Call) -> Iterator[str]:
        raise ZeroDivisionError(call.call_id)


@pytest.fixture
def loud(caplog: pytest.LogCaptureFixture) -> None:
    """The end of a call is told at level 6 and above only."""
    caplog.set_level(logging.INFO)


@pytest.fixture
def broken(loud: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtpng.engine.Farewell", BrokenFarewell)


def talking(*call_ids: str) -> RelayUnderTest:
    relay = RelayUnderTest(limits=Limits(timeouts=Timeouts(media=60)))
    for call_id in call_ids:
        relay.offer(sdp(audio()), call_id=call_id)
        relay.answer(sdp(audio(5000), host=BOB), call_id=call_id)
    return relay


@pytest.mark.usefixtures("loud")
def test_rejected_media_with_strange_formats_ends_like_any_other() -> None:
    relay = talking("call")
    relay.offer(REJECTED_NONSENSE, to_tag="bob")
    assert relay.delete()["result"] == "ok"
    assert relay.is_empty()


@pytest.mark.usefixtures("broken")
def test_a_call_is_released_before_it_is_told_of() -> None:
    relay = talking("call")
    with pytest.raises(ZeroDivisionError):
        relay.delete()
    assert relay.is_empty()


@pytest.mark.usefixtures("broken")
def test_a_failing_call_does_not_keep_the_daemon_from_ending_the_others(caplog: pytest.LogCaptureFixture) -> None:
    relay = talking("one", "two")
    relay.engine.close()
    assert relay.is_empty()
    assert relay.table.closed
    assert sum("Internal error" in line for line in caplog.messages) == 2


def test_a_failing_look_at_a_call_is_repeated(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    relay = talking("one", "two")
    with monkeypatch.context() as patch:
        patch.setattr("rtpng.engine.deadline", lambda *_: 1 / 0)
        relay.pass_time(60)
    assert len(relay.engine.calls) == 2
    assert sum("Internal error" in line for line in caplog.messages) == 2
    relay.pass_time(AGAIN)
    assert relay.is_empty()
