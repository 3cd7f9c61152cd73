"""What an SDP says of addresses, in the latches of our ports."""

import pytest

from rtpng.calls.learn import Latch, Policy, Trust, locked
from rtpng.calls.negotiate import Settings
from sipcore.address import Address
from tests.rtpng.harness import (
    ALICE,
    ALICE6,
    BOB,
    BOB6,
    RelayUnderTest,
    Word,
    advertised,
    audio,
    sdp,
    talking,
)


def test_the_address_is_that_of_the_sdp() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()), received_from=["IP4", "192.0.2.5"])
    assert advertised(relay, "alice") == [Address(ALICE, 4000), Address(ALICE, 4001)]


def test_a_media_address_beats_that_of_the_session() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(4000, "0", "c=IN IP4 198.51.100.9")))
    assert advertised(relay, "alice")[0] == Address("198.51.100.9", 4000)


def test_rtcp_goes_where_its_attribute_says() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(4000, "0", "a=rtcp:4444 IN IP4 198.51.100.9")))
    assert advertised(relay, "alice")[1] == Address("198.51.100.9", 4444)


def test_sip_source_address_replaces_the_host_and_keeps_the_port() -> None:
    relay = RelayUnderTest()
    flags = ["SIP-source-address"]
    relay.offer(sdp(audio(4000, "0", "a=rtcp:4444")), flags=flags, received_from=["IP4", "192.0.2.5"])
    assert advertised(relay, "alice") == [Address("192.0.2.5", 4000), Address("192.0.2.5", 4444)]


@pytest.mark.parametrize(("flags", "host"), [([], "192.0.2.5"), (["trust-address"], ALICE)])
def test_the_operator_may_believe_sip_unless_the_proxy_trusts_the_sdp(flags: list[str], host: str) -> None:
    relay = RelayUnderTest(settings=Settings(sip_source=True))
    relay.offer(sdp(audio()), flags=[*flags], received_from=["IP4", "192.0.2.5"])
    assert advertised(relay, "alice")[0] == Address(host, 4000)


def test_sip_source_address_does_not_end_a_hold() -> None:
    relay = RelayUnderTest()
    flags = ["SIP-source-address"]
    relay.offer(sdp(audio(), host="0.0.0.0"), flags=flags, received_from=["IP4", "192.0.2.5"])
    assert advertised(relay, "alice") == [None, None]


def test_a_sip_source_of_another_family_is_not_believed() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()), flags=["SIP-source-address"], received_from=["IP6", ALICE6])
    assert advertised(relay, "alice")[0] == Address(ALICE, 4000)


@pytest.mark.parametrize("host", ["224.0.0.1", "255.255.255.255", "0.0.0.0"])
def test_multicast_and_zero_are_no_targets(host: str) -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), host=host))
    assert advertised(relay, "alice") == [None, None]


def test_a_party_that_has_to_change_its_family_is_nowhere_until_it_says_so() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), host=ALICE6))
    relay.answer(sdp(audio(5000), host=BOB6))
    relay.offer(sdp(audio(), host=ALICE6), to_tag="bob", address_family="IP4")
    assert advertised(relay, "bob") == [None, None]
    relay.answer(sdp(audio(5000), host=BOB))
    assert advertised(relay, "bob")[0] == Address(BOB, 5000)


def latch(relay: RelayUnderTest, tag: str) -> Latch:
    party = relay.call().by_tag(tag)
    assert party is not None
    assert party.streams[0].rtp is not None
    return party.streams[0].rtp.latch


def test_the_payload_types_of_both_sides_may_come() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(4000, "0 8")))
    relay.answer(sdp(audio(5000, "8 9"), host=BOB))
    assert latch(relay, "alice").payload_types == latch(relay, "bob").payload_types == {0, 8, 9}


def test_a_party_is_expected_to_talk_once_it_was_answered() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()))
    assert latch(relay, "alice").talks_since is None
    relay.clock.advance(2)
    relay.answer(sdp(audio(5000, "0", "a=recvonly"), host=BOB))
    assert (latch(relay, "alice").talks_since, latch(relay, "bob").talks_since) == (1002, None)


@pytest.mark.parametrize(
    ("words", "policy"),
    [
        ({}, Policy.NORMAL),
        ({"endpoint_learning": "off"}, Policy.OFF),
        ({"endpoint_learning": "immediate"}, Policy.IMMEDIATE),
        ({"flags": ["endpoint-learning-off", "media-handover"]}, Policy.HANDOVER),
    ],
)
def test_the_request_says_how_the_sender_is_learned(words: dict[str, Word], policy: Policy) -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()), **words)
    relay.answer(sdp(audio(5000), host=BOB))
    assert (latch(relay, "alice").policy, latch(relay, "bob").policy) == (policy, Policy.NORMAL)


def test_the_operator_says_how_peers_are_learned_where_the_request_does_not() -> None:
    relay = RelayUnderTest(settings=Settings(endpoint_learning="off"))
    relay.offer(sdp(audio()))
    assert latch(relay, "alice").policy is Policy.OFF


@pytest.mark.parametrize(("flags", "kept"), [([], True), (["reset"], False), (["port-latching"], False)])
def test_reset_and_port_latching_learn_anew(flags: list[str], kept: bool) -> None:
    relay = talking()
    party = relay.call().by_tag("alice")
    assert party is not None
    assert party.streams[0].rtp is not None
    learned = Address("192.0.2.77", 7777)
    party.streams[0].rtp.latch = locked(latch(relay, "alice"), learned, Trust.STRANGE, relay.clock.now)
    relay.offer(sdp(audio()), to_tag="bob", flags=flags)
    assert latch(relay, "alice").remote == (learned if kept else None)
