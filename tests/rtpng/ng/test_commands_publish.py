"""publish: a party that speaks to the relay alone."""

import pytest

from rtpng.ng.commands.context import Reply
from sipcore.sdp.session import SessionDescription, parse
from tests.rtpng.harness import ALICE, BOB, CAROL, RelayUnderTest, Word, audio, lines, port, sdp, talking, video


def publish(relay: RelayUnderTest, body: str, **words: Word) -> SessionDescription:
    keys: dict[str, Word] = {"call_id": "call", "from_tag": "p", "sdp": body}
    return parse(relay.command("publish", **(keys | words))["sdp"])


def test_the_answer_only_receives_and_is_our_own() -> None:
    relay = RelayUnderTest()
    events = "a=rtpmap:101 telephone-event/8000"
    answer = publish(relay, sdp(audio(4000, "0 8 101", events, "a=ptime:20", "a=foo:bar"), session=("a=sess:1",)))
    assert [answer.name, answer.times, answer.attributes] == ["rtpng", ("0 0",), ()]
    assert answer.origin is not None
    assert answer.origin.address == relay.interfaces[0].advertised
    number = port(answer)
    assert lines(answer.media[0]) == [
        f"m=audio {number} RTP/AVP 0",
        "c=IN IP4 203.0.113.1",
        "a=rtpmap:0 PCMU/8000",
        "a=recvonly",
        f"a=rtcp:{number + 1}",
        "a=ptime:20",
    ]


def test_names_that_are_missing_are_made_up() -> None:
    relay = RelayUnderTest()
    reply = relay.command("publish", sdp=sdp(audio()))
    assert {len(reply["call-id"]), len(reply["from-tag"])} == {64}
    assert relay.call(reply["call-id"]).by_tag(reply["from-tag"]) is not None
    assert set(reply) == {"call-id", "from-tag", "sdp", "result"}


def test_publishing_again_keeps_the_port_and_the_document() -> None:
    relay = RelayUnderTest()
    first = publish(relay, sdp(audio()))
    assert publish(relay, sdp(audio(4100), host=CAROL)) == first
    stream = relay.call().parties[0].streams[0]
    assert stream.rtp is not None
    assert str(stream.rtp.latch.target) == f"{CAROL}:4100"


def test_another_document_has_the_next_version() -> None:
    relay = RelayUnderTest()
    origins = [publish(relay, sdp(*media)).origin for media in ((audio(),), (audio(), video()))]
    first, second = [origin for origin in origins if origin is not None]
    assert second == first._replace(version=str(int(first.version) + 1))


@pytest.mark.parametrize(
    ("said", "answered"), [("sendonly", "recvonly"), ("recvonly", "inactive"), ("inactive", "inactive")]
)
def test_the_direction_follows_the_publisher(said: str, answered: str) -> None:
    answer = publish(RelayUnderTest(), sdp(audio(4000, "0", f"a={said}")))
    assert f"a={answered}" in lines(answer.media[0])


def test_multiplexing_is_always_taken_and_needs_one_port() -> None:
    relay = RelayUnderTest()
    answer = publish(relay, sdp(audio(4000, "0", "a=rtcp-mux")))
    assert lines(answer.media[0])[-2:] == [f"a=rtcp:{port(answer)}", "a=rtcp-mux"]
    assert len(relay.ports.ours) == 1


def test_what_is_not_relayed_is_refused() -> None:
    fax = ("m=image 4006 udptl t38",)
    answer = publish(RelayUnderTest(), sdp(audio(), video(0), fax))
    assert [media.port > 0 for media in answer.media] == [True, False, False]


def test_the_interface_can_be_chosen() -> None:
    answer = publish(RelayUnderTest(), sdp(audio()), interface="nowhere", transport_protocol="RTP/AVPF")
    assert answer.media[0].connection is not None
    assert answer.media[0].connection.host == "203.0.113.1"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (None, "No SDP body in message"),
        ("hello", "Failed to parse SDP"),
        (sdp(audio(0)), "Failed to create SDP"),
        (sdp(audio(), host=None), "Incomplete SDP specification"),
    ],
)
def test_a_refused_publisher_leaves_nothing(body: str | None, reason: str) -> None:
    relay = RelayUnderTest()
    with relay.refuses(reason):
        relay.command("publish", call_id="call", from_tag="p", sdp=body)
    assert relay.is_empty()


def test_who_talks_with_somebody_does_not_publish() -> None:
    relay = talking()
    with relay.refuses("Invalid dialogue association"):
        publish(relay, sdp(audio()), from_tag="alice")


def test_a_publisher_does_not_offer() -> None:
    relay = RelayUnderTest()
    publish(relay, sdp(audio()))
    with relay.refuses("Invalid dialogue association"):
        relay.offer(sdp(audio()), from_tag="p")


def test_a_full_relay_takes_publishers() -> None:
    relay = RelayUnderTest(overload=lambda _: "CPU usage limit exceeded")
    assert publish(relay, sdp(audio())).media


def test_a_publisher_that_falls_silent_is_forgotten() -> None:
    relay = RelayUnderTest()
    publish(relay, sdp(audio()))
    relay.pass_time(59)
    assert not relay.is_empty()
    relay.pass_time(2)
    assert relay.is_empty()


def test_a_publisher_on_hold_may_be_silent_for_longer() -> None:
    relay = RelayUnderTest()
    publish(relay, sdp(audio(4000, "0", "a=inactive")))
    relay.pass_time(3599)
    assert not relay.is_empty()
    relay.pass_time(2)
    assert relay.is_empty()


def tags(reply: Reply) -> list[str]:
    return list(reply["tags"])


def test_one_of_several_publishers_can_leave() -> None:
    relay = RelayUnderTest()
    for tag, host in (("p", ALICE), ("q", BOB)):
        publish(relay, sdp(audio(), host=host), from_tag=tag)
        relay.command("subscribe request", call_id="call", from_tag=tag, to_tag=f"hears {tag}")
    relay.command("subscribe request", call_id="call", all="all", to_tag="hears both")
    assert tags(relay.delete(from_tag="p")) == []
    assert tags(relay.query()) == ["q", "hears q", "hears both"]
    relay.delete(from_tag="q")
    assert relay.is_empty()


def test_publishers_go_with_the_conversation_that_they_belong_to() -> None:
    relay = talking()
    publish(relay, sdp(audio(6000), host=CAROL))
    relay.delete(from_tag="alice")
    assert relay.is_empty()
