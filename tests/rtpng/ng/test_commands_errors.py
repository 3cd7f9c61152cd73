"""Every error of offer and answer: the exact text, and that nothing is created, changed or leaked."""

import pytest

from rtpng.calls.admission import MAX_ALIASES, MAX_PARTIES
from rtpng.engine import Limits
from rtpng.errors import NgError
from rtpng.interfaces import Interface
from rtpng.ng.tally import SHORT_NAMES
from sipcore.sdp.session import serialize
from tests.rtpng.harness import BOB, RELAY, RelayUnderTest, Word, audio, port, sdp, video

OFFER = sdp(audio())
LONG = "SDP is too long to be relayed"

BAD_OFFERS: dict[str, tuple[str, dict[str, Word]]] = {
    "no sdp": ("No SDP body in message", {"sdp": None}),
    "empty sdp": ("No SDP body in message", {"sdp": ""}),
    "no call-id": ("No call-id in message", {"call_id": None}),
    "empty call-id": ("No call-id in message", {"call_id": ""}),
    "no from-tag": ("No from-tag in message", {"from_tag": None}),
    "no document": ("Failed to parse SDP", {"sdp": "hello"}),
    "no version": ("Failed to parse SDP", {"sdp": "o=- 1 1 IN IP4 192.0.2.1\r\n"}),
    "port out of range": ("Failed to parse SDP", {"sdp": sdp(audio(70000))}),
    "host name": ("Failed to parse SDP", {"sdp": sdp(audio(4000, "0", "c=IN IP4 host.example"))}),
    "no payload type": ("Failed to parse SDP", {"sdp": sdp(audio(4000, "x"))}),
    "payload type too high": ("Failed to parse SDP", {"sdp": sdp(audio(4000, "0 128"))}),
    "foreign digit": ("Failed to parse SDP", {"sdp": sdp(audio(4000, "²"))}),
    "endless number": ("Failed to parse SDP", {"sdp": sdp(audio(4000, "9" * 5000))}),
    "wrong rtcp": ("Failed to parse SDP", {"sdp": sdp(audio(4000, "0", "a=rtcp:x"))}),
    "second media wrong": ("Failed to parse SDP", {"sdp": sdp(audio(), video(), audio(4000, "x"))}),
    "no address": ("Incomplete SDP specification", {"sdp": sdp(audio(), host=None)}),
    "to oneself": ("Invalid dialogue association", {"to_tag": "alice"}),
    "more media than a phone has": (
        "Too many media sections: 33 (at most 32)",
        {"sdp": sdp(*[audio(4000 + 2 * number) for number in range(33)])},
    ),
    "codecs that grow": (LONG, {"sdp": sdp(*[audio(4000, "0 " * 127 + "0")] * 32)}),
    "codec that grows": (LONG, {"sdp": sdp(audio(4000, "96 " * 127 + "96", "a=rtpmap:96 x" + "y" * 600 + "/8000"))}),
    "attributes without end": (LONG, {"sdp": sdp(audio(4000, "0", *["a=x:" + "é" * 100] * 310))}),
}

BAD_ANSWERS: dict[str, tuple[str, dict[str, Word]]] = {
    "no sdp": ("No SDP body in message", {"sdp": None}),
    "no call-id": ("No call-id in message", {"call_id": None}),
    "no from-tag": ("No from-tag in message", {"from_tag": None}),
    "no to-tag": ("No to-tag in message", {"to_tag": None}),
    "unknown call": ("Unknown call-id", {"call_id": "other"}),
    "unknown call and no document": ("Unknown call-id", {"call_id": "other", "sdp": "hello"}),
    "no document": ("Failed to parse SDP", {"sdp": "hello"}),
    "wrong rtcp": ("Failed to parse SDP", {"sdp": sdp(audio(4000, "0", "a=rtcp:x"))}),
    "no address": ("Incomplete SDP specification", {"sdp": sdp(audio(), host=None)}),
    "nobody offered": ("Invalid dialogue association", {"from_tag": "stranger"}),
    "to oneself": ("Invalid dialogue association", {"to_tag": "alice"}),
}


def said(words: dict[str, Word], **defaults: Word) -> dict[str, Word]:
    return {"call_id": "call", "from_tag": "alice", "sdp": OFFER} | defaults | words


def talking() -> RelayUnderTest:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video()))
    relay.answer(sdp(audio(5000), video(5002), host=BOB))
    return relay


@pytest.mark.parametrize(("reason", "words"), BAD_OFFERS.values(), ids=BAD_OFFERS)
def test_a_bad_first_offer_creates_nothing(reason: str, words: dict[str, Word]) -> None:
    relay = RelayUnderTest()
    with relay.refuses(reason):
        relay.command("offer", **said(words))
    assert relay.is_empty()


@pytest.mark.parametrize(("reason", "words"), BAD_OFFERS.values(), ids=BAD_OFFERS)
def test_a_bad_re_offer_changes_nothing(reason: str, words: dict[str, Word]) -> None:
    relay = talking()
    with relay.refuses(reason):
        relay.command("offer", **said(words, to_tag="bob"))


@pytest.mark.parametrize(("reason", "words"), BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_bad_answer_changes_nothing(reason: str, words: dict[str, Word]) -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video()))
    with relay.refuses(reason):
        relay.command("answer", **said(words, to_tag="bob"))


@pytest.mark.parametrize(("reason", "words"), BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_bad_answer_to_a_re_offer_changes_nothing(reason: str, words: dict[str, Word]) -> None:
    relay = talking()
    with relay.refuses(reason):
        relay.command("answer", **said(words, to_tag="bob"))


def test_one_section_without_address_makes_the_sdp_incomplete() -> None:
    relay = RelayUnderTest()
    with relay.refuses("Incomplete SDP specification"):
        relay.offer(sdp(audio(4000, "0", "c=IN IP4 192.0.2.1"), video(), host=None))


@pytest.mark.parametrize("body", [audio(0, "² x"), ("m=message 1 RTP/AVP ²", "a=rtcp:x"), audio(0, "9" * 5000)])
def test_what_is_not_relayed_may_be_written_as_it_likes(body: tuple[str, ...]) -> None:
    relay = talking()
    relay.offer(sdp(body), to_tag="bob")
    relay.answer(sdp(body, host=BOB))
    relay.answer(sdp(audio(5000), host=BOB))
    relay.query()


# --- ports ---


def small(pairs: int) -> RelayUnderTest:
    return RelayUnderTest(interfaces=(Interface("default", RELAY, RELAY, 30000, 30000 + 2 * pairs - 1),))


@pytest.mark.parametrize("pairs", [0, 1, 2, 3])
def test_ran_out_of_ports_gives_all_of_them_back(pairs: int) -> None:
    relay = small(pairs)
    with relay.refuses("Ran out of ports"):
        relay.offer(sdp(audio(), video()))
    assert relay.is_empty()
    assert relay.engine.ports.usage(relay.interfaces[0]).used == 0


def test_ran_out_of_ports_in_a_re_offer_leaves_the_call_as_it_was() -> None:
    relay = small(2)
    to_bob = relay.offer(sdp(audio()))
    relay.answer(sdp(audio(5000), host=BOB))
    with relay.refuses("Ran out of ports"):
        relay.offer(sdp(audio(), video()), to_tag="bob")
    assert port(relay.offer(sdp(audio()), to_tag="bob")) == port(to_bob)


def test_ran_out_of_ports_on_a_branch_leaves_the_others_as_they_were() -> None:
    relay = small(3)
    relay.offer(OFFER, via_branch="b1")
    relay.offer(OFFER, via_branch="b2")
    with relay.refuses("Ran out of ports"):
        relay.offer(OFFER, via_branch="b3")


def test_the_longest_sdp_that_is_taken_fits_into_a_datagram() -> None:
    relay = RelayUnderTest()
    for formats in range(128, 0, -1):
        body = sdp(*[audio(4000, "10 " * formats)] * 32)
        try:
            reply = relay.offer(body)
        except NgError:
            continue
        assert 40_000 < len(serialize(reply).encode()) < 64_000
        return
    raise AssertionError("nothing was taken")


def test_a_call_has_so_many_branches_at_most() -> None:
    relay = RelayUnderTest()
    rejected = sdp(audio(0))
    for number in range(MAX_PARTIES - 1):
        relay.offer(rejected, via_branch=f"b{number}")
    with relay.refuses(f"Too many parties in one call (at most {MAX_PARTIES})"):
        relay.offer(rejected, via_branch="one more")
    relay.offer(rejected, via_branch="b0")


def test_a_party_has_so_many_tags_at_most() -> None:
    relay = RelayUnderTest()
    relay.offer(OFFER)
    for number in range(MAX_ALIASES + 1):
        relay.answer(OFFER, to_tag=f"t{number}")
    with relay.refuses(f"Too many tags of one party (at most {MAX_ALIASES})"):
        relay.answer(OFFER, to_tag="one more")
    relay.answer(OFFER, to_tag="t0")


# --- load limit ---


def full(max_sessions: int) -> RelayUnderTest:
    relay = RelayUnderTest(limits=Limits(max_sessions=max_sessions))
    for number in range(max_sessions):
        relay.offer(OFFER, call_id=f"call-{number}")
    return relay


LIMIT = "Parallel session limit reached"


@pytest.mark.parametrize("sessions", [0, 2])
def test_the_load_limit_is_told_in_the_form_that_the_proxy_understands(sessions: int) -> None:
    relay = full(sessions)
    reply = relay.command("offer", **said({"supports": ["load limit"]}))
    assert reply == {"result": "load limit", "message": LIMIT}
    with relay.refuses(LIMIT):
        relay.command("offer", **said({}))
    assert relay.engine.statistics.rejected == 2


def test_calls_that_are_there_are_served_whatever_the_load() -> None:
    relay = full(1)
    relay.offer(OFFER, call_id="call-0", supports=["load limit"])
    relay.answer(sdp(audio(5000), host=BOB), call_id="call-0")
    relay.delete(call_id="call-0")
    relay.offer(OFFER, call_id="next")


def test_a_bad_request_is_told_before_the_load_limit() -> None:
    relay = full(0)
    with relay.refuses("No from-tag in message"):
        relay.command("offer", **said({"from_tag": None}))


# --- other commands ---


@pytest.mark.parametrize(
    ("command", "words", "reason"),
    [
        ("query", {}, "No call-id in message"),
        ("query", {"call_id": "other"}, "Unknown call-id"),
        ("delete", {}, "No call-id in message"),
        ("list", {"limit": -1}, "invalid limit, must be >= 0"),
        ("no such command", {}, "Unrecognized command"),
        ("Ping", {}, "Unrecognized command"),
        *((name, {}, "unsupported") for name in ("play media", "mesh")),
    ],
)
def test_errors_of_other_commands(command: str, words: dict[str, Word], reason: str) -> None:
    relay = talking()
    with relay.refuses(reason):
        relay.command(command, **words)


def test_every_command_of_rtpengine_is_known() -> None:
    assert {"start forwarding", "block DTMF", "publish", "connect", "transform", "create answer"} <= set(SHORT_NAMES)


def test_a_refused_request_does_not_put_off_the_end_of_a_call() -> None:
    relay = talking()
    relay.delete(delete_delay=5)
    with relay.refuses("Failed to parse SDP"):
        relay.offer("hello", to_tag="bob")
    relay.pass_time(5)
    assert relay.is_empty()


def test_any_byte_of_an_sdp_comes_back() -> None:
    out = RelayUnderTest().offer(sdp(audio(4000, "0", "a=x:\udce4\udcff ü")))
    assert "a=x:\udce4\udcff ü\r\n" in serialize(out)
