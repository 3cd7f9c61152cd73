"""OSRTP=offer-legacy and accept-legacy: the same media in a plain and a secure section."""

import pytest

from rtpng.calls.leg import Keying
from tests.rtpng.harness import BOB, RelayUnderTest, port, sdp

KEY = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
CRYPTO = f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}"
TO_BOB = {"OSRTP": ["offer-legacy"], "transport-protocol": "RTP/SAVP", "DTLS": "off"}
FROM_ALICE = {"OSRTP": ["accept-legacy"], "transport-protocol": "RTP/AVP"}

Shape = list[tuple[str, str, bool]]


def plain(at: int, kind: str = "audio", protocol: str = "RTP/AVP") -> tuple[str, ...]:
    return (f"m={kind} {at} {protocol} 0",)


def secure(at: int, kind: str = "audio", protocol: str = "RTP/SAVP") -> tuple[str, ...]:
    return (f"m={kind} {at} {protocol} 0", CRYPTO)


def shape(out: object) -> Shape:
    """Kind, protocol and whether there is a port."""
    return [(media.kind, media.protocol, media.port != 0) for media in out.media]  # type: ignore[attr-defined]


def keying(relay: RelayUnderTest, tag: str) -> list[Keying]:
    party = relay.call().by_tag(tag)
    assert party is not None
    return [stream.keying for stream in party.streams]


def test_the_offer_has_both_on_one_port_the_plain_one_first_and_without_keys() -> None:
    out = RelayUnderTest().offer(sdp(plain(4000)), **TO_BOB)
    assert shape(out) == [("audio", "RTP/AVP", True), ("audio", "RTP/SAVP", True)]
    assert port(out, 0) == port(out, 1)
    assert not out.media[0].has_attribute("crypto")
    assert out.media[1].has_attribute("crypto")


def test_feedback_stays() -> None:
    out = RelayUnderTest().offer(sdp(plain(4000)), **TO_BOB | {"transport-protocol": "RTP/SAVPF"})
    assert [media.protocol for media in out.media] == ["RTP/AVPF", "RTP/SAVPF"]


def test_a_plain_protocol_has_no_twin() -> None:
    assert shape(RelayUnderTest().offer(sdp(plain(4000)), OSRTP=["offer-legacy"])) == [("audio", "RTP/AVP", True)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((plain(0), secure(5000)), Keying.SDES),
        ((plain(5000), secure(0)), Keying.NONE),
        ((plain(5000), secure(5002)), Keying.SDES),
    ],
)
def test_the_answerer_takes_one(answer: tuple[tuple[str, ...], ...], expected: Keying) -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(plain(4000)), **TO_BOB)
    out = relay.answer(sdp(*answer, host=BOB))
    assert shape(out) == [("audio", "RTP/AVP", True)]
    assert keying(relay, "bob") == [expected]
    assert keying(relay, "alice") == [Keying.NONE]


def test_or_none() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(plain(4000)), **TO_BOB)
    assert shape(relay.answer(sdp(plain(0), secure(0), host=BOB))) == [("audio", "RTP/AVP", False)]


def test_each_media_has_its_own_pair() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(plain(4000), plain(4002, "video")), **TO_BOB)
    said = (plain(0), secure(5000), plain(5002, "video"), secure(0, "video"))
    out = relay.answer(sdp(*said, host=BOB))
    assert shape(out) == [("audio", "RTP/AVP", True), ("video", "RTP/AVP", True)]
    assert keying(relay, "bob") == [Keying.SDES, Keying.NONE]


@pytest.mark.parametrize("answer", [(plain(0), secure(5000)), (plain(5000), secure(0))])
def test_a_later_offer_has_both_again(answer: tuple[tuple[str, ...], ...]) -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(plain(4000)), **TO_BOB)
    relay.answer(sdp(*answer, host=BOB))
    out = relay.offer(sdp(plain(4000)), to_tag="bob", DTLS="off")
    assert shape(out) == [("audio", "RTP/AVP", True), ("audio", "RTP/SAVP", True)]


@pytest.mark.parametrize("said", [(plain(0), secure(5000)), (plain(5000), secure(0))])
def test_an_offer_of_the_answerer_is_answered_in_two_sections(said: tuple[tuple[str, ...], ...]) -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(plain(4000)), **TO_BOB)
    relay.answer(sdp(*said, host=BOB))
    offered = relay.offer(sdp(*said, host=BOB), from_tag="bob", to_tag="alice", **{"transport-protocol": "RTP/AVP"})
    assert shape(offered) == [("audio", "RTP/AVP", True)]
    out = relay.answer(sdp(plain(4000)), from_tag="bob", to_tag="alice")
    assert [alive for _, _, alive in shape(out)] == [section[0].split()[1] != "0" for section in said]
    assert [protocol for _, protocol, _ in shape(out)] == ["RTP/AVP", "RTP/SAVP"]


@pytest.mark.parametrize(
    ("offer", "told"),
    [
        ((secure(4000), plain(4002)), 1),
        ((plain(4002), secure(4000)), 1),
        ((secure(4000), plain(4002), secure(4004, "video"), plain(4006, "video")), 2),
        ((secure(4000), plain(4002), plain(4004)), 2),
        ((secure(4000), plain(4002, "video"), plain(4004)), 3),
        ((secure(4000), secure(4002)), 2),
        ((secure(0), plain(4002)), 2),
    ],
)
def test_twins_of_a_sender_become_one(offer: tuple[tuple[str, ...], ...], told: int) -> None:
    assert len(RelayUnderTest().offer(sdp(*offer), **FROM_ALICE).media) == told
    assert len(RelayUnderTest().offer(sdp(*offer), **FROM_ALICE | {"OSRTP": []}).media) == len(offer)


@pytest.mark.parametrize("offer", [(secure(4000), plain(4002)), (plain(4002), secure(4000))])
def test_the_sender_is_answered_the_secure_one(offer: tuple[tuple[str, ...], ...]) -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(*offer), **FROM_ALICE)
    out = relay.answer(sdp(plain(5000), host=BOB))
    assert shape(out) == [("audio", section[0].split()[2], "SAVP" in section[0]) for section in offer]
    assert Keying.SDES in keying(relay, "alice")
    assert len(relay.ports.ours) == 4


def test_a_section_that_the_receiver_knows_of_does_not_vanish() -> None:
    relay = RelayUnderTest()
    both = sdp(secure(4000), plain(4002))
    relay.offer(both, **FROM_ALICE | {"OSRTP": []})
    relay.answer(sdp(plain(5000), plain(5002), host=BOB))
    assert len(relay.offer(both, to_tag="bob", **FROM_ALICE).media) == 2
