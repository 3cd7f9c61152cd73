"""Conversations with people who do not belong to the call: what they send goes nowhere, and they get nothing."""

import pytest

from rtpng.calls import learn
from rtpng.calls.negotiate import Settings
from rtpng.media.relay import Verdict
from sipcore.address import Address
from sipcore.rtp import build
from tests.rtpng.air import RelayOnAir
from tests.rtpng.harness import ALICE, BOB, RELAY, RelayUnderTest, audio, port, sdp

A, B = Address(ALICE, 4000), Address(BOB, 5000)
HERE = Address("192.0.2.77", 6000)  # where Alice speaks from, as it turns out
STRANGER = Address("192.0.2.66", 4000)
PRIVATE = "10.1.1.1"
HOME, OFFICE = "192.0.2.10", "192.0.2.20"


def rtp(number: int, ssrc: int = 7) -> bytes:
    return build(0, number, number * 160, ssrc, b"\xd5" * 160)


def spray(relay: RelayOnAir, local: Address, source: Address = STRANGER, count: int = 50) -> list[Address]:
    """Whom a source reaches with a second of audio."""
    reached = []
    for number in range(count):
        reached += [target for _, target in relay.send(source, local, rtp(number, ssrc=666))]
        relay.clock.advance(0.02)
    return reached


def hears(relay: RelayOnAir, source: Address, local: Address) -> list[Address]:
    return [target for _, target in relay.send(source, local, rtp(9))]


@pytest.mark.parametrize("answer", ["a=sendonly", "a=inactive"])
def test_who_was_told_to_be_silent_is_not_replaced_for_being_silent(answer: str) -> None:
    relay = RelayOnAir()
    to_b = relay.local(port(relay.offer(sdp(audio(4000)))))
    to_a = relay.local(port(relay.answer(sdp(audio(5000, "0 8", answer), host=BOB))))
    relay.pass_time(learn.STRANGE_SILENCE * 3)
    assert spray(relay, to_a) == []
    assert hears(relay, B, to_b) == [A]


def test_while_it_rings_nobody_needs_to_talk() -> None:
    relay = RelayOnAir()
    relay.offer(sdp(audio(4000)))
    early = relay.answer(sdp(audio(5000), host=BOB), sip_message_type="sip_reply", sip_code=183)
    relay.pass_time(learn.STRANGE_SILENCE * 3)
    assert spray(relay, relay.local(port(early))) == []


def test_a_new_port_of_ours_starts_the_silence_anew() -> None:
    relay = RelayOnAir()
    _, to_b = relay.talk()
    relay.pass_time(learn.STRANGE_SILENCE * 3)
    moved = relay.offer(sdp(audio(4000)), to_tag="bob", address_family="IP6")
    assert port(moved) != to_b.port
    assert spray(relay, relay.local(port(moved)), Address("2001:db8:66::1", 4000)) == []


def test_another_answerer_inherits_the_ports_but_not_the_lock() -> None:
    relay = RelayOnAir()
    to_a, to_b = relay.talk(via_branch="one")
    assert hears(relay, B, to_b) == [A]
    relay.answer(sdp(audio(5000), host=PRIVATE), to_tag="carol", received_from=["IP4", HOME])
    assert hears(relay, B, to_b) == []
    assert hears(relay, A, to_a) == [Address(PRIVATE, 5000)]
    assert spray(relay, to_b, Address(HOME, 61000))[-1] == A
    assert hears(relay, A, to_a) == [Address(HOME, 61000)]


def test_a_phone_that_roams_is_found_again() -> None:
    relay = RelayOnAir()
    relay.offer(sdp(audio(4000), host=PRIVATE), received_from=["IP4", HOME])
    to_a = relay.local(port(relay.answer(sdp(audio(5000), host=BOB))))
    assert spray(relay, to_a, Address(HOME, 61000))[-1] == B
    relay.offer(sdp(audio(4000), host=PRIVATE), to_tag="bob", received_from=["IP4", OFFICE])
    assert spray(relay, to_a, Address(OFFICE, 52000))[-1] == B


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3"])
def test_media_never_goes_to_the_loopback_of_this_host(host: str) -> None:
    relay = RelayOnAir()
    relay.offer(sdp(audio(2223), host=host))
    relay.answer(sdp(audio(5000), host=BOB))
    (to_b,) = [a for a in relay.ports.ours if a.port == advertised_port(relay, "bob")]
    assert hears(relay, B, to_b) == []


def advertised_port(relay: RelayOnAir, tag: str) -> int:
    party = relay.call().by_tag(tag)
    assert party is not None
    assert party.streams[0].rtp is not None
    return party.streams[0].rtp.local.port


def test_media_never_goes_to_a_control_port() -> None:
    relay = RelayOnAir(settings=Settings(control=frozenset({Address(RELAY, 2223)})))
    to_b = relay.local(port(relay.offer(sdp(audio(2223), host=RELAY))))
    relay.answer(sdp(audio(5000), host=BOB))
    assert hears(relay, B, to_b) == []


def test_media_does_not_run_in_circles_within_a_call() -> None:
    relay = RelayOnAir()
    to_a, to_b = relay.talk()
    relay.offer(sdp(audio(to_a.port), host=to_a.host), to_tag="bob")
    relay.answer(sdp(audio(to_b.port), host=to_b.host))
    assert hears(relay, to_a, to_a) == []
    assert hears(relay, to_b, to_b) == []


def test_media_does_not_run_in_circles_through_two_calls() -> None:
    relay = RelayOnAir()
    locals_: dict[str, tuple[Address, Address]] = {}
    for call in ("one", "two"):
        to_b = relay.local(port(relay.offer(sdp(audio(4000)), call_id=call)))
        to_a = relay.local(port(relay.answer(sdp(audio(5000), host=BOB), call_id=call)))
        locals_[call] = to_a, to_b
    # what enters call one towards its callee leaves for call two, and from there for call one again
    for call, other in (("one", "two"), ("two", "one")):
        target = locals_[other][0]
        relay.offer(sdp(audio(4000)), call_id=call, to_tag="bob")
        relay.answer(sdp(audio(target.port), host=target.host), call_id=call)
    ways = [forward for r in relay.plane.relays.values() if r.local == locals_["two"][0] for forward in r.rtp]
    assert ways == []


def test_a_call_may_pass_through_the_relay_twice() -> None:
    relay = RelayOnAir()
    first_b = relay.local(port(relay.offer(sdp(audio(4000)), call_id="one")))
    second_b = relay.local(port(relay.offer(sdp(audio(first_b.port), host=first_b.host), call_id="two")))
    second_a = relay.local(port(relay.answer(sdp(audio(5000), host=BOB), call_id="two")))
    first_a = relay.local(port(relay.answer(sdp(audio(second_a.port), host=second_a.host), call_id="one")))
    assert relay.send(A, first_a, rtp(1)) == [(first_b, second_a)]
    assert relay.send(first_b, second_a, rtp(1)) == [(second_b, B)]
    assert relay.send(B, second_b, rtp(1)) == [(second_a, first_b)]
    assert relay.send(second_a, first_b, rtp(1)) == [(first_a, A)]


CRYPTO = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40


@pytest.mark.parametrize(("parameter", "verdict"), [("", Verdict.FORWARD), (" UNAUTHENTICATED_SRTP", Verdict.HOLD)])
def test_the_keys_of_a_leg_prove_who_speaks(parameter: str, verdict: Verdict) -> None:
    """The plane asks about a packet of such a leg only when the keys have authenticated it, if they can."""
    relay = RelayUnderTest()
    secure = audio(4000, "0", CRYPTO + parameter, protocol="RTP/SAVP")
    to_b = port(relay.offer(sdp(secure), transport_protocol="RTP/AVP"))
    to_a = Address(RELAY, port(relay.answer(sdp(audio(5000, "0"), host=BOB))))
    relay.clock.advance(0.1)
    assert relay.engine.judge(to_a, HERE, rtp(1), relay.clock.now) is verdict
    (way,) = relay.plane.relays[Address(RELAY, to_b)].rtp
    assert way.target == (HERE if verdict is Verdict.FORWARD else A)
