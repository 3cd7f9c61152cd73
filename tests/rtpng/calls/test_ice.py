"""ICE between two parties, as dialogues; what is expected is rtpengine 26's observed behaviour."""

import re

import pytest

from rtpng.calls.legs import name_of
from rtpng.calls.model import MediaStream
from rtpng.interfaces import Interface
from sipcore.address import Address
from sipcore.sdp.session import MediaDescription, SessionDescription
from tests.rtpng.harness import ALICE, BOB, BOB6, RELAY, RELAY6, RelayUnderTest, Word, audio, sdp

ICE = (
    "a=ice-ufrag:abcd",
    "a=ice-pwd:0123456789012345678901",
    "a=candidate:1 1 udp 2130706431 198.51.100.1 4000 typ host",
)
OTHER = (
    "a=ice-ufrag:wxyz",
    "a=ice-pwd:9876543210987654321098",
    "a=candidate:1 1 udp 2130706431 198.51.100.9 1 typ host",
)
TRICKLE = "a=ice-options:trickle"
PEER, PEER6 = Address(BOB, 7000), Address(BOB6, 7000)


def alice(*lines: str, session: tuple[str, ...] = ()) -> str:
    return sdp(audio(4000, "0", *lines), session=session)


def bob(*lines: str) -> str:
    return sdp(audio(5000, "0", *lines), host=BOB)


def one_address() -> RelayUnderTest:
    return RelayUnderTest(interfaces=(Interface("default", RELAY, RELAY, 30000, 30999),))


def candidates(media: MediaDescription) -> list[str]:
    """Without foundations and ports."""
    return [
        re.sub(r"^\w{16} (\d UDP \d+ \S+) \d+ typ host$", r"\1", value) for value in media.attributes_named("candidate")
    ]


def credentials(document: SessionDescription) -> tuple[str | None, str | None]:
    return document.media[0].attribute("ice-ufrag"), document.media[0].attribute("ice-pwd")


def has_ice(document: SessionDescription) -> bool:
    return document.media[0].attribute("ice-ufrag") is not None


def stream(relay: RelayUnderTest, tag: str) -> MediaStream:
    party = relay.call().by_tag(tag)
    assert party is not None
    return party.streams[0]


class TestWhoGetsIce:
    @pytest.mark.parametrize(
        ("lines", "words", "offered", "answered"),
        [
            ((), {}, False, False),
            ((), {"ICE": "force"}, True, False),
            ((), {"ICE": "default"}, False, False),
            ((), {"ICE": "optional"}, True, False),
            (ICE, {}, True, True),
            (ICE, {"ICE": "force"}, True, True),
            (ICE, {"ICE": "remove"}, False, True),
            (ICE, {"flags": ["reject-ICE"]}, True, False),
        ],
    )
    def test_by_policy(self, lines: tuple[str, ...], words: dict[str, Word], offered: bool, answered: bool) -> None:
        relay = one_address()
        assert has_ice(relay.offer(alice(*lines), **words)) is offered
        assert has_ice(relay.answer(bob(*ICE))) is answered

    def test_force_in_an_answer_adds_nothing(self) -> None:
        relay = one_address()
        relay.offer(alice())
        assert not has_ice(relay.answer(bob(*ICE), ICE="force"))

    def test_an_answerer_without_ice_ends_it_on_its_side_alone(self) -> None:
        relay = one_address()
        relay.offer(alice(*ICE))
        assert has_ice(relay.answer(bob()))
        assert stream(relay, "bob").ice is None
        assert len(relay.legs.legs) == 1

    def test_broken_credentials_are_as_good_as_none(self) -> None:
        assert not has_ice(one_address().offer(alice("a=ice-ufrag:a b", "a=ice-pwd:x")))


class TestCandidates:
    def test_lines_of_one_address(self) -> None:
        media = one_address().offer(alice(), ICE="force").media[0]
        assert candidates(media) == [f"1 UDP 2130706431 {RELAY}", f"2 UDP 2130706430 {RELAY}"]
        assert re.fullmatch(r"\w{8}", media.attribute("ice-ufrag") or "")
        assert re.fullmatch(r"\w{26}", media.attribute("ice-pwd") or "")

    def test_every_address_of_the_interface_has_ports(self) -> None:
        relay = RelayUnderTest()
        media = relay.offer(alice(), ICE="force").media[0]
        assert candidates(media) == [
            f"1 UDP 2130706431 {RELAY}",
            f"1 UDP 2130706175 {RELAY6}",
            f"2 UDP 2130706430 {RELAY}",
            f"2 UDP 2130706174 {RELAY6}",
        ]
        ports = {value.split()[5] for value in media.attributes_named("candidate")}
        assert len(ports) == 4

    def test_the_further_ports_are_given_back_when_nobody_wants_ice(self) -> None:
        relay = RelayUnderTest()
        relay.offer(alice(), ICE="force")
        before = len(relay.ports.ours)
        relay.answer(bob())
        assert len(relay.ports.ours) == before - 2

    def test_the_foundation_is_that_of_the_address(self) -> None:
        relay = RelayUnderTest()
        one = relay.offer(alice(), ICE="force").media[0]
        other = relay.offer(alice(), ICE="force", call_id="other").media[0]
        foundations = [[value.split()[0] for value in media.attributes_named("candidate")] for media in (one, other)]
        assert foundations[0] == foundations[1]
        assert len(set(foundations[0])) == 2

    def test_a_single_port_has_no_second_component(self) -> None:
        media = one_address().offer(alice(), ICE="force", rtcp_mux=["require"]).media[0]
        assert candidates(media) == [f"1 UDP 2130706431 {RELAY}"]

    def test_the_media_address_is_that_of_the_candidates(self) -> None:
        media = one_address().offer(alice(), ICE="force", media_address="192.0.2.9").media[0]
        assert candidates(media)[0] == "1 UDP 2130706431 192.0.2.9"

    def test_nobody_is_told_of_the_other_sides(self) -> None:
        relay = one_address()
        for document in (relay.offer(alice(*ICE)), relay.answer(bob(*OTHER))):
            assert all(RELAY in value for value in document.media[0].attributes_named("candidate"))


class TestTrickle:
    def test_the_flag_advertises_it(self) -> None:
        media = one_address().offer(alice(), ICE="force", flags=["trickle-ICE"]).media[0]
        assert media.attribute("ice-options") == "trickle"
        assert media.has_attribute("end-of-candidates")

    def test_it_is_answered_but_not_passed_on(self) -> None:
        relay = one_address()
        assert relay.offer(alice(*ICE, TRICKLE)).media[0].attribute("ice-options") is None
        assert relay.answer(bob(*OTHER)).media[0].attribute("ice-options") == "trickle"

    def fragment(self, relay: RelayUnderTest, text: str, tag: str = "alice") -> None:
        assert relay.command("offer", call_id="call", from_tag=tag, sdp=text, flags=["fragment"]) == {"result": "ok"}

    def test_a_fragment_adds_candidates_and_nothing_else(self) -> None:
        relay = one_address()
        relay.offer(alice(*ICE[:2], TRICKLE))
        relay.answer(bob(*OTHER))
        before = stream(relay, "bob").described, relay.call().last_signal
        self.fragment(relay, "\r\n".join([*ICE[:2], "m=audio 9 RTP/AVP 0", ICE[2], "a=end-of-candidates", ""]))
        ice = stream(relay, "alice").ice
        assert ice is not None
        assert ice.told is not None
        assert [candidate.port for candidate in ice.told.candidates] == [4000]
        assert ice.told.complete
        assert (stream(relay, "bob").described, relay.call().last_signal) == before
        (spec,) = [spec for spec in relay.legs.legs.values() if spec.ice is not None and spec.ice.own == ice.own]
        assert spec.ice is not None
        assert spec.ice.told == ice.told

    def test_a_fragment_of_other_credentials_changes_nothing(self) -> None:
        relay = one_address()
        relay.offer(alice(*ICE[:2]))
        before = dict(relay.legs.legs)
        self.fragment(relay, "\r\n".join([*OTHER[:2], "m=audio 9 RTP/AVP 0", ICE[2], ""]))
        assert relay.legs.legs == before

    def test_an_early_fragment_waits_for_its_party(self) -> None:
        relay = one_address()
        self.fragment(relay, "\r\n".join([*ICE[:2], "m=audio 9 RTP/AVP 0", ICE[2], ""]))
        assert len(relay.engine.calls) == 0
        relay.offer(alice(*ICE[:2]))
        ice = stream(relay, "alice").ice
        assert ice is not None
        assert ice.told is not None
        assert len(ice.told.candidates) == 1

    def test_it_waits_under_the_call_id_of_a_call_that_became_part_of_another(self) -> None:
        relay = one_address()
        for call_id, first, second in (("call", "carol", "dave"), ("other", "erin", "frank")):
            relay.offer(sdp(audio(6000)), call_id=call_id, from_tag=first)
            relay.answer(sdp(audio(7000)), call_id=call_id, from_tag=first, to_tag=second)
        relay.command("connect", call_id="call", from_tag="dave", to_call_id="other", to_tag="frank")
        text = "\r\n".join([*ICE[:2], "m=audio 9 RTP/AVP 0", ICE[2], ""])
        keys = {"call_id": "other", "from_tag": "alice"}
        assert relay.command("offer", sdp=text, flags=["fragment"], **keys) == {"result": "ok"}
        relay.offer(alice(*ICE[:2]), **keys)
        ice = stream(relay, "alice").ice
        assert ice is not None
        assert ice.told is not None
        assert len(ice.told.candidates) == 1

    def test_but_not_for_long(self) -> None:
        relay = one_address()
        self.fragment(relay, "\r\n".join([*ICE[:2], "m=audio 9 RTP/AVP 0", ICE[2], ""]))
        relay.clock.advance(3.1)
        relay.offer(alice(*ICE[:2]))
        ice = stream(relay, "alice").ice
        assert ice is not None
        assert ice.told is not None
        assert ice.told.candidates == ()

    def test_junk_is_refused(self) -> None:
        relay = one_address()
        relay.offer(alice(*ICE))
        with relay.refuses("Failed to parse SDP"):
            self.fragment(relay, "m=audio x")


class TestRestartAndRoles:
    def test_credentials_stay(self) -> None:
        relay = one_address()
        offer = credentials(relay.offer(alice(*ICE)))
        answer = credentials(relay.answer(bob(*OTHER)))
        assert credentials(relay.offer(alice(*ICE), to_tag="bob")) == offer
        assert credentials(relay.answer(bob(*OTHER))) == answer

    def test_a_restart_is_answered_by_new_ones_on_that_side_alone(self) -> None:
        relay = one_address()
        offer = credentials(relay.offer(alice(*ICE)))
        answer = credentials(relay.answer(bob(*OTHER)))
        assert credentials(relay.offer(alice(*OTHER), to_tag="bob")) == offer
        assert credentials(relay.answer(bob(*OTHER))) != answer

    def test_ice_goes_when_the_offerer_no_longer_has_it(self) -> None:
        relay = one_address()
        relay.offer(alice(*ICE))
        relay.answer(bob(*OTHER))
        assert has_ice(relay.offer(alice(), to_tag="bob"))
        assert not has_ice(relay.answer(bob(*OTHER)))

    @pytest.mark.parametrize(
        ("word", "towards_bob", "towards_alice"),
        [(None, False, False), ("forward", True, False), ("backward", False, True), ("both", True, True)],
    )
    def test_lite(self, word: str | None, towards_bob: bool, towards_alice: bool) -> None:
        relay = one_address()
        assert relay.offer(alice(*ICE), ICE_lite=word).has_attribute("ice-lite") is towards_bob
        assert relay.answer(bob(*OTHER)).has_attribute("ice-lite") is towards_alice

    def test_a_lite_offerer_makes_us_controlling(self) -> None:
        relay = one_address()
        relay.offer(alice(*ICE, session=("a=ice-lite",)))
        ice = stream(relay, "alice").ice
        assert ice is not None
        assert ice.controlling


class TestBeside:
    """``optional`` and ``force-relay`` with ICE on both sides: nothing ends here."""

    @pytest.mark.parametrize(
        ("policy", "ours"),
        [
            ("optional", ["1 UDP 2097152255", "2 UDP 2097152254"]),
            ("force-relay", ["1 UDP 16777215", "2 UDP 16777214"]),
        ],
    )
    def test_everything_of_the_sender_passes_and_our_candidates_follow(self, policy: str, ours: list[str]) -> None:
        relay = one_address()
        lines = ("a=rtpmap:0 PCMU/8000", *ICE, "a=setup:actpass", "a=x:y")
        media = relay.offer(alice(*lines), ICE=policy).media[0]
        assert (media.port, media.connection and media.connection.host) == (4000, ALICE)
        said = [f"a={attribute.text}" for attribute in media.attributes]
        assert said[: len(lines)] == list(lines)
        added = [" ".join(value.split()[1:4]) for value in media.attributes_named("candidate")[1:]]
        assert added == ours

    def test_relayed_candidates_are_related_to_themselves(self) -> None:
        media = one_address().offer(alice(*ICE), ICE="force-relay").media[0]
        words = media.attributes_named("candidate")[1].split()
        assert words[6:] == ["typ", "relay", "raddr", RELAY, "rport", words[5]]

    def test_the_answer_passes_as_well(self) -> None:
        relay = one_address()
        relay.offer(alice(*ICE), ICE="force-relay")
        media = relay.answer(bob(*OTHER)).media[0]
        assert media.port == 5000
        assert media.attribute("ice-ufrag") == "wxyz"
        assert [value.split()[7] for value in media.attributes_named("candidate")] == ["host"] * 3

    def test_every_kind_of_packet_is_relayed_and_nothing_is_read(self) -> None:
        relay = one_address()
        relay.offer(alice(*ICE, "a=setup:actpass", f"a=fingerprint:sha-256 {':'.join(['AA'] * 32)}"), ICE="optional")
        relay.answer(bob(*OTHER))
        assert relay.legs.legs == {}
        carried = [relay.plane.relays[e.local] for tag in ("alice", "bob") for e in stream(relay, tag).endpoints]
        assert all(each.opaque and not each.agent and each.rtp for each in carried)
        assert relay.table.installed == frozenset()

    def test_it_holds_for_later_offers(self) -> None:
        relay = one_address()
        relay.offer(alice(*ICE), ICE="optional")
        relay.answer(bob(*OTHER))
        assert relay.offer(alice(*ICE), to_tag="bob").media[0].port == 4000
        relay.delete()
        assert relay.is_empty()


class TestWhatIceFinds:
    def call(self, relay: RelayUnderTest) -> MediaStream:
        relay.offer(alice(), ICE="force")
        relay.answer(bob(*OTHER))
        return stream(relay, "bob")

    def found(self, relay: RelayUnderTest, local: Address, remote: Address = PEER) -> None:
        relay.listener.path_found(name_of(stream(relay, "bob")), 1, local, remote, selected=True)

    def test_media_goes_to_the_selected_pair(self) -> None:
        relay = one_address()
        found = self.call(relay)
        assert found.rtp is not None
        self.found(relay, found.rtp.local)
        assert found.rtp.latch.remote == PEER
        assert relay.plane.relays[found.rtp.local].remote == PEER
        assert [way.target for way in relay.plane.relays[stream(relay, "alice").endpoints[0].local].rtp] == [PEER]

    def test_plain_media_of_the_selected_pair_goes_through_the_kernel(self) -> None:
        relay = one_address()
        found = self.call(relay)
        assert found.rtp is not None
        self.found(relay, found.rtp.local)
        assert {flow.remote for flow in relay.table.installed} == {PEER}

    def test_later_offers_name_the_selected_pair_alone(self) -> None:
        relay = RelayUnderTest()
        found = self.call(relay)
        (path,) = found.paths
        self.found(relay, path.rtp.local, PEER6)
        media = relay.offer(alice(), to_tag="bob", ICE="force").media[0]
        assert candidates(media)[0].startswith("1 UDP 2130706431 2001:db8")
        assert media.attribute("remote-candidates") == f"1 {PEER6.host} {PEER6.port}"

    def test_the_port_of_another_address_takes_the_place_of_the_first(self) -> None:
        relay = RelayUnderTest()
        found = self.call(relay)
        first, (path,) = found.rtp, found.paths
        chosen = path.rtp
        self.found(relay, chosen.local, PEER6)
        assert found.rtp is chosen
        assert found.paths[0].rtp is first
        assert {relay.plane.relays[e.local].agent for e in found.endpoints} == {True}

    def test_nothing_is_sent_to_a_peer_that_no_longer_answers(self) -> None:
        relay = one_address()
        found = self.call(relay)
        assert found.rtp is not None
        self.found(relay, found.rtp.local)
        relay.listener.consent_lost(name_of(found), 1)
        assert relay.plane.relays[stream(relay, "alice").endpoints[0].local].rtp == ()
        self.found(relay, found.rtp.local)
        assert relay.plane.relays[stream(relay, "alice").endpoints[0].local].rtp != ()

    def test_what_is_found_after_the_end_is_no_news(self) -> None:
        relay = one_address()
        found = self.call(relay)
        name = name_of(found)
        relay.delete()
        relay.listener.path_found(name, 1, name, PEER, selected=True)
        relay.listener.consent_lost(name, 1)
        relay.listener.unkeyed(name, 1, "gone")
        assert relay.is_empty()
