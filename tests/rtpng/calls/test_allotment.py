"""Which ports the two sides of an offer get, and that they keep them."""

from rtpng.interfaces import Interface
from sipcore.address import Address
from tests.rtpng.harness import (
    BOB,
    RELAY,
    RelayUnderTest,
    audio,
    lines,
    port,
    ports,
    sdp,
    talking,
    video,
)


def test_each_media_and_side_has_an_even_port_and_the_next() -> None:
    relay = talking()
    assert sorted(address.port % 2 for address in relay.ports.ours) == [0, 0, 1, 1]


def test_a_repeated_offer_gets_the_same_answer() -> None:
    relay = RelayUnderTest()
    body = sdp(audio(), video())
    assert lines(relay.offer(body)) == lines(relay.offer(body))
    assert ports(relay.offer(body)) == ports(relay.offer(body))
    assert len(relay.call().parties) == 2


def test_a_re_invite_keeps_the_ports() -> None:
    relay = RelayUnderTest()
    to_bob = relay.offer(sdp(audio()))
    to_alice = relay.answer(sdp(audio(5000), host=BOB))
    assert port(relay.offer(sdp(audio(4100, "8 0", "a=sendonly")), to_tag="bob")) == port(to_bob)
    assert port(relay.answer(sdp(audio(5100, "8"), host=BOB))) == port(to_alice)


def test_a_re_invite_of_the_callee_keeps_the_ports() -> None:
    relay = RelayUnderTest()
    to_bob = relay.offer(sdp(audio()))
    to_alice = relay.answer(sdp(audio(5000), host=BOB))
    assert port(relay.offer(sdp(audio(5000), host=BOB), from_tag="bob", to_tag="alice")) == port(to_alice)
    assert port(relay.answer(sdp(audio(4000)), from_tag="bob", to_tag="alice")) == port(to_bob)


def test_more_media_in_a_re_invite_get_ports_and_the_others_keep_theirs() -> None:
    relay = RelayUnderTest()
    to_bob = relay.offer(sdp(audio()))
    relay.answer(sdp(audio(5000), host=BOB))
    again = relay.offer(sdp(audio(), video()), to_tag="bob")
    assert port(again, 0) == port(to_bob, 0)
    assert port(again, 1) not in (0, port(to_bob))
    assert len(relay.ports.ours) == 8


def test_rejected_media_gets_no_ports() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(0), video()))
    assert len(relay.ports.ours) == 4


def test_removed_media_comes_back_with_its_ports() -> None:
    relay = RelayUnderTest()
    first = relay.offer(sdp(audio(), video()))
    relay.answer(sdp(audio(5000), video(5002), host=BOB))
    removed = relay.offer(sdp(audio(), video(0)), to_tag="bob")
    assert ports(removed) == [port(first), 0]
    assert ports(relay.answer(sdp(audio(5000), video(0), host=BOB)))[1] == 0
    assert ports(relay.offer(sdp(audio(), video()), to_tag="bob")) == ports(first)


def test_audio_that_becomes_fax_keeps_its_port() -> None:
    relay = talking()
    before = {party.tag: party.streams[0].endpoints[0].local for party in relay.call().parties}
    relay.offer(sdp(("m=image 4000 udptl t38",)), to_tag="bob")
    relay.answer(sdp(("m=image 5000 udptl t38",), host=BOB))
    assert {party.tag: party.streams[0].endpoints[0].local for party in relay.call().parties} == before


def test_ports_of_other_programs_are_passed_over() -> None:
    relay = RelayUnderTest(interfaces=(Interface("default", RELAY, RELAY, 30000, 30007),))
    relay.ports.others |= {Address(RELAY, 30000), Address(RELAY, 30005)}
    relay.offer(sdp(audio()))
    assert {address.port for address in relay.ports.ours} == {30002, 30003, 30006, 30007}
