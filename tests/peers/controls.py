"""Media commands as both daemons hear them. ``CONTROLS`` is asked of both releases, ``FLOWS`` of the newest only."""

from typing import Any

from tests.peers.cases import AUDIO_A, AUDIO_B, CALL, OK, A, B, C, Case, Step, again, answer, ask, offer, sdp

LABELLED = (offer(sdp(A, AUDIO_A), label="la"), answer(sdp(B, AUDIO_B), label="lb"))
DIRECTIONAL = {"flags": ["directional"]}
ONE = {"from_tag": "a", **DIRECTIONAL}

_PAIRS = (("block media", "unblock media"), ("block DTMF", "unblock DTMF"), ("silence media", "unsilence media"))
_REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a strange tag": ({"from_tag": "zz", **DIRECTIONAL}, "From-tag given, but no such tag exists"),
    "a strange label": ({"label": "zz"}, "No monologue matching the given label"),
    "no address": ({"address": "zz"}, "Failed to parse network address"),
    "a strange address": ({"address": C}, "Failed to match address to any tag"),
    "a strange call": ({"call_id": "zz"}, "Unknown call-ID"),
}
_NO_FLOW: dict[str, tuple[dict[str, Any], str]] = {
    "a strange listener": ({"to_tag": "zz"}, "Media flow not found (to-tag not found)"),
    "a strange name of a listener": ({"to_label": "zz"}, "Media flow not found (to-label not found)"),
    "the party as its own listener": ({"to_tag": "a"}, "Media flow not found (to-tag not subscribed)"),
    "the party's name as that of its listener": ({"to_label": "la"}, "Media flow not found (to-tag not subscribed)"),
    "no subscribers": ({"all": "except-offer-answer"}, "No eligible media subscriptions found"),
}


def _accepted(command: str, opposite: str) -> Case:
    """Every way to say whom it is about, the command and its opposite in turn; then what query says."""
    whom: tuple[dict[str, Any], ...] = ({}, ONE, {"label": "lb"}, {"address": B}, {"all": "all"})
    steps: list[Step] = [ask(each, **words) for words in whom for each in (command, opposite)]
    return Case(command, (*LABELLED, ask(command), *steps, ask("query")), OK * (len(steps) + 4))


def _refused(command: str, what: str, words: dict[str, Any], reason: str) -> Case:
    return Case(f"{command} of {what}", (*LABELLED, ask(command, **words)), ("ok", "ok", reason))


CONTROLS = (
    *(_accepted(*pair) for pair in _PAIRS),
    *(
        _refused(command, what, words, reason)
        for pair in _PAIRS
        for command in pair
        for what, (words, reason) in _REFUSED.items()
    ),
    Case(
        "forwarding",
        (*CALL, ask("start forwarding"), ask("stop forwarding", **ONE), ask("start forward")),
        (*OK * 4, "Unrecognized command"),
    ),
    Case("a block outlives a re-offer", (*CALL, ask("block media"), again(sdp(A, AUDIO_A)), ask("query")), OK * 5),
)

FLOWS = (
    *(
        _refused(command, what, ONE | words, reason)
        for pair in (_PAIRS[0], _PAIRS[2])
        for command in pair
        for what, (words, reason) in _NO_FLOW.items()
    ),
    *(
        Case(f"{command} of {name}", (*LABELLED, ask(command, **ONE | words)), OK * 3)
        for pair in _PAIRS
        for command in pair
        for name, words in {
            "a flow": {"to_tag": "b"},
            "a named flow": {"to_label": "lb"},
            "all flows": {"all": "flows"},
            "flows of the dialogue": {"all": "offer-answer"},
        }.items()
    ),
    *(
        Case(f"media-echo {word}", (offer(sdp(A, AUDIO_A), media_echo=word), CALL[1], ask("query")), OK * 3)
        for word in ("blackhole", "forward", "backwards", "both", "nonsense")
    ),
    Case("media-echo of an answer", (CALL[0], answer(sdp(B, AUDIO_B), media_echo="forward"), ask("query")), OK * 3),
    Case("dropped traffic", (offer(sdp(A, AUDIO_A), drop_traffic="start"), CALL[1], ask("query")), OK * 3),
    Case(
        "words about media",
        (
            offer(sdp(A, AUDIO_A), flags=["block-DTMF", "block-short", "detect-DTMF", "inject-DTMF"]),
            CALL[1],
            ask("query"),
        ),
        OK * 3,
    ),
    *(
        Case(f"play DTMF: {reason}", (*CALL, ask("play DTMF", **words)), ("ok", "ok", reason))
        for reason, words in {
            "No participant party specified": {"code": "1"},
            "From-tag given, but no such tag exists": {"code": "1", "from_tag": "zz"},
            "Out of range 'code' specified": {"code": "X", "from_tag": "a"},
            "No SSRC context present for DTMF injection": {"code": "1", "from_tag": "a"},
        }.items()
    ),
)
