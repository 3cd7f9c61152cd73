"""Media commands as dialogues: what a proxy says, and what is carried after it."""

import pytest

from rtpng.media.relay import Forward, Relay
from tests.rtpng.harness import BOB, RelayUnderTest, Word, audio, sdp, talking


def way(relay: RelayUnderTest, tag: str) -> Forward:
    """The one way out of what a party sends."""
    (forward,) = port(relay, tag).rtp
    return forward


def port(relay: RelayUnderTest, tag: str) -> Relay:
    party = relay.call().by_tag(tag)
    assert party is not None
    assert party.streams[0].rtp is not None
    return relay.plane.relays[party.streams[0].rtp.local]


def blocked(relay: RelayUnderTest) -> list[str]:
    return [tag for tag in ("alice", "bob") if way(relay, tag).treatment.blocked]


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
def test_blocking_and_unblocking_media(words: dict[str, Word], whom: list[str]) -> None:
    relay = talking()
    assert relay.command("block media", call_id="call", **words) == {"result": "ok"}
    assert blocked(relay) == whom
    assert relay.command("unblock media", call_id="call", **words) == {"result": "ok"}
    assert blocked(relay) == []


@pytest.mark.parametrize("command", ["block media", "unblock media"])
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
