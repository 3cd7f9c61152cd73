"""What is kept of a call's life."""

import logging

import pytest

from rtpng.assemble import Handler
from rtpng.config import Config
from rtpng.errors import NgError
from rtpng.ng.message import Message, Value
from rtpng.timeline import AGE, FIRST, LAST, RECENT, Kind, Timelines
from sipcore.address import Address
from tests.fakes import FakeClock
from tests.rtpng.air import RelayOnAir
from tests.rtpng.harness import ALICE, BOB, V4, RelayUnderTest, audio, sdp
from tests.rtpng.media.rig import rtp

CLIENT = Address("192.0.2.99", 5000)
KEY = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"


def timelines() -> tuple[Timelines, FakeClock]:
    clock = FakeClock()
    return Timelines(clock.clock.now, clock.clock.wall), clock


def texts(kept: Timelines, call_id: str = "call") -> list[str]:
    timeline = kept.of(call_id)
    return [str(event) for event in timeline.events if event.kind is not Kind.CALL] if timeline is not None else []


def test_events_are_kept_in_their_order_with_their_time() -> None:
    kept, clock = timelines()
    kept.open("call")
    kept.note("call", Kind.PEER, "heard %s", "alice")
    clock.advance(2.5)
    kept.note("call", Kind.PEER, "100 % over")
    timeline = kept.of("call")
    assert timeline is not None
    _, first, second = timeline.events
    assert second.when - first.when == pytest.approx(2.5)
    assert (str(first), str(second)) == ("heard alice", "100 % over")


def test_of_a_call_that_there_is_not_nothing_is_kept() -> None:
    kept, _ = timelines()
    kept.note("call", Kind.PEER, "heard")
    kept.asked("call", "delete")
    kept.end("call", "over")
    assert len(kept) == 0


def test_the_request_that_brings_a_call_into_being_is_its_first_event() -> None:
    kept, _ = timelines()
    kept.asked("other", "offer by somebody else")
    kept.asked("call", "offer")
    kept.open("call")
    assert texts(kept) == ["offer"]
    kept.open("other")
    assert texts(kept, "other") == []


def test_of_too_many_events_the_first_and_the_last_are_kept() -> None:
    kept, _ = timelines()
    kept.open("call")
    for number in range(FIRST + LAST + 6):
        kept.note("call", Kind.PEER, "%d", number)
    timeline = kept.of("call")
    assert timeline is not None
    assert timeline.omitted == 7
    assert texts(kept) == [*map(str, range(FIRST - 1)), *map(str, range(FIRST + 6, FIRST + LAST + 6))]


def test_calls_that_have_ended_are_kept_up_to_a_number() -> None:
    kept, _ = timelines()
    for number in range(RECENT + 3):
        kept.open(str(number))
        kept.end(str(number), "over")
    assert len(kept) == RECENT
    assert kept.of("2") is None
    assert kept.of("3") is not None


def test_calls_that_have_ended_are_kept_up_to_an_age() -> None:
    kept, clock = timelines()
    kept.open("call")
    kept.open("other")
    kept.end("call", "over")
    clock.advance(AGE)
    assert kept.of("call") is not None
    clock.advance(1)
    assert kept.of("call") is None
    assert kept.of("other") is not None


def test_a_call_id_that_is_used_again_goes_on_with_what_was_kept() -> None:
    kept, _ = timelines()
    kept.open("call")
    kept.note("call", Kind.ICE, "first")
    kept.end("call", "over")
    kept.open("call")
    kept.note("call", Kind.ICE, "second")
    timeline = kept.of("call")
    assert timeline is not None
    assert timeline.ended is None
    assert texts(kept) == ["first", "second"]


def test_of_two_calls_that_become_one_both_have_a_past() -> None:
    kept, clock = timelines()
    for call_id in ("call", "other"):
        kept.open(call_id)
    for call_id, text in (("other", "a"), ("call", "b"), ("other", "c")):
        kept.note(call_id, Kind.ICE, text)
        clock.advance(1)
    kept.merge("call", "other")
    assert texts(kept) == ["a", "b", "c"]
    assert kept.of("other") is None


# --- whole calls ---


def ask(handler: Handler, command: str, **keys: Value) -> None:
    pairs = ((name.replace("_", "-"), value) for name, value in keys.items())
    handler(Message((("command", command), *pairs)), CLIENT)


def test_the_life_of_a_call() -> None:
    relay = RelayOnAir()
    handler = Handler(relay.engine, Config((V4,)))
    ask(handler, "offer", call_id="call", from_tag="alice", sdp=sdp(audio(4000)), flags=["trust-address"])
    ask(handler, "answer", call_id="call", from_tag="alice", to_tag="bob", sdp=sdp(audio(5000), host=BOB))
    for local in sorted(relay.ports.ours):
        owner = relay.engine.calls.owner(local)
        if owner is not None and owner.endpoint.latch.sdp is not None:
            relay.send(owner.endpoint.latch.sdp, local, rtp(1))
    ask(handler, "query", call_id="call")
    ask(handler, "silence media", call_id="call", flags=["all"])
    with pytest.raises(NgError):
        ask(handler, "play DTMF", call_id="call", from_tag="alice")
    ask(handler, "delete", call_id="call", from_tag="alice", delete_delay=0)
    timeline = relay.engine.timelines.of("call")
    assert timeline is not None
    assert timeline.ended is not None
    told = [(event.kind.value, str(event)) for event in timeline.events]
    assert told[0] == ("ng", "offer from-tag=alice flags=trust-address")
    assert told[1] == ("call", "Creating new call")
    assert told[2] == ("ng", "answer from-tag=alice to-tag=bob")
    kinds = [kind for kind, _ in told]
    assert kinds.count("peer") >= 2
    assert any(text.startswith("Kernelizing") for _, text in told)
    assert any(text.startswith("No longer in the kernel") for _, text in told)
    assert ("ng", "play DTMF was refused: Out of range 'code' specified") in told
    assert told[-1] == ("call", "The call has ended (terminated)")
    assert not any("query" in text for _, text in told)


def test_keys_and_sdp_are_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    relay = RelayUnderTest()
    handler = Handler(relay.engine, Config((V4,)))
    secret = f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"
    body = sdp(audio(4000, "0", secret, protocol="RTP/SAVP"), host=ALICE)
    ask(handler, "offer", call_id="call", from_tag="alice", sdp=body, metadata=f"inline:{KEY}", foo=["\n", 7])
    reply = relay.command("trace", call_id="call")
    first = reply["events"][0]["text"]
    assert KEY not in repr(reply)
    assert "m=audio" not in first
    assert first.endswith("foo=\\n,7")
    assert KEY not in caplog.text


def test_the_timeline_does_not_depend_on_the_log_level() -> None:
    logging.getLogger("rtpng.calls").setLevel(logging.CRITICAL)
    try:
        relay = RelayUnderTest()
        relay.offer(sdp(audio()))
    finally:
        logging.getLogger("rtpng.calls").setLevel(logging.NOTSET)
    timeline = relay.engine.timelines.of("call")
    assert timeline is not None
    assert "Creating new call" in map(str, timeline.events)


def test_trace_of_an_unknown_call_is_refused() -> None:
    with RelayUnderTest().refuses("Unknown call-id"):
        RelayUnderTest().command("trace", call_id="nobody")
