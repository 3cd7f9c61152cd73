"""What is asked of both daemons side by side: short conversations in ng, with plain RTP and with other media.

A step is an ng dictionary without call-id (each case has its own call, named after it) or raw bytes behind a cookie.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Step = Mapping[str, Any] | bytes

A, B, C = "198.51.100.1", "198.51.100.2", "198.51.100.3"
A6, B6 = "2001:db8:a::1", "2001:db8:b::1"
PCMU = ("a=rtpmap:0 PCMU/8000",)
EVENTS = ("a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15")


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation, and how each of its replies begins to be judged: ``ok``, ``pong`` or the exact error text.

    ``newest_says``: the same of release 26, where it is another; None for a reply that says nothing.
    """

    name: str
    steps: tuple[Step, ...]
    says: tuple[str, ...]
    newest_says: tuple[str | None, ...] = ()


def sdp(host: str, *media: str, session: tuple[str, ...] = (), connection: bool = True) -> str:
    """A document of ``host``; each medium is its lines, joined by LF."""
    family = "IP6" if ":" in host else "IP4"
    lines = ["v=0", f"o=user 77 5 IN {family} {host}", "s=demo"]
    lines += [f"c=IN {family} {host}"] if connection else []
    lines += ["t=0 0", *session, *media]
    return "\n".join(lines).replace("\n", "\r\n") + "\r\n"


def medium(line: str, *attributes: str) -> str:
    """``audio 4000 RTP/AVP 0`` and its lines."""
    return "\n".join((f"m={line}", *attributes))


AUDIO_A = medium("audio 4000 RTP/AVP 0 8 101", *PCMU, "a=rtpmap:8 PCMA/8000", *EVENTS, "a=sendrecv")
AUDIO_B = medium("audio 5000 RTP/AVP 0 101", *PCMU, *EVENTS, "a=sendrecv")
VIDEO_A = medium("video 4002 RTP/AVP 97", "a=rtpmap:97 H264/90000", "a=fmtp:97 profile-level-id=42e01f")
VIDEO_B = medium("video 5002 RTP/AVP 97", "a=rtpmap:97 H264/90000", "a=fmtp:97 profile-level-id=42e01f")
FAX_A = medium("image 4004 udptl t38", "a=T38FaxVersion:0", "a=T38MaxBitRate:14400")
FAX_B = medium("image 5004 udptl t38", "a=T38FaxVersion:0", "a=T38MaxBitRate:9600")
DATA_A = medium("application 4006 UDP/BFCP *", "a=floorctrl:c-only")


def offer(body: str, **keys: Any) -> Step:
    return {"command": "offer", "from-tag": "a", "sdp": body, **_hyphened(keys)}


def answer(body: str, **keys: Any) -> Step:
    return {"command": "answer", "from-tag": "a", "to-tag": "b", "sdp": body, **_hyphened(keys)}


def again(body: str, **keys: Any) -> Step:
    """A re-INVITE of the caller."""
    return offer(body, **{"to_tag": "b", **keys})


def back(body: str, **keys: Any) -> Step:
    """A re-INVITE of the callee."""
    return offer(body, **{"from_tag": "b", "to_tag": "a", **keys})


def ask(command: str, **keys: Any) -> Step:
    return {"command": command, **_hyphened(keys)}


def _hyphened(keys: Mapping[str, Any]) -> dict[str, Any]:
    return {name.replace("_", "-"): value for name, value in keys.items()}


def direction(medium_text: str, word: str) -> str:
    return "\n".join(line for line in medium_text.split("\n") if line != "a=sendrecv") + f"\na={word}"


OK = ("ok",)
OFFER, ANSWER = offer(sdp(A, AUDIO_A)), answer(sdp(B, AUDIO_B))
CALL = (OFFER, ANSWER)


def _call(name: str, offered: str, answered: str, **keys: Any) -> Case:
    """Offer and answer; the keys go with the offer."""
    return Case(name, (offer(offered, **keys), answer(answered)), OK * 2)


def _plain(name: str, **keys: Any) -> Case:
    return _call(name, sdp(A, AUDIO_A), sdp(B, AUDIO_B), **keys)


_BRANCHES = (
    offer(sdp(A, AUDIO_A), via_branch="b1"),
    offer(sdp(A, AUDIO_A), via_branch="b2"),
    answer(sdp(B, AUDIO_B), via_branch="b1"),
    answer(sdp(C, AUDIO_B), via_branch="b2", to_tag="c"),
)

MEDIA = (
    _plain("plain"),
    _call(
        "no rtpmap for static types",
        sdp(A, medium("audio 4000 RTP/AVP 0 8 9 18")),
        sdp(B, medium("audio 5000 RTP/AVP 0")),
    ),
    _call(
        "connection in the media section",
        sdp(A, AUDIO_A.replace("\n", f"\nc=IN IP4 {A}\n", 1), connection=False),
        sdp(B, AUDIO_B.replace("\n", f"\nc=IN IP4 {B}\n", 1), connection=False),
    ),
    _call(
        "own lines and bandwidth",
        sdp(A, AUDIO_A + "\na=foo:bar\na=label:x\na=ptime:20", session=("b=AS:64", "a=sess:1")),
        sdp(B, AUDIO_B),
    ),
    _call("audio and video", sdp(A, AUDIO_A, VIDEO_A), sdp(B, AUDIO_B, VIDEO_B)),
    _call("video rejected by the answer", sdp(A, AUDIO_A, VIDEO_A), sdp(B, AUDIO_B, VIDEO_B.replace("5002", "0"))),
    _call(
        "video rejected in the offer",
        sdp(A, AUDIO_A, VIDEO_A.replace("4002", "0")),
        sdp(B, AUDIO_B, VIDEO_B.replace("5002", "0")),
    ),
    Case(
        "all rejected by the answer",
        (offer(sdp(A, AUDIO_A)), answer(sdp(B, AUDIO_B.replace("5000", "0")))),
        OK * 2,
        newest_says=("ok", "Error rewriting SDP"),
    ),
    _call("fewer media in the answer", sdp(A, AUDIO_A, VIDEO_A), sdp(B, AUDIO_B)),
    _call(
        "two audio streams",
        sdp(A, AUDIO_A, AUDIO_A.replace("4000", "4010")),
        sdp(B, AUDIO_B, AUDIO_B.replace("5000", "5010")),
    ),
    _call("explicit rtcp", sdp(A, AUDIO_A + "\na=rtcp:4500"), sdp(B, AUDIO_B + "\na=rtcp:5500 IN IP4 198.51.100.9")),
    _call("port count", sdp(A, AUDIO_A.replace("4000", "4000/2")), sdp(B, AUDIO_B)),
    _call("fax", sdp(A, FAX_A), sdp(B, FAX_B)),
    _call("audio and fax", sdp(A, AUDIO_A, FAX_A), sdp(B, AUDIO_B, FAX_B)),
    _call("bfcp", sdp(A, AUDIO_A, DATA_A), sdp(B, AUDIO_B, DATA_A.replace("4006", "5006"))),
)

DIRECTIONS = (
    _call("sendonly", sdp(A, direction(AUDIO_A, "sendonly")), sdp(B, direction(AUDIO_B, "recvonly"))),
    _call("inactive", sdp(A, direction(AUDIO_A, "inactive")), sdp(B, direction(AUDIO_B, "inactive"))),
    _call("direction of the session", sdp(A, direction(AUDIO_A, "ptime:20"), session=("a=sendonly",)), sdp(B, AUDIO_B)),
    _call("answer to inactive is not corrected", sdp(A, direction(AUDIO_A, "inactive")), sdp(B, AUDIO_B)),
    Case("zero address", (offer(sdp("0.0.0.0", AUDIO_A)), answer(sdp(B, direction(AUDIO_B, "recvonly")))), OK * 2),
    Case(
        "hold and resume",
        (
            *CALL,
            again(sdp(A, direction(AUDIO_A, "sendonly"))),
            answer(sdp(B, direction(AUDIO_B, "recvonly"))),
            again(sdp(A, AUDIO_A)),
            answer(sdp(B, AUDIO_B)),
        ),
        OK * 6,
    ),
    Case(
        "hold by zero address",
        (*CALL, again(sdp("0.0.0.0", AUDIO_A)), answer(sdp(B, direction(AUDIO_B, "recvonly")))),
        OK * 4,
    ),
)

RENEGOTIATION = (
    Case("repeated offer", (OFFER, OFFER, ANSWER), OK * 3),
    Case(
        "re-INVITE of the callee",
        (*CALL, back(sdp(B, AUDIO_B)), answer(sdp(A, AUDIO_A), from_tag="b", to_tag="a")),
        OK * 4,
    ),
    Case("new address in a re-INVITE", (*CALL, again(sdp(C, AUDIO_A)), ANSWER), OK * 4),
    Case("video is added", (*CALL, again(sdp(A, AUDIO_A, VIDEO_A)), answer(sdp(B, AUDIO_B, VIDEO_B))), OK * 4),
    Case(
        "video is removed and comes back",
        (
            offer(sdp(A, AUDIO_A, VIDEO_A)),
            answer(sdp(B, AUDIO_B, VIDEO_B)),
            again(sdp(A, AUDIO_A, VIDEO_A.replace("4002", "0"))),
            answer(sdp(B, AUDIO_B, VIDEO_B.replace("5002", "0"))),
            again(sdp(A, AUDIO_A, VIDEO_A)),
            answer(sdp(B, AUDIO_B, VIDEO_B)),
        ),
        OK * 6,
    ),
    Case("second answer of the same party", (*CALL, answer(sdp(C, AUDIO_B))), OK * 3),
    Case("forked branches", _BRANCHES, OK * 4),
    Case("a branch is deleted", (*_BRANCHES, ask("delete", from_tag="a", via_branch="b1"), ask("list")), ("ok",) * 6),
)

FLAGS = (
    _plain("replace origin", replace=["origin"]),
    _plain("replace session-connection", replace=["session-connection"]),
    _plain("replace as Kamailio says it", replace=["origin", "session-connection"], received_from=["IP4", A]),
    _plain("replace as flags", flags=["replace-origin", "replace-session-connection"]),
    _plain("SIP-source-address", flags=["SIP-source-address"], received_from=["IP4", "192.0.2.200"]),
    _plain("trust-address", flags=["trust-address"], received_from=["IP4", "192.0.2.200"]),
    _plain("no rtcp attribute", flags=["no-rtcp-attribute"]),
    _plain("full rtcp attribute", flags=["full-rtcp-attribute"]),
    _plain("original sendrecv", flags=["original-sendrecv"]),
    _plain("media address", media_address="203.0.113.200"),
    _plain("interfaces", direction=["priv", "pub"]),
    _plain("unknown interface", direction=["priv", "moon"]),
    _plain("unknown flags and keys", flags=["frobnicate"], frobnication="yes"),
    _plain("asymmetric", flags=["asymmetric"]),
    _plain("label", label="caller"),
    _plain("to AVPF", transport_protocol="RTP/AVPF"),
    Case(
        "AVPF to AVP",
        (
            offer(sdp(A, AUDIO_A.replace("AVP", "AVPF") + "\na=rtcp-fb:* nack"), **{"transport-protocol": "RTP/AVP"}),
            ANSWER,
        ),
        OK * 2,
    ),
)

MUX_A, MUX_B = sdp(A, AUDIO_A + "\na=rtcp-mux"), sdp(B, AUDIO_B + "\na=rtcp-mux")
MULTIPLEXING = (
    _call("mux offered and taken", MUX_A, MUX_B),
    _call("mux offered and not taken", MUX_A, sdp(B, AUDIO_B)),
    _call("mux=offer, taken", sdp(A, AUDIO_A), MUX_B, rtcp_mux=["offer"]),
    _call("mux=offer, not taken", sdp(A, AUDIO_A), sdp(B, AUDIO_B), rtcp_mux=["offer"]),
    _call("mux=require", sdp(A, AUDIO_A), MUX_B, rtcp_mux=["require"]),
    _call("mux=demux", MUX_A, sdp(B, AUDIO_B), rtcp_mux=["demux"]),
    _call("mux=accept", MUX_A, sdp(B, AUDIO_B), rtcp_mux=["accept"]),
    _call("mux=reject", MUX_A, MUX_B, rtcp_mux=["reject"]),
)

FAMILIES = (
    _call("IPv6", sdp(A6, AUDIO_A), sdp(B6, AUDIO_B)),
    _call("IPv6 with replaced origin", sdp(A6, AUDIO_A), sdp(B6, AUDIO_B), replace=["origin"]),
    _call("IPv4 to IPv6", sdp(A, AUDIO_A), sdp(B6, AUDIO_B), address_family="IP6"),
    _call("IPv6 to IPv4", sdp(A6, AUDIO_A), sdp(B, AUDIO_B), address_family="IP4"),
)

_UNKNOWN = "Unknown call-id"
ERRORS = (
    Case("offer without SDP", (ask("offer", from_tag="a"), ask("list")), ("No SDP body in message", "ok")),
    Case("offer without from-tag", (ask("offer", sdp=sdp(A, AUDIO_A)), ask("list")), ("No from-tag in message", "ok")),
    Case("offer that is no SDP", (offer("hello"), ask("list")), ("Failed to parse SDP", "ok")),
    Case("answer without a call", (ANSWER, ask("list")), (_UNKNOWN, "ok")),
    Case(
        "answer without to-tag",
        (OFFER, ask("answer", from_tag="a", sdp=sdp(B, AUDIO_B))),
        ("ok", "No to-tag in message"),
    ),
    Case(
        "media without an address",
        (offer(sdp(A, AUDIO_A, connection=False)), ask("list")),
        ("Incomplete SDP specification", "ok"),
    ),
    Case(
        "talking to oneself",
        (*CALL, again(sdp(A, AUDIO_A), to_tag="a")),
        OK * 3,
        newest_says=("ok", "ok", "Invalid dialogue association"),
    ),
    Case("unknown command", (ask("frobnicate"),), ("Unrecognized command",)),
    Case("query without a call", (ask("query"),), (_UNKNOWN,)),
    Case("no command", (b"d7:call-id1:xe",), ('Dictionary contains no key "command"',)),
    Case("empty payload", (b"",), ("Invalid data (no payload)",), newest_says=(None,)),
    Case("neither bencode nor JSON", (b"hello",), ("Invalid NG data format",), newest_says=(None,)),
    Case("broken bencode", (b"d7:commandi5",), ("Could not decode bencode dictionary",), newest_says=(None,)),
    Case("broken JSON", (b"{oops",), ("Failed to parse JSON document",), newest_says=(None,)),
    Case("ping", (b"d7:command4:pinge",), ("pong",)),
    Case("ping in JSON", (b'{"command": "ping"}',), ("pong",)),
    Case("unsorted and doubled keys", (b"d4:zzzz1:a7:command4:ping4:aaaa1:b4:aaaa1:ce",), ("pong",)),
)

LIFECYCLE = (
    Case("query", (*CALL, ask("query")), OK * 3),
    Case("query of one party", (*CALL, ask("query", from_tag="a")), OK * 3),
    Case("list", (*CALL, ask("list", limit=10)), OK * 3),
    Case(
        "delete",
        (*CALL, ask("delete", from_tag="a", delete_delay=0), ask("list"), ask("query")),
        ("ok",) * 4 + (_UNKNOWN,),
    ),
    Case("delete before the answer", (OFFER, ask("delete", from_tag="a", delete_delay=0), ask("list")), OK * 3),
    Case(
        "delete as Kamailio says it",
        (*CALL, ask("delete", from_tag="a", received_from=["IP4", A]), ask("list")),
        OK * 4,
    ),
    Case(
        "delete with both tags", (*CALL, ask("delete", from_tag="a", to_tag="b", flags=["to-tag"]), ask("list")), OK * 4
    ),
    Case("delete with a strange tag", (*CALL, ask("delete", from_tag="zzz"), ask("list")), OK * 4),
    Case("delete of nothing", (ask("delete", from_tag="a"),), OK),
    Case(
        "fatal delete of nothing",
        (ask("delete", from_tag="a", flags=["fatal"]),),
        ("Call-ID not found or tags didn't match",),
    ),
    Case("delete twice", (*CALL, ask("delete", from_tag="a", delete_delay=0), ask("delete", from_tag="a")), OK * 4),
    Case(
        "an offer cancels the deletion",
        (*CALL, ask("delete", from_tag="a", delete_delay=5), again(sdp(A, AUDIO_A)), ask("list")),
        OK * 5,
    ),
)

CASES = (*MEDIA, *DIRECTIONS, *RENEGOTIATION, *FLAGS, *MULTIPLEXING, *FAMILIES, *ERRORS, *LIFECYCLE)
