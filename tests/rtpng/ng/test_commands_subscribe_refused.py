"""subscribe request, subscribe answer, unsubscribe: what is refused changes nothing."""

import pytest

from sipcore.address import Address
from tests.rtpng.harness import Word, audio, sdp, talking
from tests.rtpng.ng.test_commands_subscribe import accept, cancel, recorded, request


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({}, "No medias found (no monologues matched)"),
        ({"from_tag": "nobody"}, "From-tag given, but no such tag exists"),
        ({"from_tags": ["nobody"]}, "No medias found (no monologues matched)"),
        ({"label": "nobody"}, "No monologue matching the given label"),
        ({"from_tag": "rec"}, "No medias found (no monologues matched)"),
        ({"from_tag": "alice", "to_tag": "bob"}, "Failed to request subscription"),
        ({"from_tag": "alice", "call_id": "other"}, "Unknown call-ID"),
        ({"from_tag": "alice", "call_id": None}, "No call-id in message"),
    ],
    ids=str,
)
def test_a_request_that_cannot_be_met_changes_nothing(words: dict[str, Word], reason: str) -> None:
    relay = recorded()
    with relay.refuses(reason):
        request(relay, **words)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"sdp": None}, "No SDP body in message"),
        ({"sdp": "hello"}, "Failed to parse SDP"),
        ({"sdp": sdp(audio(), host=None)}, "Incomplete SDP specification"),
        ({"to_tag": None}, "No to-tag in message"),
        ({"to_tag": "nobody"}, "To-tag not found"),
        ({"to_tag": "alice"}, "To-tag not found"),
        ({"call_id": "other"}, "Unknown call-ID"),
        ({"call_id": None}, "No call-id in message"),
    ],
    ids=str,
)
def test_an_answer_that_fits_nothing_changes_nothing(words: dict[str, Word], reason: str) -> None:
    relay = recorded()
    with relay.refuses(reason):
        accept(relay, audio(7000), **words)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"to_tag": None}, "No to-tag in message"),
        ({"to_tag": "nobody"}, "To-tag not found"),
        ({"to_tag": "alice"}, "To-tag not found"),
        ({"from_tag": "nobody", "flags": ["directional"]}, "From-tag not found"),
        ({"call_id": "other"}, "Unknown call-ID"),
        ({"call_id": None}, "No call-id in message"),
    ],
    ids=str,
)
def test_unsubscribing_what_is_not_there_changes_nothing(words: dict[str, Word], reason: str) -> None:
    relay = recorded()
    with relay.refuses(reason):
        cancel(relay, **words)


def test_without_ports_nobody_subscribes() -> None:
    relay = talking()
    relay.ports.others.update(Address("203.0.113.1", number) for number in range(30000, 31000))
    with relay.refuses("Ran out of ports"):
        request(relay, from_tag="alice", flags=["SIPREC"])


def test_a_subscriber_takes_no_part_in_offers() -> None:
    relay = recorded()
    for words in ({"from_tag": "rec"}, {"to_tag": "rec"}):
        with relay.refuses("Invalid dialogue association"):
            relay.offer(sdp(audio()), **words)
    with relay.refuses("Invalid dialogue association"):
        relay.answer(sdp(audio()), to_tag="rec")
    with relay.refuses("Invalid dialogue association"):
        relay.command("publish", call_id="call", from_tag="rec", sdp=sdp(audio()))
