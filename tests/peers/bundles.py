"""Bundles (RFC 9143) beside release 26: the words of the key, header extensions, and what re-offers keep."""

from typing import Any

from sipcore.extensions import MID
from tests.peers.cases import OK, A, B, Case, Step, again, answer, ask, back, medium, offer, sdp

GROUP = ("a=group:BUNDLE a v",)
NUMBERS = ("a=group:BUNDLE 1 2",)


def audio(port: int, *lines: str, formats: str = "0 8") -> str:
    return medium(f"audio {port} RTP/AVP {formats}", *(f"a={line}" for line in lines))


def video(port: int, *lines: str) -> str:
    return medium(f"video {port} RTP/AVP 96", "a=rtpmap:96 VP8/90000", *(f"a={line}" for line in lines))


MINE = sdp(A, audio(4000, "mid:a"), video(4000, "mid:v"), session=GROUP)
MINE_APART = sdp(A, audio(4000, "mid:a"), video(4002, "mid:v"))
PLAIN = sdp(A, audio(4000), video(4002))
HIS = sdp(B, audio(5000, "mid:a"), video(5002, "mid:v"))
HIS_BUNDLED = sdp(B, audio(5000, "mid:a"), video(5000, "mid:v"), session=GROUP)
NUMBERED = sdp(B, audio(5000, "mid:1"), video(5000, "mid:2"), session=NUMBERS)
NUMBERED_APART = sdp(B, audio(5000, "mid:1"), video(5002, "mid:2"))
BOTH = {"bundle": ["accept", "offer"]}
TALK = (offer(MINE, **BOTH), answer(HIS_BUNDLED))
ACCEPTED = (offer(MINE, bundle=["accept"]), answer(HIS))
OFFERED = (offer(PLAIN, bundle=["offer"]), answer(NUMBERED))


def _case(name: str, *steps: Step) -> Case:
    return Case(f"bundle {name}", steps, OK * len(steps))


def _call(name: str, offered: str, answered: str, *words: str, **keys: Any) -> Case:
    return _case(name, offer(offered, **({"bundle": [*words]} if words else {}), **keys), answer(answered))


def _extended(port: int, number: int, *, video_too: bool = True) -> tuple[str, str]:
    lines = (f"extmap:{number} {MID}",)
    return audio(port, "mid:a", *lines), video(port, "mid:v", *(lines if video_too else ()))


FIRST = (
    _call("by default", MINE, HIS_BUNDLED),
    _call("accept", MINE, HIS, "accept"),
    _call("accept from several ports", MINE.replace("video 4000", "video 4002"), HIS, "accept"),
    _call("accept in another order", MINE.replace("BUNDLE a v", "BUNDLE v a"), HIS, "accept"),
    _call("accept, no mids in the answer", MINE, sdp(B, audio(5000), video(5002)), "accept"),
    _call("accept, video refused", MINE, sdp(B, audio(5000), video(0)), "accept"),
    _call("accept, audio refused", MINE, sdp(B, audio(0), video(5002)), "accept"),
    _call("accept without a group", PLAIN, NUMBERED_APART, "accept"),
    _call("accept of one section", sdp(A, audio(4000, "mid:a"), session=("a=group:BUNDLE a",)), sdp(B, audio(5000))),
    _call("reject", MINE, HIS, "reject"),
    _call("offer", PLAIN, NUMBERED, "offer"),
    _call("offer declined", PLAIN, NUMBERED_APART, "offer"),
    _call("offer answered in another order", PLAIN, NUMBERED.replace("BUNDLE 1 2", "BUNDLE 2 1"), "offer"),
    _call("offer with some mids", sdp(A, audio(4000), video(4002, "mid:1")), NUMBERED, "offer"),
    _call(
        "offer of one section",
        sdp(A, audio(4000)),
        sdp(B, audio(5000, "mid:1"), session=("a=group:BUNDLE 1",)),
        "offer",
    ),
    _call("require", PLAIN, NUMBERED, "require"),
    _call("require declined", PLAIN, NUMBERED_APART, "require"),
    _call("strict", PLAIN, NUMBERED, "strict"),
    _call("strict, first section refused", sdp(A, audio(0), video(4002)), sdp(B, audio(0), video(5000)), "strict"),
    _call("both sides", MINE, HIS_BUNDLED, "accept", "offer"),
    _call("accept and require", MINE, HIS_BUNDLED, "accept", "require"),
    _call("by flag", PLAIN, NUMBERED, flags=["BUNDLE-offer"]),
    _call("nobody has asked for", MINE_APART, HIS_BUNDLED),
    _call("offered in a bundle only", MINE.replace("video 4000", "video 0") + "a=bundle-only\r\n", HIS, "accept"),
    _call(
        "fax",
        sdp(A, audio(4000), medium("image 4002 udptl t38"), video(4004)),
        sdp(
            B,
            audio(5000, "mid:1"),
            medium("image 5002 udptl t38"),
            video(5000, "mid:3"),
            session=("a=group:BUNDLE 1 3",),
        ),
        "offer",
    ),
    _call(
        "section removed",
        MINE,
        sdp(B, audio(5000, "mid:a"), session=("a=group:BUNDLE a",)),
        **BOTH,
        sdp_media_remove=["video"],
    ),
    _call(
        "multiplexed",
        MINE.replace("a=mid", "a=rtcp-mux\r\na=mid"),
        HIS_BUNDLED.replace("a=mid", "a=rtcp-mux\r\na=mid"),
        **BOTH,
    ),
    _call("muxing required", PLAIN, NUMBERED.replace("a=mid", "a=rtcp-mux\r\na=mid"), "require", rtcp_mux=["require"]),
)

EXTENSIONS = (
    _call(
        "mid extension of both",
        sdp(A, *_extended(4000, 4), session=GROUP),
        sdp(B, *_extended(5000, 4), session=GROUP),
        **BOTH,
    ),
    _call("mid extension of the offerer", sdp(A, *_extended(4000, 4), session=GROUP), HIS, "accept"),
    _call(
        "mid extension of one section", sdp(A, *_extended(4000, 4, video_too=False), session=GROUP), HIS_BUNDLED, **BOTH
    ),
    _call(
        "ids in use",
        sdp(A, audio(4000, "extmap:1 urn:x", "extmap:3 urn:y"), video(4002, "extmap:2 urn:z")),
        NUMBERED,
        "offer",
    ),
    _call(
        "no extension passes",
        sdp(A, audio(4000, "extmap:1 urn:x"), video(4002)),
        NUMBERED,
        "offer",
        flags=["strip-extmap"],
    ),
    _call(
        "one extension passes not",
        sdp(A, audio(4000, "extmap:1 urn:x", "extmap:2 urn:y"), video(4002)),
        NUMBERED,
        "offer",
        extmap={"strip": ["urn:x"]},
    ),
    _call(
        "same types",
        sdp(A, audio(4000, "mid:a"), audio(4000, "mid:v"), session=GROUP),
        sdp(B, audio(5000), audio(5002)),
        "accept",
    ),
    _call(
        "same types with mid extension",
        sdp(A, *(audio(4000, f"mid:{mid}", f"extmap:4 {MID}") for mid in "av"), session=GROUP),
        sdp(B, audio(5000), audio(5002)),
        "accept",
    ),
)

LATER = (
    _case("kept by a re-offer", *TALK, again(MINE), answer(HIS_BUNDLED)),
    _case("kept by a re-offer with words", *TALK, again(MINE, **BOTH), answer(HIS_BUNDLED)),
    _case("kept by an offer of the other side", *TALK, back(HIS_BUNDLED), answer(MINE, from_tag="b", to_tag="a")),
    _case("accepted before", *ACCEPTED, again(MINE), answer(HIS)),
    _case("offered back", *ACCEPTED, back(HIS), answer(MINE, from_tag="b", to_tag="a")),
    _case("agreed before", *OFFERED, again(PLAIN), answer(NUMBERED)),
    _case("left", *ACCEPTED, again(MINE_APART, bundle=["accept"]), answer(HIS)),
    _case("ended by the proxy", *ACCEPTED, again(MINE, bundle=["reject"]), answer(HIS)),
    _case("begun later", offer(PLAIN), answer(NUMBERED_APART), again(PLAIN, bundle=["require"]), answer(NUMBERED)),
    _case("told of", *TALK, ask("query")),
    _case("on hold", *TALK, again(MINE + "a=sendonly\r\n", **BOTH), answer(HIS_BUNDLED)),
    _case(
        "grows",
        *TALK,
        again(MINE.replace("BUNDLE a v", "BUNDLE a v x") + audio(4000, "mid:x", formats="9") + "\r\n", **BOTH),
        answer(HIS_BUNDLED.replace("BUNDLE a v", "BUNDLE a v x") + audio(5000, "mid:x", formats="9") + "\r\n"),
    ),
    _case(
        "loses its first section",
        *TALK,
        again(sdp(A, audio(0, "mid:a"), video(4000, "mid:v"), session=("a=group:BUNDLE v",)), **BOTH),
        answer(sdp(B, audio(0, "mid:a"), video(5000, "mid:v"), session=("a=group:BUNDLE v",))),
    ),
)

BUNDLES = FIRST + EXTENSIONS + LATER
