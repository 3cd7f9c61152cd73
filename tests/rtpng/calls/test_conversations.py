"""Random conversations: whatever proxies ask for, nothing but NgError is raised, ports stay, and nothing is left."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, initialize, invariant, multiple, rule

from rtpng.errors import NgError
from rtpng.interfaces import Interface
from sipcore.address import Address, family_of
from sipcore.sdp.session import SessionDescription, parse
from tests.rtpng.harness import ALICE, ALICE6, BOB, RELAY, RELAY6, RelayUnderTest, Word, ports, sdp

TAGS = st.sampled_from(["alice", "bob", "carol"])
ANY_TAG = st.none() | TAGS
BRANCHES = st.sampled_from([None, "b1", "b2"])
HOSTS = st.sampled_from([ALICE, BOB, ALICE6, "0.0.0.0", "224.0.0.1"])
MUX_WORDS = st.lists(st.sampled_from(["offer", "require", "demux", "accept", "reject"]), max_size=2)
FLAGS = st.lists(
    st.sampled_from(
        [
            *("SIP-source-address", "trust-address", "asymmetric", "new-branch", "reset", "port-latching"),
            *("generate-mid", "original-sendrecv", "full-rtcp-attribute", "no-rtcp-attribute", "inactive"),
            *("codec-strip-all", "codec-mask-PCMU", "codec-offer-PCMA", "codec-ignore-PCMA", "allow-no-codec-media"),
            *("single-codec", "reuse-codecs", "NAT-wait", "loop-protect", "strip-extmap", "sdp-attr-add-audio-x"),
            *("media-handover", "to-tag", "fast", "replace-sdp-version", "replace-origin-full", "replace-zero-address"),
        ]
    ),
    max_size=3,
)
LINES = st.lists(
    st.sampled_from(
        [
            *("a=rtcp-mux", "a=sendonly", "a=inactive", "a=mid:1", "a=ptime:20", "a=rtcp:9", "b=AS:1"),
            *("a=rtpmap:96 opus/48000/2", "a=fmtp:96 minptime=10", "a=rtcp-fb:* nack", "a=extmap:1 urn:x", "a=x"),
            *("c=IN IP4 198.51.100.7", "c=IN IP6 ::", "c=IN IP4 0.0.0.0", "a=ice-ufrag:x"),
        ]
    ),
    max_size=4,
)
KINDS = st.sampled_from(
    [
        *("audio {} RTP/AVP 0 8 96", "audio {} RTP/AVPF 96 0", "video {} RTP/AVP 97", "image {} udptl t38"),
        *("message {} TCP/MSRP *", "message {} RTP/AVP ²", "audio {} rtp/avp 0", "x {} y"),
    ]
)


@st.composite
def sections(draw: st.DrawFn) -> tuple[str, ...]:
    port = draw(st.sampled_from([4000, 4002, 65535, 0]))
    return (f"m={draw(KINDS).format(port)}", *draw(LINES))


GOOD = st.builds(lambda media, host: sdp(*media, host=host), st.lists(sections(), max_size=3), HOSTS)
BAD = (
    "nonsense",
    sdp(("m=audio 1 RTP/AVP 0",), host=None),
    sdp(("m=audio 1 RTP/SAVP 0",)),
    sdp(("m=audio 1 RTP/AVP x",)),
)
BODIES = st.one_of(GOOD, GOOD, GOOD, st.sampled_from(BAD))

WORDS = st.fixed_dictionaries(
    {},
    optional={
        "via_branch": BRANCHES,
        "rtcp_mux": MUX_WORDS,
        "flags": FLAGS,
        "transport_protocol": st.sampled_from(["RTP/AVP", "RTP/AVPF", "accept"]),
        "address_family": st.sampled_from(["IP4", "IP6"]),
        "direction": st.sampled_from([["default", "other"], ["nowhere", "default"]]),
        "media_address": st.just("192.0.2.200"),
        "received_from": st.sampled_from([["IP4", "192.0.2.5"], ["IP6", "2001:db8::5"]]),
        "sip_code": st.sampled_from([183, 200]),
        "sip_message_type": st.just("sip_reply"),
        "endpoint_learning": st.sampled_from(["off", "immediate"]),
        "sdp_media_remove": st.sampled_from(["audio", "video", "image"]),
        "ptime": st.just(40),
        "ptime_reverse": st.just(60),
    },
)

INTERFACES = (
    Interface("default", RELAY, RELAY, 30000, 30017),
    Interface("default", RELAY6, RELAY6, 30000, 30017),
    Interface("other", "203.0.113.2", "203.0.113.3", 30000, 30017),
)


class Conversations(RuleBasedStateMachine):
    """Two Call-IDs, three phones, a relay with few ports."""

    calls = Bundle("calls")

    def __init__(self) -> None:
        super().__init__()
        self.relay = RelayUnderTest(interfaces=INTERFACES)

    @initialize(target=calls)
    def two_calls(self) -> MultipleResults[str]:
        return multiple("first", "second")

    def exchange(self, command: str, words: dict[str, Word]) -> SessionDescription | None:
        """The SDP that comes out, which parses again; None if the request was refused, and then nothing changed."""
        before = self.relay.state()
        try:
            reply = self.relay.command(command, **words)
        except NgError:
            assert self.relay.state() == before
            return None
        return parse(reply["sdp"])

    @rule(call=calls, sender=TAGS, receiver=ANY_TAG, body=BODIES, words=WORDS)
    def offer(self, call: str, sender: str, receiver: Word, body: str, words: dict[str, Word]) -> None:
        self.exchange("offer", {"call_id": call, "from_tag": sender, "to_tag": receiver, "sdp": body} | words)

    @rule(call=calls, sender=TAGS, receiver=TAGS, body=BODIES, words=WORDS)
    def answer(self, call: str, sender: str, receiver: str, body: str, words: dict[str, Word]) -> None:
        self.exchange("answer", {"call_id": call, "from_tag": sender, "to_tag": receiver, "sdp": body} | words)

    @rule(call=calls, sender=TAGS, answerer=TAGS, bodies=st.tuples(GOOD, GOOD), words=WORDS)
    def offer_and_answer(
        self, call: str, sender: str, answerer: str, bodies: tuple[str, str], words: dict[str, Word]
    ) -> None:
        keys: dict[str, Word] = {"call_id": call, "from_tag": sender}
        self.exchange("offer", keys | {"sdp": bodies[0]} | words)
        self.exchange("answer", keys | {"sdp": bodies[1], "to_tag": answerer} | words)

    @rule(call=calls, sender=TAGS, receiver=ANY_TAG, body=BODIES, words=WORDS)
    def repeated_offer(self, call: str, sender: str, receiver: Word, body: str, words: dict[str, Word]) -> None:
        keys: dict[str, Word] = {"call_id": call, "from_tag": sender, "to_tag": receiver, "sdp": body}
        first, second, third = (self.exchange("offer", keys | words) for _ in range(3))
        if first is not None:
            assert second is not None
            assert third is not None
            assert ports(second) == ports(first)
            assert third.media == second.media, "only rtcp-mux is offered otherwise the second time"

    @rule(call=calls, tag=ANY_TAG, other=ANY_TAG, branch=BRANCHES, flags=FLAGS, delay=st.sampled_from([3, 0]))
    def delete(self, call: str, tag: Word, other: Word, branch: Word, flags: list[str], delay: int) -> None:
        words: dict[str, Word] = {"from_tag": tag, "to_tag": other, "via_branch": branch, "flags": flags}
        assert self.relay.command("delete", call_id=call, delete_delay=delay, **words)["result"] == "ok"

    @rule(call=calls, tag=ANY_TAG)
    def query(self, call: str, tag: str | None) -> None:
        if self.relay.engine.calls.get(call) is None:
            with self.relay.refuses("Unknown call-id"):
                self.relay.query(call_id=call)
        else:
            assert len(self.relay.query(call_id=call, from_tag=tag)["tags"]) <= len(self.relay.call(call).parties)

    @rule(number=st.integers(0, 30))
    def a_peer_is_heard(self, number: int) -> None:
        """RTP from where the SDP says, so that there are locks and flows."""
        endpoints = [endpoint for call in self.relay.engine.calls for endpoint in call.endpoints]
        if endpoints:
            endpoint = endpoints[number % len(endpoints)]
            stranger = "2001:db8:c::66" if ":" in endpoint.local.host else "192.0.2.66"
            source = endpoint.latch.sdp or Address(stranger, 6666)
            self.relay.engine.judge(endpoint.local, source, b"\x80\x00" + bytes(98), self.relay.clock.now)

    @rule(seconds=st.sampled_from([0.5, 4, 61]))
    def time_passes(self, seconds: float) -> None:
        self.relay.pass_time(seconds)

    @invariant()
    def every_open_port_belongs_to_exactly_one_stream(self) -> None:
        owned = [endpoint.local for call in self.relay.engine.calls for endpoint in call.endpoints]
        assert len(owned) == len(set(owned))
        assert set(owned) == self.relay.ports.ours == set(self.relay.plane.relays)

    @invariant()
    def every_tag_names_one_party(self) -> None:
        for call in self.relay.engine.calls:
            names = [name for party in call.parties for name in (party.tag, *party.aliases) if name is not None]
            assert len(names) == len(set(names))

    @invariant()
    def every_dialogue_joins_two_parties_of_the_call(self) -> None:
        for call in self.relay.engine.calls:
            assert call.dialogues
            for dialogue in call.dialogues:
                assert dialogue.offerer in call.parties
                assert dialogue.answerer in call.parties
                assert dialogue.offerer is not dialogue.answerer

    @invariant()
    def media_goes_only_where_our_ports_can_send(self) -> None:
        for relay in self.relay.plane.relays.values():
            for way in (*relay.rtp, *relay.rtcp):
                assert family_of(way.source.host) is way.target.family
                assert not way.target.host.startswith(("0.", "224."))

    def teardown(self) -> None:
        for call in list(self.relay.engine.calls):
            self.relay.delete(call_id=call.call_id, from_tag=None)
        assert self.relay.is_empty()
        assert all(self.relay.engine.ports.usage(interface).used == 0 for interface in INTERFACES)


Conversations.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestConversations = Conversations.TestCase


PLAIN = st.lists(st.sampled_from(["audio {} RTP/AVP 0 8", "video {} RTP/AVP 97", "image {} udptl t38"]), min_size=1)


def body_of(kinds: list[str], rejected: list[bool], host: str) -> str:
    ports = (0 if is_rejected else 4000 + 2 * place for place, is_rejected in enumerate(rejected))
    return sdp(*((f"m={kind.format(port)}",) for kind, port in zip(kinds, ports, strict=False)), host=host)


@settings(deadline=None)
@given(
    kinds=PLAIN.filter(lambda kinds: len(kinds) <= 4),
    rounds=st.lists(st.tuples(st.booleans(), st.lists(st.booleans(), min_size=4, max_size=4)), min_size=1, max_size=6),
)
def test_re_offers_of_both_sides_keep_every_port(kinds: list[str], rounds: list[tuple[bool, list[bool]]]) -> None:
    relay = RelayUnderTest()
    told: dict[tuple[str, int], int] = {}
    sides: dict[bool, tuple[str, str, str]] = {True: ("alice", "bob", ALICE), False: ("bob", "alice", BOB)}
    for by_alice, rejected in [(True, [False] * 4), *rounds]:
        sender, receiver, host = sides[by_alice]
        words: dict[str, Any] = {"from_tag": sender, "to_tag": receiver}
        to_receiver = relay.offer(body_of(kinds, rejected, host), **words)
        to_sender = relay.answer(body_of(kinds, rejected, sides[not by_alice][2]), **words)
        for reader, document in ((receiver, to_receiver), (sender, to_sender)):
            for place, media in enumerate(document.media):
                if media.port:
                    assert told.setdefault((reader, place), media.port) == media.port
    relay.delete()
    assert relay.is_empty()
