"""SDES and DTLS between two parties, as dialogues; what is expected is rtpengine 26's observed behaviour."""

import re

import pytest

from rtpng.calls.leg import Keying
from rtpng.media.relay import Relay
from sipcore.sdp.session import MediaDescription
from tests.rtpng.harness import BOB, RelayUnderTest, Word, audio, sdp

SAVP, SAVPF, TLS = "RTP/SAVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVPF"
KEY = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
KEY2 = "inline:AAAAX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
CM80, CM32 = "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"
FINGERPRINT = f"a=fingerprint:sha-256 {':'.join(['AA'] * 32)}"
SHA1 = f"a=fingerprint:sha-1 {':'.join(['AA'] * 20)}"
BROWSER = ("a=setup:actpass", FINGERPRINT)


def crypto(tag: int, suite: str, key: str = KEY) -> str:
    return f"a=crypto:{tag} {suite} {key}"


def alice(*lines: str, protocol: str = "RTP/AVP") -> str:
    return sdp(audio(4000, "0", *lines, protocol=protocol))


def bob(*lines: str, protocol: str = "RTP/AVP") -> str:
    return sdp(audio(5000, "0", *lines, protocol=protocol), host=BOB)


def keys(media: MediaDescription) -> list[str]:
    """Tags and suites of ``a=crypto``, and the words of DTLS."""
    cryptos = [" ".join(value.split()[:2]) for value in media.attributes_named("crypto")]
    setup = media.attribute("setup")
    return [*cryptos, *([f"setup {setup}"] if setup is not None else [])]


def inline(media: MediaDescription, tag: int) -> str:
    return next(value.split()[2] for value in media.attributes_named("crypto") if value.startswith(f"{tag} "))


def offered(body: str, **words: Word) -> tuple[RelayUnderTest, MediaDescription]:
    relay = RelayUnderTest()
    return relay, relay.offer(body, **words).media[0]


def keying(relay: RelayUnderTest, tag: str) -> Keying:
    party = relay.call().by_tag(tag)
    assert party is not None
    return party.streams[0].keying


def relays(relay: RelayUnderTest, tag: str) -> list[Relay]:
    party = relay.call().by_tag(tag)
    assert party is not None
    return [relay.plane.relays[endpoint.local] for endpoint in party.streams[0].endpoints]


class TestWhatAnOfferTells:
    def test_every_suite_and_dtls(self) -> None:
        _, media = offered(alice(), transport_protocol=SAVP)
        assert media.protocol == SAVP
        assert keys(media)[:2] == ["1 AEAD_AES_256_GCM", "2 AEAD_AES_128_GCM"]
        assert len(keys(media)) == 13
        assert keys(media)[-1] == "setup actpass"
        assert media.attribute("fingerprint") is not None
        assert re.fullmatch(r"[0-9a-f]{32}", media.attribute("tls-id") or "")

    def test_no_keys_in_sdp_where_dtls_makes_them(self) -> None:
        _, media = offered(alice(), transport_protocol=TLS)
        assert keys(media) == ["setup actpass"]

    def test_the_senders_suites_and_keys_come_first(self) -> None:
        _, media = offered(alice(crypto(3, CM80), crypto(5, CM32), protocol=SAVP))
        assert keys(media)[:4] == [f"3 {CM80}", f"5 {CM32}", "6 AEAD_AES_256_GCM", "7 AEAD_AES_128_GCM"]
        assert inline(media, 3) == KEY

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (["off"], ["setup actpass"]),
            (["nonew"], [f"1 {CM80}", "setup actpass"]),
            ([f"only-{CM32}"], [f"1 {CM80}", f"2 {CM32}", "setup actpass"]),
            ([f"only-{CM32}", f"order:{CM32};{CM80}"], [f"2 {CM32}", f"1 {CM80}", "setup actpass"]),
        ],
    )
    def test_words_of_sdes(self, words: list[str], expected: list[str]) -> None:
        _, media = offered(alice(crypto(1, CM80), protocol=SAVP), SDES=words)
        assert keys(media) == expected

    def test_a_suite_that_is_not_wanted_takes_no_tag(self) -> None:
        _, media = offered(alice(), transport_protocol=SAVP, SDES=["no-AEAD_AES_256_GCM"], DTLS="off")
        assert keys(media)[0] == "1 AEAD_AES_128_GCM"
        assert len(keys(media)) == 11

    def test_session_parameters_of_new_keys(self) -> None:
        words = [f"only-{CM80}", "unencrypted_srtp", "unauthenticated_srtp", "lifetime"]
        _, media = offered(alice(), transport_protocol=SAVP, SDES=words, DTLS="off")
        (value,) = media.attributes_named("crypto")
        assert value.endswith("|2^31 UNENCRYPTED_SRTP UNAUTHENTICATED_SRTP")

    def test_keys_under_a_plain_protocol_go_on(self) -> None:
        _, media = offered(alice(crypto(1, CM80)))
        assert media.protocol == "RTP/AVP"
        assert keys(media)[0] == f"1 {CM80}"

    def test_but_not_if_a_plain_protocol_was_asked_for(self) -> None:
        _, media = offered(alice(crypto(1, CM80)), transport_protocol="RTP/AVP")
        assert keys(media) == []

    def test_keys_are_offered_under_a_plain_protocol_on_demand(self) -> None:
        _, media = offered(alice(), OSRTP=["offer"])
        assert len(keys(media)) == 13

    def test_the_hash_is_the_one_asked_for(self) -> None:
        _, media = offered(alice(), transport_protocol=TLS, DTLS_fingerprint="sha-512", flags=["no-tls-id"])
        assert (media.attribute("fingerprint") or "").startswith("sha-512 ")
        assert media.attribute("tls-id") is None

    def test_the_same_again(self) -> None:
        relay, first = offered(alice(), transport_protocol=SAVP)
        again = relay.offer(alice(), transport_protocol=SAVP).media[0]
        assert again.attributes_named("crypto") == first.attributes_named("crypto")
        assert again.attribute("tls-id") == first.attribute("tls-id")


class TestWhatAnAnswerTakes:
    def test_the_key_of_the_answerer_passes_where_both_know_the_suite(self) -> None:
        relay, _ = offered(alice(crypto(1, CM80), crypto(2, CM32), protocol=SAVP))
        answer = relay.answer(bob(crypto(2, CM32, KEY2), protocol=SAVP)).media[0]
        assert keys(answer) == [f"2 {CM32}"]
        assert inline(answer, 2) == KEY2

    def test_else_the_first_suite_of_the_offerer_with_a_key_of_ours(self) -> None:
        relay, _ = offered(alice(crypto(1, CM80), crypto(2, CM32), protocol=SAVP), transport_protocol="RTP/AVP")
        answer = relay.answer(bob()).media[0]
        assert (answer.protocol, keys(answer)) == (SAVP, [f"1 {CM80}"])
        assert inline(answer, 1) != KEY

    def test_dtls_is_taken_before_sdes(self) -> None:
        relay, _ = offered(alice(*BROWSER, crypto(1, CM80), protocol=SAVP), transport_protocol="RTP/AVP")
        assert keys(relay.answer(bob()).media[0]) == ["setup active"]

    def test_unless_the_offer_prefers_sdes(self) -> None:
        body = alice(*BROWSER, crypto(1, CM80), protocol=SAVP)
        relay, _ = offered(body, transport_protocol="RTP/AVP", SDES=["prefer"])
        assert keys(relay.answer(bob()).media[0]) == [f"1 {CM80}"]

    def test_or_the_answer_switches_dtls_off(self) -> None:
        relay, _ = offered(alice(*BROWSER, crypto(1, CM80), protocol=SAVP), transport_protocol="RTP/AVP")
        assert keys(relay.answer(bob(), DTLS="off").media[0]) == [f"1 {CM80}"]

    @pytest.mark.parametrize(
        ("setup", "words", "expected"),
        [
            ("actpass", {}, ["setup active"]),
            ("active", {}, ["setup passive"]),
            ("passive", {}, ["setup active"]),
            ("actpass", {"DTLS": "passive"}, ["setup passive"]),
            ("actpass", {"DTLS_reverse": "passive"}, ["setup passive"]),
            ("passive", {"DTLS_reverse": "passive"}, ["setup active"]),
            ("holdconn", {}, []),
            ("nonsense", {}, []),
        ],
    )
    def test_roles(self, setup: str, words: dict[str, Word], expected: list[str]) -> None:
        body = alice(f"a=setup:{setup}", FINGERPRINT, protocol=TLS)
        relay, _ = offered(body, transport_protocol="RTP/AVP", **words)
        assert keys(relay.answer(bob()).media[0]) == expected

    def test_a_wish_in_the_answer_comes_too_late(self) -> None:
        relay, _ = offered(alice(*BROWSER, protocol=TLS), transport_protocol="RTP/AVP")
        assert keys(relay.answer(bob(), DTLS="passive").media[0]) == ["setup active"]

    def test_the_hash_is_the_peers(self) -> None:
        relay, _ = offered(alice("a=setup:actpass", SHA1, protocol=TLS), transport_protocol="RTP/AVP")
        assert (relay.answer(bob()).media[0].attribute("fingerprint") or "").startswith("sha-1 ")

    def test_opportunistic_keys_are_refused_if_the_answerer_refuses(self) -> None:
        relay, _ = offered(alice(crypto(1, CM80)))
        assert keys(relay.answer(bob()).media[0]) == []
        assert keying(relay, "alice") is Keying.NONE

    def test_and_taken_where_we_end_them(self) -> None:
        relay, _ = offered(alice(crypto(1, CM80)), transport_protocol="RTP/AVP")
        assert keys(relay.answer(bob()).media[0]) == [f"1 {CM80}"]

    def test_a_plain_offerer_never_gets_a_secure_answer(self) -> None:
        relay, _ = offered(alice())
        assert relay.answer(bob(), transport_protocol=SAVPF).media[0].protocol == "RTP/AVP"

    def test_a_protocol_asked_for_in_a_secure_answer(self) -> None:
        relay, _ = offered(alice(*BROWSER, protocol=TLS), transport_protocol="RTP/AVP")
        assert relay.answer(bob(), transport_protocol=SAVPF).media[0].protocol == SAVPF


class TestReOffers:
    def test_a_leg_keeps_its_protocol(self) -> None:
        relay, _ = offered(alice(crypto(1, CM80), protocol=SAVP), transport_protocol="RTP/AVP")
        relay.answer(bob())
        assert relay.offer(alice(crypto(1, CM80), protocol=SAVP), to_tag="bob").media[0].protocol == "RTP/AVP"
        back = relay.offer(bob(), from_tag="bob", to_tag="alice").media[0]
        assert back.protocol == SAVP

    def test_keys_in_use_are_offered_again_alone(self) -> None:
        relay, _ = offered(alice(), transport_protocol=SAVP)
        answer = bob(crypto(7, CM80), protocol=SAVP)
        relay.answer(answer)
        before = relays(relay, "bob")
        again = relay.offer(alice(), to_tag="bob").media[0]
        assert keys(again)[0] == f"7 {CM80}"
        assert "setup actpass" not in keys(again)
        relay.answer(answer)
        assert relays(relay, "bob") == before

    def test_the_role_of_dtls_stays(self) -> None:
        relay, _ = offered(alice("a=setup:active", FINGERPRINT, protocol=TLS), transport_protocol="RTP/AVP")
        assert keys(relay.answer(bob()).media[0]) == ["setup passive"]
        relay.offer(alice(*BROWSER, protocol=TLS), to_tag="bob")
        assert keys(relay.answer(bob()).media[0]) == ["setup passive"]

    def test_no_wish_turns_roles_that_are_in_use(self) -> None:
        relay, _ = offered(alice(*BROWSER, protocol=TLS), transport_protocol="RTP/AVP")
        assert keys(relay.answer(bob()).media[0]) == ["setup active"]
        relay.offer(alice(*BROWSER, protocol=TLS), DTLS_reverse="passive")
        assert keys(relay.answer(bob()).media[0]) == ["setup active"]

    def test_but_a_wish_counts_until_there_is_an_answer(self) -> None:
        relay, _ = offered(alice(*BROWSER, protocol=TLS), transport_protocol="RTP/AVP")
        relay.offer(alice(*BROWSER, protocol=TLS), DTLS_reverse="passive")
        assert keys(relay.answer(bob()).media[0]) == ["setup passive"]

    @pytest.mark.parametrize(
        ("before", "after", "same"),
        [
            (("a=tls-id:one",), ("a=tls-id:one",), True),
            ((), ("a=tls-id:one",), True),
            (("a=tls-id:one",), ("a=tls-id:two",), False),
            (("a=tls-id:one",), (), False),
            ((), (SHA1.replace("AA", "BB"),), True),
        ],
    )
    def test_our_tls_id_changes_with_the_peers(
        self, before: tuple[str, ...], after: tuple[str, ...], same: bool
    ) -> None:
        relay, _ = offered(alice(*BROWSER, *before, protocol=TLS), transport_protocol="RTP/AVP")
        first = relay.answer(bob()).media[0].attribute("tls-id")
        relay.offer(alice(*BROWSER, *after, protocol=TLS))
        assert (relay.answer(bob()).media[0].attribute("tls-id") == first) is same

    def test_our_tls_id_changes_with_the_peers_certificate(self) -> None:
        relay, _ = offered(alice(*BROWSER, protocol=TLS), transport_protocol="RTP/AVP")
        first = relay.answer(bob()).media[0].attribute("tls-id")
        relay.offer(alice("a=setup:actpass", FINGERPRINT.replace("AA", "BB"), protocol=TLS))
        assert relay.answer(bob()).media[0].attribute("tls-id") != first

    def test_a_leg_that_becomes_secure(self) -> None:
        relay, _ = offered(alice())
        relay.answer(bob())
        assert relays(relay, "alice")[0].unprotect is None
        relay.offer(alice(crypto(1, CM80), protocol=SAVP), to_tag="bob", transport_protocol="RTP/AVP")
        assert relays(relay, "alice")[0].unprotect is None, "until the answer"
        relay.answer(bob())
        assert relays(relay, "alice")[0].unprotect is not None

    def test_keys_that_a_plain_party_begins_to_offer_go_on(self) -> None:
        relay, _ = offered(alice())
        relay.answer(bob())
        assert keys(relay.offer(alice(crypto(1, CM80)), to_tag="bob").media[0])[0] == f"1 {CM80}"

    def test_but_not_if_its_first_keys_stayed_here(self) -> None:
        relay, _ = offered(alice(crypto(1, CM80)), transport_protocol="RTP/AVP")
        relay.answer(bob())
        assert keys(relay.offer(alice(crypto(1, CM80)), to_tag="bob").media[0]) == []


class TestWhatIsCarried:
    def test_keys_of_each_leg(self) -> None:
        relay, _ = offered(alice(crypto(1, CM80), protocol=SAVP), transport_protocol="RTP/AVP")
        answer = relay.answer(bob()).media[0]
        towards_us, towards_bob = relays(relay, "alice"), relays(relay, "bob")
        assert [r.unprotect is not None for r in towards_us + towards_bob] == [True, True, False, False]
        (way,) = towards_bob[0].rtp
        assert way.protect is not None
        assert inline(answer, 1) != KEY
        assert [way.protect for r in towards_us for way in (*r.rtp, *r.rtcp)] == [None] * 3

    def test_no_flow_with_keys(self) -> None:
        relay, _ = offered(alice(crypto(1, CM80), protocol=SAVP), transport_protocol="RTP/AVP")
        relay.answer(bob())
        assert relay.table.installed == frozenset()

    def test_nothing_passes_before_the_answer(self) -> None:
        relay, _ = offered(alice(crypto(1, CM80), protocol=SAVP), transport_protocol="RTP/AVP")
        assert [r.sources for r in relays(relay, "alice")] == [frozenset(), frozenset()]

    def test_nothing_passes_a_leg_without_keys(self) -> None:
        relay, _ = offered(alice(), transport_protocol=SAVP)
        relay.answer(bob(protocol=SAVP))
        assert keying(relay, "bob") is Keying.MISSING
        assert [r.sources for r in relays(relay, "bob")] == [frozenset(), frozenset()]
        assert relays(relay, "alice")[0].rtp == ()

    def test_the_end_leaves_nothing(self) -> None:
        relay, _ = offered(alice(*BROWSER, protocol=TLS), transport_protocol=SAVP)
        relay.answer(bob(crypto(1, CM80), protocol=SAVP))
        relay.delete()
        assert relay.is_empty()


def test_a_broken_line_is_as_good_as_none() -> None:
    lines = ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc", f"a=crypto:x FOO {KEY}", crypto(2, CM32))
    relay, _ = offered(alice(*lines, protocol=SAVP), transport_protocol="RTP/AVP")
    assert keys(relay.answer(bob()).media[0]) == [f"2 {CM32}"]


def test_no_key_in_the_repr_of_a_call() -> None:
    relay, _ = offered(alice(crypto(1, CM80), protocol=SAVP))
    relay.answer(bob(crypto(1, CM80, KEY2), protocol=SAVP))
    party = relay.call().by_tag("alice")
    assert party is not None
    said = repr(party.streams[0].sdes) + repr(relays(relay, "alice"))
    assert "YSX" not in said
    assert KEY.removeprefix("inline:") not in said


def test_a_secure_section_of_a_later_offer_carries_nothing_before_its_answer() -> None:
    relay, _ = offered(alice())
    relay.answer(bob())
    second = ("m=video 4002 RTP/SAVP 96", crypto(1, CM80))
    relay.offer(sdp(audio(4000, "0"), second), to_tag="bob")
    parties = [relay.call().by_tag(tag) for tag in ("alice", "bob")]
    assert [[stream.keying for stream in party.streams] for party in parties if party is not None] == [
        [Keying.NONE, Keying.MISSING],
        [Keying.NONE, Keying.MISSING],
    ]
