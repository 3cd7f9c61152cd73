"""Parties that hear others, speak to the relay alone, or are joined without an offer, asked of the newest release."""

from collections.abc import Mapping
from typing import Any

from tests.peers.cases import (
    AUDIO_A,
    AUDIO_B,
    CALL,
    OFFER,
    OK,
    VIDEO_A,
    VIDEO_B,
    A,
    B,
    C,
    Case,
    Step,
    again,
    answer,
    ask,
    direction,
    offer,
    sdp,
)

LISTENING = direction(AUDIO_B, "recvonly")
QUERY = ask("query")
MORE = "\na=ptime:20\na=maxptime:60\na=foo:bar\na=rtcp-fb:* nack"


def publish(body: str, **keys: Any) -> Step:
    return ask("publish", **{"from_tag": "p", "sdp": body, **keys})


def subscribe(**keys: Any) -> Step:
    return ask("subscribe request", **{"to_tag": "r", **keys})


def accept(*media: str, **keys: Any) -> Step:
    return ask("subscribe answer", **{"to_tag": "r", "sdp": sdp(C, *(media or (LISTENING,))), **keys})


def unsubscribe(**keys: Any) -> Step:
    return ask("unsubscribe", **{"to_tag": "r", **keys})


def connect(**keys: Any) -> Step:
    return ask("connect", **{"from_tag": "b", "to_tag": "d", **keys})


SECOND = (
    offer(sdp(A, AUDIO_A), from_tag="c"),
    answer(sdp(B, AUDIO_B), from_tag="c", to_tag="d"),
)
SECOND_CALL = tuple({"call-id": "second", **step} for step in SECOND if isinstance(step, Mapping))
VIDEO_CALL = (offer(sdp(A, AUDIO_A, VIDEO_A)), answer(sdp(B, AUDIO_B, VIDEO_B)))


def _case(name: str, *steps: Step) -> Case:
    return Case(name, steps, OK * len(steps))


def _refused(name: str, *steps: Step, says: tuple[str, ...]) -> Case:
    return Case(name, steps, OK * (len(steps) - len(says)) + says)


SUBSCRIPTIONS = (
    _case("subscribe to one", *CALL, subscribe(from_tag="a"), QUERY, accept(), QUERY),
    _case("subscribe to the other", *CALL, subscribe(from_tag="b"), accept(), ask("query", from_tag="r")),
    _case(
        "a subscriber's offer has the lines of its source",
        offer(sdp(A, AUDIO_A + MORE, session=("b=AS:64", "a=sess:1"))),
        answer(sdp(B, AUDIO_B)),
        subscribe(from_tag="a"),
        subscribe(from_tags=["b", "a"], to_tag="s"),
    ),
    _case(
        "subscribe with SIPREC", *CALL, subscribe(from_tags=["a", "b"], flags=["SIPREC"]), accept(LISTENING, LISTENING)
    ),
    _case("subscribe in another order", *CALL, subscribe(from_tags=["b", "a"], flags=["SIPREC"]), QUERY),
    _case("subscribe to all", *CALL, subscribe(all="all"), subscribe(flags=["all"], to_tag="s")),
    _case(
        "subscribe by label",
        offer(sdp(A, AUDIO_A), label="caller"),
        answer(sdp(B, AUDIO_B)),
        subscribe(label="caller", flags=["SIPREC"]),
    ),
    _case("subscribe to audio and video", *VIDEO_CALL, subscribe(from_tags=["a", "b"], flags=["SIPREC"]), QUERY),
    _case("subscribe before the answer", OFFER, subscribe(all="all"), CALL[1], subscribe(all="all", to_tag="s")),
    _case(
        "subscribe to one way media",
        offer(sdp(A, direction(AUDIO_A, "recvonly"))),
        answer(sdp(B, direction(AUDIO_B, "sendonly"))),
        subscribe(all="all", flags=["SIPREC"]),
    ),
    _case(
        "subscribe with the words of offers",
        *CALL,
        subscribe(from_tag="a", transport_protocol="RTP/AVPF", rtcp_mux=["offer"], replace=["origin"]),
        subscribe(from_tag="a", to_tag="s", rtcp_mux=["require"], flags=["no-rtcp-attribute", "generate-mid"]),
        subscribe(from_tag="a", to_tag="t", interface="pub", set_label="rec"),
        subscribe(from_tag="a", to_tag="u", address_family="IP6", media_address="2001:db8::9"),
        subscribe(from_tag="a", to_tag="v", flags=["inactive"]),
        subscribe(from_tag="a", to_tag="w", flags=["original-sendrecv"], sdp_attr={"audio": {"add": ["foo:x"]}}),
    ),
    _case("subscribe again", *CALL, subscribe(from_tag="a"), accept(), subscribe(from_tag="a"), accept(), QUERY),
    _case("unknown tags among others", *CALL, subscribe(from_tags=["a", "zzz"])),
    _case("unsubscribe", *CALL, subscribe(from_tag="a"), accept(), unsubscribe(), ask("query", from_tag="a")),
    _case(
        "a re-INVITE with a subscriber",
        *CALL,
        subscribe(from_tags=["a", "b"]),
        accept(LISTENING, LISTENING),
        again(sdp(A, AUDIO_A)),
        answer(sdp(B, AUDIO_B)),
        QUERY,
    ),
    _case("delete with a subscriber", *CALL, subscribe(from_tag="a"), ask("delete", from_tag="a", delete_delay=0)),
    _refused("subscribe without a source", *CALL, subscribe(), says=("No medias found (no monologues matched)",)),
    _refused(
        "subscribe to nobody",
        *CALL,
        subscribe(from_tag="zzz"),
        subscribe(label="zzz"),
        subscribe(from_tags=["zzz"]),
        says=(
            "From-tag given, but no such tag exists",
            "No monologue matching the given label",
            "No medias found (no monologues matched)",
        ),
    ),
    _refused("subscribe without a call", subscribe(from_tag="a"), says=("Unknown call-ID",)),
    _refused(
        "subscribe answers that fit nothing",
        *CALL,
        subscribe(from_tag="a"),
        ask("subscribe answer", to_tag="r"),
        ask("subscribe answer", sdp=sdp(C, LISTENING)),
        accept(to_tag="zzz"),
        accept(sdp="hello"),
        says=("No SDP body in message", "No to-tag in message", "To-tag not found", "Failed to parse SDP"),
    ),
    _refused(
        "unsubscribe what is not there",
        *CALL,
        ask("unsubscribe"),
        unsubscribe(to_tag="zzz"),
        unsubscribe(call_id="zzz"),
        says=("No to-tag in message", "To-tag not found", "Unknown call-ID"),
    ),
)

PUBLISHERS = (
    _case("publish", publish(sdp(A, AUDIO_A + MORE)), QUERY),
    _case("publish again", publish(sdp(A, AUDIO_A)), publish(sdp(C, AUDIO_A)), QUERY),
    _case("publish without sending", publish(sdp(A, direction(AUDIO_A, "inactive")))),
    _case("publish only sending", publish(sdp(A, direction(AUDIO_A, "sendonly")))),
    _case("publish multiplexed", publish(sdp(A, AUDIO_A + "\na=rtcp-mux"))),
    _case("publish on an interface", publish(sdp(A, AUDIO_A), interface="pub", label="x"), QUERY),
    _case("publish in IPv6", publish(sdp("2001:db8:a::1", AUDIO_A))),
    _case("publish and subscribe", publish(sdp(A, AUDIO_A)), subscribe(from_tag="p"), accept(), QUERY),
    _refused("publish without SDP", ask("publish", from_tag="p"), says=("No SDP body in message",)),
    _refused(
        "publishers do not offer",
        publish(sdp(A, AUDIO_A)),
        offer(sdp(A, AUDIO_A), from_tag="p"),
        says=("Invalid dialogue association",),
    ),
)

CONNECTIONS = (
    _case("connect", *CALL, *SECOND, connect(), QUERY),
    _case("connect and take back", *CALL, *SECOND, connect(), again(sdp(A, AUDIO_A)), answer(sdp(B, AUDIO_B)), QUERY),
    _case("connect two calls", *CALL, *SECOND_CALL, connect(to_call_id="second"), QUERY),
    _case("connect with a subscriber", *CALL, *SECOND, subscribe(from_tag="b"), accept(), connect(), QUERY),
    _refused(
        "connect what is not there",
        *CALL,
        ask("connect", from_tag="b"),
        ask("connect", to_tag="b"),
        connect(from_tag="zzz"),
        connect(to_call_id="zzz"),
        says=(
            "No to-tag in message",
            "No medias found (no monologues matched)",
            "From-tag given, but no such tag exists",
            "Unknown to-tag call-ID",
        ),
    ),
)

CREATIONS = (
    _case("create", ask("create", from_tag="f"), ask("create", from_tag="f", label="x"), QUERY),
    _case("create with codecs", ask("create", from_tag="f", codec={"offer": ["PCMA", "telephone-event", "opus"]})),
    _case("create on an interface", ask("create", from_tag="f", interface="pub", transport_protocol="RTP/AVPF")),
    _case(
        "create, answer and connect",
        ask("create", from_tag="f"),
        ask("create", from_tag="g"),
        ask("create answer", from_tag="f", sdp=sdp(A, AUDIO_B)),
        ask("create answer", from_tag="g", sdp=sdp(B, AUDIO_B)),
        ask("connect", from_tag="f", to_tag="g"),
        QUERY,
    ),
    _refused(
        "create answers that fit nothing",
        ask("create", from_tag="f"),
        ask("create answer", sdp=sdp(A, AUDIO_B)),
        ask("create answer", from_tag="f"),
        ask("create answer", from_tag="zzz", sdp=sdp(A, AUDIO_B)),
        ask("create answer", from_tag="f", sdp="hello"),
        says=("No from-tag in message", "No SDP body in message", "from-tag not found", "Failed to parse SDP"),
    ),
    _refused(
        "create answer without a call",
        ask("create answer", from_tag="f", sdp=sdp(A, AUDIO_B)),
        says=("unknown call-ID",),
    ),
)

# Some of the others end the process of 10.5.
KNOWN_TO_10_5 = tuple(
    case
    for case in (*SUBSCRIPTIONS, *PUBLISHERS)
    if case.name in ("subscribe to one", "subscribe with SIPREC", "subscribe again", "unsubscribe", "publish")
)
HEARING = tuple(case for case in (*SUBSCRIPTIONS, *PUBLISHERS, *CONNECTIONS, *CREATIONS) if case not in KNOWN_TO_10_5)
