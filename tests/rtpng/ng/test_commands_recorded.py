"""Recorded requests, and what rtpengine answered: we answer the same but for ports, keys and random ids."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rtpng.interfaces import Interface
from rtpng.media.relay import SocketStats
from rtpng.ng.commands.context import Reply
from rtpng.ng.commands.table import run
from rtpng.ng.flags import read
from rtpng.ng.wire import decode
from tests.rtpng.harness import RelayUnderTest

FIXTURES = Path(__file__).parents[2] / "fixtures" / "ng"
INTERFACE = Interface("default", "192.168.210.54", "203.0.113.166", 10000, 20000)
PLAIN = re.compile(r"^m=\w+ \d+ RTP/AVPF? ", re.MULTILINE)
RANDOM = (
    (r"^(m=\w+ |a=rtcp:)(?!0 )\d+", r"\1PORT"),
    (r"^(a=candidate:)\w{16} (\d UDP \d+ \S+) \d+", r"\1FOUNDATION \2 PORT"),
    (r"^a=ice-ufrag:\w{8}$", "a=ice-ufrag:UFRAG"),
    (r"^a=ice-pwd:\w{26}$", "a=ice-pwd:PWD"),
    (r"^a=tls-id:[0-9a-f]{32}$", "a=tls-id:ID"),
    (r"^(a=fingerprint:\S+) [0-9A-F:]+$", r"\1 FINGERPRINT"),
)
OUR_OWN_KEYS = {"dropped", "leg"}  # rtpng tells what it has not relayed, and how far ICE and DTLS are


@dataclass(frozen=True)
class Recorded:
    """One request of a proxy, as bytes without cookie, and the reply that it got."""

    payload: bytes
    message: dict[str, Any]
    reply: dict[str, Any]


@dataclass(frozen=True)
class Conversation:
    """All requests of one call."""

    name: str
    requests: tuple[Recorded, ...]


def recorded(path: Path) -> Iterator[Recorded]:
    messages = json.loads(path.read_text())["messages"]
    replies = {m["cookie"]: m["message"] for m in reversed(messages) if m["direction"] == "reply"}
    for message in messages:
        if message["direction"] == "request":
            payload = message["raw_latin1"].encode("latin-1")
            yield Recorded(payload, message["message"], replies[message["cookie"]])


def conversations(release: str, *, plain: bool) -> Iterator[Conversation]:
    """The calls with plain RTP on both sides, or the others, each with its queries and its delete."""
    for path in sorted(FIXTURES.glob(f"rtpengine-{release}-*.json")):
        calls: dict[str, list[Recorded]] = {}
        for request in recorded(path):
            calls.setdefault(request.message.get("call-id", ""), []).append(request)
        for call_id, requests in calls.items():
            if call_id and all(is_plain(request) for request in requests) is plain:
                yield Conversation(f"{path.stem.removeprefix('rtpengine-')} {call_id}", tuple(requests))


def is_plain(request: Recorded) -> bool:
    bodies = [body["sdp"] for body in (request.message, request.reply) if "sdp" in body]
    return all(len(PLAIN.findall(body)) == body.count("m=") for body in bodies)


def relay() -> RelayUnderTest:
    return RelayUnderTest(interfaces=(INTERFACE,))


def replies(under_test: RelayUnderTest, conversation: Conversation) -> Iterator[tuple[Recorded, Reply]]:
    for request in conversation.requests:
        envelope = decode(b"0_1_1 " + request.payload)
        yield request, run(under_test.context, read(envelope.message, "127.0.0.1"))


def without_random(sdp: str) -> str:
    text = sdp.replace("\r\n", "\n")
    for pattern, word in RANDOM:
        text = re.sub(pattern, word, text, flags=re.MULTILINE)
    return text


def shape(value: Any, key: str = "") -> Any:
    """Keys and types; a list as what its first member looks like. Flags are words, so that their number may differ."""
    if isinstance(value, dict):
        return {name: shape(item, name) for name, item in value.items() if name not in OUR_OWN_KEYS}
    if isinstance(value, list):
        return [shape(item) for item in value] if key != "flags" else [str]
    return type(value)


def play_media(under_test: RelayUnderTest, reply: dict[str, Any]) -> None:
    """Lets our ports have heard what the recorded ones had, so that both replies have the same to tell."""
    for tag, party in reply.get("tags", {}).items():
        ours = under_test.call(next(iter(under_test.engine.calls)).call_id).by_tag(tag)
        assert ours is not None
        for stream, media in zip(ours.streams, party["medias"], strict=True):
            for endpoint, recorded_stream in zip(stream.endpoints, media["streams"], strict=True):
                under_test.plane.heard[endpoint.local] = heard(media, recorded_stream)


def heard(media: dict[str, Any], stream: dict[str, Any]) -> SocketStats:
    ingress = media["ingress SSRCs"] if stream["flags"][0] == "RTP" else []
    return SocketStats(
        packets=stream["stats"]["packets"],
        bytes=stream["stats"]["bytes"],
        first_ssrc=stream.get("SSRC"),
        ssrc=ingress[0]["SSRC"] if ingress else None,
        payload_type=0 if ingress else None,
        sequence=ingress[0]["last RTP seq"] if ingress else None,
        timestamp=ingress[0]["last RTP timestamp"] if ingress else None,
    )


RECENT, OLD = list(conversations("26.0.1", plain=True)), list(conversations("10.5.3.5", plain=True))
OF_BROWSERS = list(conversations("26.0.1", plain=False))


def test_there_are_plain_calls_in_the_recordings() -> None:
    assert [len(RECENT), len(OLD)] == [4, 4]


@pytest.mark.parametrize("conversation", RECENT + OF_BROWSERS, ids=lambda each: each.name)
def test_the_sdp_is_that_of_version_26(conversation: Conversation) -> None:
    for request, reply in replies(relay(), conversation):
        if "sdp" in request.reply:
            assert without_random(reply["sdp"]) == without_random(request.reply["sdp"])


@pytest.mark.parametrize("conversation", RECENT, ids=lambda conversation: conversation.name)
def test_rtp_ports_are_even_and_rtcp_is_the_next(conversation: Conversation) -> None:
    for _, reply in replies(relay(), conversation):
        for rtp, rtcp in re.findall(r"^m=audio (\d+).*?^a=rtcp:(\d+)", reply.get("sdp", ""), re.MULTILINE | re.DOTALL):
            assert int(rtp) % 2 == 0
            assert int(rtcp) == int(rtp) + 1


@pytest.mark.parametrize("conversation", RECENT, ids=lambda conversation: conversation.name)
def test_query_and_delete_have_the_keys_and_types_of_version_26(conversation: Conversation) -> None:
    under_test = relay()
    for request in conversation.requests:
        if "tags" in request.reply:
            play_media(under_test, request.reply)
        reply = run(under_test.context, read(decode(b"c " + request.payload).message))
        assert shape(reply) == shape(request.reply)


@pytest.mark.parametrize("conversation", RECENT, ids=lambda conversation: conversation.name)
def test_the_counters_told_are_those_of_the_media(conversation: Conversation) -> None:
    under_test = relay()
    for request in conversation.requests:
        if "tags" in request.reply:
            play_media(under_test, request.reply)
        reply = run(under_test.context, read(decode(b"c " + request.payload).message))
        assert reply.get("totals") == request.reply.get("totals")


@pytest.mark.parametrize("conversation", OLD, ids=lambda conversation: conversation.name)
def test_the_requests_to_version_10_5_get_an_answer(conversation: Conversation) -> None:
    for request, reply in replies(relay(), conversation):
        assert reply["result"] == "ok"
        assert ("sdp" in reply) == ("sdp" in request.reply)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.stem)
def test_pings_and_lists_get_the_same_answer(path: Path) -> None:
    for request in recorded(path):
        if request.message["command"] in ("ping", "list"):
            reply = run(relay().context, read(decode(b"c " + request.payload).message))
            assert shape(reply) == shape(request.reply | ({"calls": []} if "calls" in request.reply else {}))
