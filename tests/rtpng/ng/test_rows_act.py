"""Every row of the tables of keys and flags that is called supported makes a difference that somebody can see.

A row is played in every scene, with its word and without. What is looked at is what leaves the relay: replies,
where packets go, and when a call ends.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from rtpng.calls.negotiate import Settings
from rtpng.errors import NgError
from rtpng.interfaces import Interface
from rtpng.ng.commands.table import run
from rtpng.ng.flag_table import FLAGS
from rtpng.ng.flags import read
from rtpng.ng.keys import KEYS
from rtpng.ng.message import Message, Value
from rtpng.ng.rows import Flag, Key, Kind, Support
from rtpng.recording.recordings import RecordingSettings
from rtpng.recording.tape import Tape
from sipcore.address import Address
from tests.rtpng.air import RelayOnAir
from tests.rtpng.harness import ALICE, BOB, CAROL, PROXY, RELAY, RELAY6, audio, sdp, video
from tests.rtpng.leaks.rig import Blank
from tests.rtpng.media.rig import rtp

Words = tuple[tuple[str, Value], ...]
Seen = list[Any]

INTERFACES = (
    Interface("priv", RELAY, RELAY, 30000, 30499),
    Interface("priv", RELAY6, RELAY6, 30000, 30499),
    Interface("pub", "203.0.113.7", "203.0.113.7", 30000, 30499),
)
TEMPLATES = {"x": "replace-origin"}
ICE = (
    "a=ice-ufrag:abcd",
    "a=ice-pwd:abcdefghijklmnopqrstuvwx",
    f"a=candidate:1 1 UDP 2130706431 {ALICE} 4000 typ host",
)
KEYS_OF_SDES = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
PRINT = "a=fingerprint:sha-256 " + ":".join(["AB"] * 32)
RICH = ("a=rtpmap:101 telephone-event/8000", "a=foo:1", "a=extmap:1 urn:x", "a=sendrecv", "a=ptime:20", "a=rtcp-mux")
RANDOM = (
    (r"o=- \d{5,10} \d{5,10} IN", "o=- R R IN"),
    (r"(ice-ufrag|ice-pwd|tls-id|rtpengine):\w+", r"\1:R"),
    (r"(candidate:)\w+", r"\1R"),
    (r"(/nowhere/pcaps/call)-\w+", r"\1"),
    (r"(inline:)[\w+/]{30,}", r"\1K"),
)

# What a word needs beside itself to be of any use.
COMPANY: dict[str, Words] = {
    "SIP-source-address": (("received-from", ["IP4", CAROL]),),
    "received-from": (("flags", ["SIP-source-address"]),),
    "sip-message-type": (("sip-code", 200),),
    "sip-code": (("sip-message-type", "reply"),),
    "new-branch": (("sip-message-type", "reply"),),
    "provisional": (("sip-message-type", "reply"), ("sip-code", 200)),
    "to-tag": (("to-tag", "nobody"),),
    "trust-address": (("received-from", ["IP4", CAROL]),),
    "allow-no-codec-media": (("codec", Message((("strip", ["VP8"]),))),),
    "exclude-recording": (("record-call", "yes"),),
    "directional": (("from-tag", "alice"), ("to-tag", "rec")),
}
# Where the table's example would mean what is meant without it.
VALUES: dict[str, Value] = {
    **dict.fromkeys(("from-interface", "to-interface", "interface"), "pub"),
    "sip-message-type": "reply",
    "limit": 0,
    "to-call-id": "other",
}


@dataclass(slots=True)
class Played:
    """One relay and what was seen of it."""

    relay: RelayOnAir
    seen: Seen

    def ask(self, command: str, *words: Words, **keys: Value) -> dict[str, Any]:
        named = tuple((name.replace("_", "-"), value) for name, value in keys.items())
        pairs = (("command", command), ("call-id", "call"), *named, *(pair for group in words for pair in group))
        try:
            reply = run(self.relay.context, read(Message(pairs), PROXY, TEMPLATES))
        except NgError as error:
            reply = {"error": str(error)}
        self.seen.append(_calm(repr(reply)))
        return reply

    def look(self) -> None:
        self.seen += [_calm(repr(sorted(map(repr, self.relay.plane.relays.values()))))]
        self.seen += [sorted(map(repr, self.relay.table.installed)), len(self.relay.engine.calls)]

    def media(self) -> None:
        """RTP to every port, by its peer, and then by a stranger, who goes on."""
        for local in sorted(self.relay.ports.ours):
            owner = self.relay.engine.calls.owner(local)
            peer = owner.endpoint.latch.sdp if owner is not None else None
            for source in (peer, Address("192.0.2.250", 4444)):
                if source is not None and source.family is local.family:
                    self.seen += [self.relay.send(source, local, rtp(number)) for number in (1, 2)]


def _calm(text: str) -> str:
    for pattern, calm in RANDOM:
        text = re.sub(pattern, calm, text)
    return text


# --- scenes: where a word is said ---


def _offer(stage: Played, words: Words, *, body: str, tag: str | None = None) -> None:
    stage.ask("offer", words, from_tag="alice", sdp=body, **({"to_tag": tag} if tag else {}))


PLAIN = sdp(audio(4000, "0 8 101", *RICH), video(4002))
BACK = sdp(audio(5000, "8 0 101", *RICH), video(5002), host=BOB)
SECURE = sdp(audio(4000, "0", KEYS_OF_SDES, "a=setup:actpass", PRINT, *ICE, protocol="RTP/SAVP"))
SECURE_BACK = sdp(audio(5000, "0", KEYS_OF_SDES, "a=setup:active", PRINT, *ICE, protocol="RTP/SAVP"), host=BOB)
HELD = sdp(audio(4000, "0"), host="0.0.0.0")


def in_the_offer(stage: Played, words: Words) -> None:
    _call(stage, PLAIN, BACK, words, ())


def in_a_secure_offer(stage: Played, words: Words) -> None:
    _call(stage, SECURE, SECURE_BACK, words, ())


def in_the_answer(stage: Played, words: Words) -> None:
    _call(stage, PLAIN, BACK, (), words)


def in_an_offer_on_hold(stage: Played, words: Words) -> None:
    _call(stage, HELD, BACK, words, ())


def _call(stage: Played, offered: str, answered: str, first: Words, second: Words) -> None:
    _offer(stage, first, body=offered)
    stage.ask("answer", second, from_tag="alice", to_tag="bob", sdp=answered)
    stage.look()
    stage.media()
    _offer(stage, first, body=offered.replace("o=- 1 1", "o=- 1 2").replace("4000", "4040"), tag="bob")
    stage.look()
    stage.media()
    stage.ask("answer", second, from_tag="alice", to_tag="carol", sdp=answered)
    stage.relay.pass_time(4)
    stage.media()
    stage.ask("query")


def in_queries_and_lists(stage: Played, words: Words) -> None:
    _call(stage, PLAIN, BACK, (), ())
    for command in ("query", "list", "cli", "statistics", "subscribe request", "block media", "block DTMF"):
        stage.ask(command, words)
        stage.look()


def in_the_delete(stage: Played, words: Words) -> None:
    stage.ask("delete", words)
    _call(stage, PLAIN, BACK, (), ())
    stage.ask("delete", words, **({} if any(name == "from-tag" for name, _ in words) else {"from_tag": "alice"}))
    for _ in range(2):
        stage.look()
        stage.relay.pass_time(6)


def in_media_commands(stage: Played, words: Words) -> None:
    for command in ("block media", "silence media", "block DTMF", "subscribe request", "publish"):
        _call(stage, PLAIN, BACK, (), ())
        to = {"to_tag": "rec"} if command == "subscribe request" else {}
        stage.ask(command, words, from_tag="alice", sdp=PLAIN, **to)
        stage.look()
        stage.ask("query")


def in_played_digits(stage: Played, words: Words) -> None:
    _call(stage, PLAIN, BACK, (("flags", ["inject-DTMF"]),), ())
    stage.ask("play DTMF", (("code", "1"), *words), from_tag="alice")
    stage.look()


def in_a_connection(stage: Played, words: Words) -> None:
    stage.ask("offer", (("call-id", "other"),), from_tag="dave", sdp=PLAIN)
    _offer(stage, (), body=PLAIN)
    stage.ask("connect", words, from_tag="alice", to_tag="dave")
    stage.look()


def in_a_subscription_that_ends(stage: Played, words: Words) -> None:
    _call(stage, PLAIN, BACK, (), ())
    for source in ("alice", "bob"):
        stage.ask("subscribe request", from_tag=source, to_tag="rec")
        stage.ask("subscribe answer", to_tag="rec", sdp=BACK)
    stage.ask("unsubscribe", words)
    stage.ask("query")


def in_a_call_of_ours(stage: Played, words: Words) -> None:
    stage.relay.engine.negotiator.settings = Settings(instance="x")
    destination = Message((("address", BOB), ("port", 5000)))
    stage.ask("create", words, from_tag="called")
    stage.ask("transform", words, from_tag="passed on", media=[Message((("destination", destination),))])


class Acts(Blank):
    """What is to be done with the files of recordings."""

    def __init__(self) -> None:
        self.names: Seen = []

    def order(self, tape: Tape, act: Callable[..., None], *values: Any) -> None:
        self.names.append(act.__name__)


def in_a_recording(stage: Played, words: Words) -> None:
    recordings, acts = stage.relay.engine.recordings, Acts()
    recordings.settings, recordings._writer = RecordingSettings("/nowhere"), acts
    for command in ("offer", "start recording", "stop recording", "delete"):
        _offer(stage, (), body=PLAIN)
        if command != "offer":
            stage.ask("start recording", words)
        stage.ask(command, words, from_tag="alice", sdp=PLAIN, delete_delay=0)
        call = stage.relay.engine.calls.get("call")
        stage.seen.append(call.recording.file if call is not None and call.recording is not None else "none")
        stage.look()
        stage.ask("delete", from_tag="alice", delete_delay=0)
    stage.seen.append(acts.names)


def where_sip_is_believed(stage: Played, words: Words) -> None:
    stage.relay.engine.negotiator.settings = Settings(sip_source=True)
    _call(stage, PLAIN, BACK, words, ())


def on_a_full_relay(stage: Played, words: Words) -> None:
    stage.relay.engine.set_limits(type(stage.relay.limits)(max_sessions=0))
    _offer(stage, words, body=PLAIN)


SCENES: tuple[Callable[[Played, Words], None], ...] = (
    in_a_recording,
    in_the_offer,
    in_a_secure_offer,
    in_the_answer,
    in_an_offer_on_hold,
    in_queries_and_lists,
    in_the_delete,
    in_media_commands,
    in_played_digits,
    in_a_connection,
    in_a_subscription_that_ends,
    in_a_call_of_ours,
    where_sip_is_believed,
    on_a_full_relay,
)


def seen_in(scene: Callable[[Played, Words], None], words: Words) -> Seen:
    stage = Played(RelayOnAir(INTERFACES), [])
    stage.relay.context = replace(stage.relay.context, cli=lambda line: f"asked {line}")
    scene(stage, words)
    return stage.seen


def differing(word: Words, company: Words) -> Iterator[str]:
    """The scenes in which a word makes a difference."""
    for scene in SCENES:
        if seen_in(scene, (*company, *word)) != seen_in(scene, company):
            yield scene.__name__


def supported(rows: Sequence[Any]) -> list[Any]:
    return [row for row in rows if row.support is Support.SUPPORTED]


def test_a_word_that_nobody_knows_makes_no_difference() -> None:
    assert not [*differing((("nonsense", "yes"),), ())]


@pytest.mark.parametrize("row", supported(FLAGS), ids=lambda row: row.name)
def test_every_supported_flag_acts(row: Flag) -> None:
    assert next(differing((("flags", [row.name]),), COMPANY.get(row.name, ())), None) is not None


@pytest.mark.parametrize("row", supported(KEYS), ids=lambda row: row.name)
def test_every_supported_key_acts(row: Key) -> None:
    if row.kind not in (Kind.FLAGS, Kind.RAW) and row.name != "command":
        said = ((row.name, VALUES.get(row.name, row.example)),)
        assert next(differing(said, COMPANY.get(row.name, ())), None) is not None
