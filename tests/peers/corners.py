"""Conversations at the edges, asked of the newest release: what is rare, or known to differ for a reason of its own."""

from typing import Any

from tests.peers.bundles import BUNDLES
from tests.peers.cases import (
    A6,
    AUDIO_A,
    AUDIO_B,
    B6,
    CALL,
    OK,
    VIDEO_A,
    A,
    B,
    C,
    Case,
    again,
    answer,
    ask,
    back,
    medium,
    offer,
    sdp,
)

ONE = medium("audio 4000 RTP/AVP 0")
TWO = medium("audio 5000 RTP/AVP 0")
OFF = medium("audio 0 RTP/AVP 8 0")
PLAIN = medium("audio 4010 RTP/AVP 0")
EXTENDED = medium("audio 4010 RTP/AVP 0", "a=extmap:1 urn:x")
ZERO6 = sdp(A6, ONE).replace(f"c=IN IP6 {A6}", "c=IN IP6 ::")
MSRP = medium("message 4008 TCP/MSRP *", "a=path:msrp://x:1/y;tcp")
CHANGED = medium("audio 4000 RTP/AVP 0", "a=sendonly")


def _case(name: str, *steps: Any) -> Case:
    return Case(name, steps, OK * len(steps))


def _call(name: str, offered: str, answered: str, **keys: Any) -> Case:
    return _case(name, offer(offered, **keys), answer(answered))


REFUSED = (
    _case("refused media under another profile", offer(sdp(A, ONE, OFF), transport_protocol="RTP/AVPF")),
    _case("refused media with a media address", offer(sdp(A, ONE, OFF), media_address="203.0.113.200")),
    _case("refused media with an address of another family", offer(sdp(A, ONE, OFF), media_address="2001:db8::9")),
    _case(
        "a mid is generated that is taken",
        offer(sdp(A, ONE, f"{VIDEO_A}\na=mid:1")),
        answer(sdp(B, TWO, VIDEO_A)),
        again(sdp(A, ONE, VIDEO_A), flags=["generate-mid"]),
    ),
    _case(
        "extensions come back after a refusal",
        offer(sdp(A, ONE, EXTENDED)),
        answer(sdp(B, TWO, PLAIN)),
        back(sdp(B, TWO, PLAIN)),
        answer(sdp(A, ONE, OFF), from_tag="b", to_tag="a"),
        back(sdp(B, TWO, EXTENDED)),
    ),
    _case(
        "medium of another family is added on hold",
        offer(sdp(A, ONE)),
        back(sdp(B6, TWO, PLAIN).replace(f"c=IN IP6 {B6}", "c=IN IP6 ::")),
    ),
    _case(
        "media refused in IPv6 with a media address of IPv4",
        offer(sdp(A6, ONE, PLAIN)),
        answer(sdp(B6, TWO, OFF), media_address="203.0.113.200"),
    ),
)

INTERFACES = (
    _case("interfaces of a re-offer", *CALL, again(sdp(A, AUDIO_A), direction=["pub", "pub"])),
    _case("interfaces of a second destination", CALL[0], offer(sdp(A, AUDIO_A), direction=["priv", "pub"])),
    _case("interfaces of an answer", CALL[0], answer(sdp(B, AUDIO_B), direction=["pub", "pub"])),
    _case("family of an answer", CALL[0], answer(sdp(B, AUDIO_B), address_family="IP6")),
    _case("an answerer of another family is offered again", CALL[0], answer(sdp(B6, AUDIO_B)), again(sdp(A, AUDIO_A))),
    _case("IPv6 hold by zero address", offer(sdp(A6, ONE)), answer(sdp(B6, TWO)), again(ZERO6)),
    _case("first offer on hold in IPv6", offer(ZERO6)),
)

DOCUMENT = (
    _call("dynamic type without rtpmap", sdp(A, medium("audio 4000 RTP/AVP 0 104")), sdp(B, TWO)),
    _call("rtpmaps of odd shape", sdp(A, medium("audio 4000 RTP/AVP 0 8 9", "a=rtpmap:0 pcmu/8000/1")), sdp(B, TWO)),
    _call("telephone-event parameters", sdp(A, AUDIO_A), sdp(B, AUDIO_B.replace("0-15", "0-16"))),
    _call("events without parameters in the answer", sdp(A, AUDIO_A), sdp(B, AUDIO_B.replace("\na=fmtp:101 0-15", ""))),
    _call("events without parameters in the offer", sdp(A, AUDIO_A.replace("\na=fmtp:101 0-15", "")), sdp(B, AUDIO_B)),
    _call(
        "extension of one direction", sdp(A, medium("audio 4000 RTP/AVP 0", "a=extmap:3/sendonly urn:x")), sdp(B, TWO)
    ),
    _call("extensions of the session", sdp(A, ONE, session=("a=extmap:3 urn:x",)), sdp(B, TWO)),
    _call("direction of the session against the media", sdp(A, AUDIO_A, session=("a=sendonly",)), sdp(B, AUDIO_B)),
    _call("the flag inactive", sdp(A, AUDIO_A), sdp(B, AUDIO_B), flags=["inactive"]),
    _call("rtcp-mux of the session", sdp(A, ONE, session=("a=rtcp-mux",)), sdp(B, TWO)),
    _call("feedback for all", sdp(A, medium("audio 4000 RTP/AVPF 0", "a=x:1", "a=rtcp-fb:* nack")), sdp(B, TWO)),
    _call("bandwidths", sdp(A, f"{ONE}\nb=TIAS:1\nb=AS:5\nb=AS:6", session=("b=CT:1", "b=X-a:1")), sdp(B, TWO)),
    _call("groups", sdp(A, f"{ONE}\na=mid:1", session=("a=group:LS 1", "a=group:BUNDLE 1")), sdp(B, TWO)),
    _call("generated mids", sdp(A, f"{ONE}\na=mid:2", VIDEO_A), sdp(B, TWO), flags=["generate-mid"]),
    _call("fax in capitals", sdp(A, ONE, medium("image 4004 UDPTL t38")), sdp(B, TWO, medium("image 5004 UDPTL t38"))),
    _call(
        "fax refused",
        sdp(A, ONE, medium("image 4004 udptl t38", "a=x")),
        sdp(B, TWO, medium("image 0 udptl t38", "a=y")),
    ),
    _call("messages", sdp(A, ONE, MSRP), sdp(B, TWO, MSRP)),
    _call("messages with a media address", sdp(A, ONE, MSRP), sdp(B, TWO, MSRP), media_address="203.0.113.200"),
    _case(
        "packet times", offer(sdp(A, f"{ONE}\na=ptime:20")), answer(sdp(B, f"{TWO}\na=ptime:30")), again(sdp(A, ONE))
    ),
    _case(
        "mids",
        offer(sdp(A, f"{ONE}\na=mid:0")),
        answer(sdp(B, f"{TWO}\na=mid:9")),
        back(sdp(B, f"{TWO}\na=mid:7")),
        again(sdp(A, ONE)),
    ),
    _call("video that is not told of", sdp(A, ONE, VIDEO_A), sdp(B, TWO), sdp_media_remove=["video"]),
    _call("no common codec", sdp(A, medium("audio 4000 RTP/AVP 0 8")), sdp(B, medium("audio 5000 RTP/AVP 9 18"))),
    _call(
        "no common codec that is known", sdp(A, ONE), sdp(B, medium("audio 5000 RTP/AVP 98", "a=rtpmap:98 AMR/8000"))
    ),
    _call(
        "events only in the answer",
        sdp(A, AUDIO_A),
        sdp(B, medium("audio 5000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000")),
    ),
    _call("only codec stripped", sdp(A, AUDIO_A), sdp(B, AUDIO_A), codec={"strip": ["PCMA", "PCMU"]}),
    _call("video codec that was not offered", sdp(A, VIDEO_A), sdp(B, VIDEO_A.replace(" 97", " 97 34", 1))),
    _case("fewer media in a re-offer", offer(sdp(A, ONE, VIDEO_A)), answer(sdp(B, TWO, VIDEO_A)), again(sdp(A, ONE))),
)

ORIGIN = (
    _case("origin replaced from the re-offer on", *CALL, again(sdp(A, AUDIO_A), replace=["origin"])),
    _case("version counted from the re-offer on", *CALL, again(sdp(A, CHANGED), replace=["sdp-version"])),
    _case(
        "whole origin kept over a change",
        offer(sdp(A, ONE), replace=["origin-full"]),
        CALL[1],
        again(sdp(A, CHANGED), replace=["origin-full"]),
    ),
    _case(
        "whole origin kept when the answerer has moved",
        CALL[0],
        answer(sdp(B, AUDIO_B), replace=["origin-full"]),
        back(sdp(C, AUDIO_B), replace=["origin-full"]),
    ),
    _case("zero-address in a re-offer", *CALL, again(sdp("0.0.0.0", AUDIO_A), replace=["zero-address"])),
)

DIALOGUES = (
    _case(
        "one destination after the other",
        CALL[0],
        CALL[1],
        CALL[0],
        answer(sdp(B, AUDIO_B), to_tag="c"),
        ask("query"),
    ),
    _case(
        "rtcp-mux ended",
        offer(sdp(A, f"{ONE}\na=rtcp-mux")),
        answer(sdp(B, f"{TWO}\na=rtcp-mux")),
        again(sdp(A, ONE)),
        answer(sdp(B, TWO)),
    ),
    _case("rtcp-mux offered twice", offer(sdp(A, f"{ONE}\na=rtcp-mux")), offer(sdp(A, f"{ONE}\na=rtcp-mux"))),
    _case("rtcp-mux that nobody offered", offer(sdp(A, ONE)), answer(sdp(B, f"{TWO}\na=rtcp-mux")), again(sdp(A, ONE))),
    _case("query of both", *CALL, ask("query", from_tag="a", to_tag="b")),
    _case("metadata", offer(sdp(A, ONE), metadata="about"), ask("query")),
    Case(
        "delay of the deletion in an offer",
        (offer(sdp(A, ONE), delete_delay=0), ask("delete", from_tag="a"), ask("query")),
        OK * 3,
    ),
)

CORNERS = (*REFUSED, *INTERFACES, *DOCUMENT, *ORIGIN, *DIALOGUES, *BUNDLES)
