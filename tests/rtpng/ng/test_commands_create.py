"""create, create answer, transform: parties that nobody has offered for."""

import pytest

from kernel.flow import Flow
from rtpng.ng.commands.context import Reply
from rtpng.ng.message import Message, Value
from sipcore.address import Address
from sipcore.sdp.session import SessionDescription, parse
from tests.rtpng.harness import ALICE, BOB, RelayUnderTest, Word, audio, lines, port, sdp, talking, video


def create(relay: RelayUnderTest, **words: Word) -> SessionDescription:
    keys: dict[str, Word] = {"call_id": "call", "from_tag": "f"}
    return parse(relay.command("create", **(keys | words))["sdp"])


def accept(relay: RelayUnderTest, body: str | None, **words: Word) -> Reply:
    keys: dict[str, Word] = {"call_id": "call", "from_tag": "f", "sdp": body}
    return relay.command("create answer", **(keys | words))


# --- create ---


def test_the_relay_offers_by_itself() -> None:
    relay = RelayUnderTest()
    offer = create(relay)
    number = port(offer)
    assert offer.name == "rtpng"
    assert lines(offer.media[0]) == [
        f"m=audio {number} RTP/AVP 0 8",
        "c=IN IP4 203.0.113.1",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:8 PCMA/8000",
        "a=sendrecv",
        f"a=rtcp:{number + 1}",
    ]


def test_names_that_are_missing_are_made_up() -> None:
    relay = RelayUnderTest()
    reply = relay.command("create")
    assert set(reply) == {"call-id", "from-tag", "sdp", "result"}
    assert {len(reply["call-id"]), len(reply["from-tag"])} == {64}


@pytest.mark.parametrize(
    ("names", "formats"),
    [
        (["PCMA", "PCMU"], ["8 PCMA/8000", "0 PCMU/8000"]),
        (["pcma", "telephone-event", "opus"], ["8 PCMA/8000", "97 opus/48000/2", "96 telephone-event/8000"]),
        (["G722/8000", "G729", "SILK/16000"], ["9 G722/8000", "18 G729/8000", "96 SILK/16000"]),
    ],
)
def test_codecs_can_be_chosen(names: list[str], formats: list[str]) -> None:
    offer = create(RelayUnderTest(), flags=[f"codec-offer-{name}" for name in names])
    assert list(offer.media[0].attributes_named("rtpmap")) == formats


def test_media_can_be_chosen() -> None:
    offer = create(RelayUnderTest(), media=["audio", "video"], flags=["codec-offer-VP8/90000"])
    assert [media.kind for media in offer.media] == ["audio", "video"]
    assert lines(offer.media[1])[2] == "a=rtpmap:96 VP8/90000"


def test_created_again_the_ports_stay_and_the_version_tells_what_changed() -> None:
    relay = RelayUnderTest()
    first, same = create(relay), create(relay)
    assert first == same
    other = create(relay, flags=["codec-offer-PCMA"])
    assert port(other) == port(first)
    assert first.origin is not None
    assert other.origin == first.origin._replace(version=str(int(first.origin.version) + 1))


def test_created_parties_talk_once_they_are_connected() -> None:
    relay = RelayUnderTest()
    for tag, host in (("f", ALICE), ("g", BOB)):
        create(relay, from_tag=tag)
        assert accept(relay, sdp(audio(4000), host=host), from_tag=tag) == {"result": "ok"}
    relay.command("connect", call_id="call", from_tag="f", to_tag="g")
    ways = [way.target for each in relay.plane.relays.values() for way in each.rtp]
    assert sorted(ways) == [Address(ALICE, 4000), Address(BOB, 4000)]
    assert accept(relay, sdp(audio(4100), host=ALICE)) == {"result": "ok"}
    ways = [way.target for each in relay.plane.relays.values() for way in each.rtp]
    assert sorted(ways) == [Address(ALICE, 4100), Address(BOB, 4000)]


def test_a_created_party_can_join_a_call() -> None:
    relay = talking()
    create(relay)
    accept(relay, sdp(audio(6000), host="198.51.100.9"))
    relay.command("connect", call_id="call", from_tag="bob", to_tag="f")
    assert relay.query()["tags"]["bob"]["subscribers"] == [{"tag": "f", "type": "offer/answer"}]
    relay.delete(from_tag="bob")
    assert relay.is_empty()


def test_a_party_that_never_answers_is_forgotten() -> None:
    relay = RelayUnderTest()
    create(relay)
    relay.pass_time(3599)
    assert not relay.is_empty()
    relay.pass_time(2)
    assert relay.is_empty()


def test_a_created_party_can_be_deleted() -> None:
    relay = talking()
    create(relay)
    relay.delete(from_tag="f")
    assert [party.tag for party in relay.call().parties] == ["alice", "bob"]


@pytest.mark.parametrize(
    "words",
    [{"media": ["video"]}, {"flags": ["codec-offer-unheard-of"]}, {"flags": ["codec-offer-x y/8000"]}],
    ids=str,
)
def test_what_cannot_be_offered_leaves_nothing(words: dict[str, Word]) -> None:
    relay = RelayUnderTest()
    with relay.refuses("Failed to create SDP"):
        create(relay, **words)
    assert relay.is_empty()


def test_who_has_another_part_is_not_called() -> None:
    relay = talking()
    relay.command("subscribe request", call_id="call", from_tag="alice", to_tag="rec")
    relay.command("publish", call_id="call", from_tag="p", sdp=sdp(audio()))
    for tag in ("alice", "rec", "p"):
        with relay.refuses("Invalid dialogue association"):
            create(relay, from_tag=tag)


@pytest.mark.parametrize(
    ("body", "words", "reason"),
    [
        (sdp(audio()), {"call_id": None}, "No call-id in message"),
        (sdp(audio()), {"call_id": "other"}, "unknown call-ID"),
        (sdp(audio()), {"from_tag": None}, "No from-tag in message"),
        (sdp(audio()), {"from_tag": "nobody"}, "from-tag not found"),
        (sdp(audio()), {"from_tag": "p"}, "from-tag not found"),
        (None, {}, "No SDP body in message"),
        ("hello", {}, "Failed to parse SDP"),
        (sdp(audio(), host=None), {}, "Incomplete SDP specification"),
    ],
    ids=str,
)
def test_an_answer_that_fits_nothing_changes_nothing(body: str | None, words: dict[str, Word], reason: str) -> None:
    relay = RelayUnderTest()
    create(relay)
    relay.command("publish", call_id="call", from_tag="p", sdp=sdp(video()))
    with relay.refuses(reason):
        accept(relay, body, **words)


# --- transform ---


def wish(host: str = BOB, number: int = 5000, **more: Value) -> Value:
    destination = Message((("family", "IP4"), ("address", host), ("port", number)))
    return Message((("type", "audio"), ("id", "one"), ("destination", destination), *more.items()))


def transform(relay: RelayUnderTest, *wishes: Value, **words: Word) -> Reply:
    keys: dict[str, Word] = {"call_id": "call", "from_tag": "t"}
    return relay.command("transform", **(keys | words), media=list(wishes))  # type: ignore[arg-type]  # dictionaries


def test_what_comes_goes_on_to_the_destination() -> None:
    relay = RelayUnderTest()
    (media,) = transform(relay, wish())["media"]
    assert media == {"id": "one", "family": "IP4", "address": "203.0.113.1", "port": media["port"]}
    local = Address("203.0.113.1", media["port"])
    assert set(relay.table.installed) == {Flow(local, None, local, Address(BOB, 5000))}
    assert [way.target for way in relay.plane.relays[local].rtcp] == [Address(BOB, 5000)]


def test_asked_again_the_port_stays() -> None:
    relay = RelayUnderTest()
    (first,), (second,) = transform(relay, wish())["media"], transform(relay, wish(ALICE, 4000))["media"]
    assert first == second
    assert [flow.target for flow in relay.table.installed] == [Address(ALICE, 4000)]
    transform(relay, wish(), wish())
    assert len(relay.ports.ours) == 2
    transform(relay, wish())
    assert len(relay.ports.ours) == 1
    relay.delete(from_tag="t")
    assert relay.is_empty()


def test_names_are_made_up_and_silence_ends_it() -> None:
    relay = RelayUnderTest()
    reply = transform(relay, wish(), call_id=None, from_tag=None)
    assert {len(reply["call-id"]), len(reply["from-tag"])} == {64}
    relay.pass_time(61)
    assert relay.is_empty()


PCMA, PCMU = Message((("codec", "PCMA"), ("payload type", 8))), Message((("codec", "PCMU"), ("payload type", 0)))


def test_the_same_codec_needs_no_codec() -> None:
    same = Message((("input", PCMA), ("output", PCMA)))
    assert transform(RelayUnderTest(), wish(codec=[same]))["result"] == "ok"


@pytest.mark.parametrize(
    "wishes",
    [
        (),
        ("audio",),
        (wish("127.0.0.1"),),
        (wish("224.0.0.1"),),
        (wish(codec=[Message((("input", PCMA), ("output", PCMU)))]),),
        (wish(), Message((("type", "audio"),))),
        (wish("nowhere"),),
        (Message((("type", "au\r\ndio"),)),),
    ],
    ids=str,
)
def test_what_cannot_be_passed_on_leaves_nothing(wishes: tuple[Value, ...]) -> None:
    relay = RelayUnderTest()
    with relay.refuses("Failed to set up transform"):
        transform(relay, *wishes)
    assert relay.is_empty()


def test_a_relay_does_not_ask_itself() -> None:
    relay = RelayUnderTest()
    with relay.refuses("Transform loop detected"):
        transform(relay, wish(), instance=relay.engine.negotiator.settings.instance)


def test_who_talks_is_not_transformed() -> None:
    relay = talking()
    with relay.refuses("Invalid dialogue association"):
        transform(relay, wish(), from_tag="alice")
