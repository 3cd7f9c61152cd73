"""BUNDLE towards either side, as conversations: who is offered what, who shares ports, and when they are given back."""

import pytest

from sipcore.address import Address
from sipcore.extensions import MID
from sipcore.sdp.session import SessionDescription
from tests.rtpng.harness import (
    ALICE,
    ALICE6,
    BOB,
    RELAY,
    RelayUnderTest,
    advertised,
    audio,
    lines,
    port,
    ports,
    sdp,
    video,
)

GROUP = ("a=group:BUNDLE a v",)
NUMBERED = ("a=group:BUNDLE 1 2",)
HERS = sdp(audio(4000, "0 8", "a=mid:a"), video(4000, "a=mid:v"), session=GROUP)
HIS = sdp(audio(5000, "0 8", "a=mid:a"), video(5002, "a=mid:v"), host=BOB)
HIS_BUNDLED = sdp(audio(5000, "0 8", "a=mid:a"), video(5000, "a=mid:v"), host=BOB, session=GROUP)
PLAIN = sdp(audio(4000), video(4002))
NUMBERED_BUNDLED = sdp(audio(5000, "0 8", "a=mid:1"), video(5000, "a=mid:2"), host=BOB, session=NUMBERED)


def groups(document: SessionDescription) -> list[str]:
    return list(document.attributes_named("group"))


def shared(document: SessionDescription) -> bool:
    """Whether all sections are on one port."""
    return len(set(ports(document))) == 1


def port_count(relay: RelayUnderTest) -> int:
    return len(relay.ports.ours)


def test_by_default_the_group_is_removed_and_every_section_has_its_ports() -> None:
    relay = RelayUnderTest()
    for document in (relay.offer(HERS), relay.answer(HIS_BUNDLED)):
        assert groups(document) == []
        assert not shared(document)
        assert [media.attribute("mid") for media in document.media] == ["a", "v"]
    assert port_count(relay) == 8


def test_a_group_is_accepted_from_its_sender_alone() -> None:
    relay = RelayUnderTest()
    offered = relay.offer(HERS, bundle=["accept"])
    assert groups(offered) == []
    assert not shared(offered)
    answered = relay.answer(HIS)
    assert groups(answered) == ["BUNDLE a v"]
    assert shared(answered)
    assert len({media.attribute("rtcp") for media in answered.media}) == 1
    assert port_count(relay) == 6


def test_the_first_section_of_a_group_says_where_all_of_it_goes() -> None:
    """In a first offer every section may have an address of its own (RFC 9143 7.2)."""
    relay = RelayUnderTest()
    apart = HERS.replace("m=video 4000", "m=video 4002").replace("BUNDLE a v", "BUNDLE v a")
    relay.offer(apart, bundle=["accept"])
    assert groups(relay.answer(HIS)) == ["BUNDLE v a"]
    assert [address.port for address in advertised(relay, "alice", 0) if address] == [4002, 4003]
    assert advertised(relay, "alice", 0) == advertised(relay, "alice", 1)


def test_what_is_offered_as_a_bundle_has_ports_to_fall_back_on_until_it_is_accepted() -> None:
    relay = RelayUnderTest()
    offered = relay.offer(PLAIN, bundle=["offer"])
    assert groups(offered) == ["BUNDLE 1 2"]
    assert not shared(offered)
    assert [media.attribute("mid") for media in offered.media] == ["1", "2"]
    assert [media.attribute("extmap") for media in offered.media] == [f"1 {MID}"] * 2
    assert all(media.has_attribute("extmap-allow-mixed") for media in offered.media)
    assert port_count(relay) == 8
    answered = relay.answer(NUMBERED_BUNDLED)
    assert groups(answered) == []
    assert not any(media.has_attribute("mid") for media in answered.media)
    assert port_count(relay) == 6


def test_a_bundle_that_was_offered_may_be_declined() -> None:
    relay = RelayUnderTest()
    relay.offer(PLAIN, bundle=["offer"])
    relay.answer(sdp(audio(5000), video(5002), host=BOB))
    assert [advertised(relay, "bob", place)[0] for place in (0, 1)] == [(BOB, 5000), (BOB, 5002)]
    assert port_count(relay) == 8


def test_an_answer_may_bundle_a_part_with_another_section_first() -> None:
    relay = RelayUnderTest()
    offered = relay.offer(sdp(audio(4000), video(4002), audio(4004, "9")), bundle=["offer"])
    third = audio(5000, "9", "a=mid:3")
    relay.answer(sdp(audio(5004), video(5000, "a=mid:2"), third, host=BOB, session=("a=group:BUNDLE 3 2",)))
    bob = relay.call().by_tag("bob")
    assert bob is not None
    assert bob.bundles == ((2, 1),)
    assert [stream.rtp.local.port for stream in bob.streams if stream.rtp] == [
        *(port(offered), port(offered, 2), port(offered, 2))
    ]


@pytest.mark.parametrize("word", ["require", "strict"])
def test_a_required_bundle_is_on_one_port_from_the_start(word: str) -> None:
    relay = RelayUnderTest()
    offered = relay.offer(PLAIN, bundle=[word])
    first, second = offered.media
    assert groups(offered) == ["BUNDLE 1 2"]
    assert second.port == (0 if word == "strict" else first.port)
    assert first.attribute("rtcp") == second.attribute("rtcp")
    assert "a=bundle-only" in lines(second)
    assert "a=bundle-only" not in lines(first)
    assert port_count(relay) == 6
    assert relay.answer(NUMBERED_BUNDLED).media[1].port != 0


def test_a_section_that_was_required_to_bundle_is_refused_if_the_answer_does_not() -> None:
    relay = RelayUnderTest()
    relay.offer(PLAIN, bundle=["require"])
    answered = relay.answer(sdp(audio(5000), video(5002), host=BOB))
    assert ports(answered)[1] == 0
    assert port_count(relay) == 6


def test_both_sides_may_bundle() -> None:
    relay = RelayUnderTest()
    assert groups(relay.offer(HERS, bundle=["accept", "offer"])) == ["BUNDLE a v"]
    answered = relay.answer(HIS_BUNDLED)
    assert groups(answered) == ["BUNDLE a v"]
    assert shared(answered)
    assert port_count(relay) == 4


def test_a_refused_section_is_in_no_bundle() -> None:
    relay = RelayUnderTest()
    relay.offer(HERS, bundle=["accept"])
    answered = relay.answer(sdp(audio(5000), video(0), host=BOB))
    assert groups(answered) == ["BUNDLE a"]
    assert ports(answered)[1] == 0
    assert answered.media[1].attribute("mid") == "v"


def test_a_bundle_goes_on_without_its_first_section() -> None:
    relay = RelayUnderTest()
    relay.offer(HERS, bundle=["accept"])
    answered = relay.answer(sdp(audio(0), video(5002), host=BOB))
    assert groups(answered) == ["BUNDLE v"]
    assert port(answered, 1)
    assert advertised(relay, "alice", 1)[0] == (ALICE, 4000)


def test_media_that_is_not_rtp_is_in_no_bundle() -> None:
    fax = ("m=image 4000 udptl t38", "a=mid:f")
    relay = RelayUnderTest()
    mine = sdp(audio(4000, "0", "a=mid:a"), fax, video(4000, "a=mid:v"), session=("a=group:BUNDLE a f v",))
    assert groups(relay.offer(mine, bundle=["accept", "offer"])) == ["BUNDLE a v"]
    his = sdp(audio(5000, "0", "a=mid:a"), ("m=image 5004 udptl t38",), video(5000, "a=mid:v"), host=BOB, session=GROUP)
    answered = relay.answer(his)
    assert groups(answered) == ["BUNDLE a v"]
    assert port(answered) == port(answered, 2) != port(answered, 1)


def test_same_payload_types_need_the_mid_extension() -> None:
    """Without it packets of two sections cannot be told apart."""
    for extension, expected in (((), []), ((f"a=extmap:4 {MID}",), ["BUNDLE a v"])):
        relay = RelayUnderTest()
        media = [audio(4000, "0", f"a=mid:{mid}", *extension) for mid in "av"]
        relay.offer(sdp(*media, session=GROUP), bundle=["accept"])
        answered = relay.answer(sdp(audio(5000, "0"), audio(5002, "0"), host=BOB))
        assert groups(answered) == expected
        assert [media.attribute("extmap") for media in answered.media] == ([f"4 {MID}"] * 2 if expected else [None] * 2)


def test_a_section_that_is_offered_in_a_bundle_only_lives_if_that_is_accepted() -> None:
    hers = HERS.replace("m=video 4000", "m=video 0") + "a=bundle-only\r\n"
    refused = RelayUnderTest()
    assert ports(refused.offer(hers))[1] == 0
    relay = RelayUnderTest()
    offered = relay.offer(hers, bundle=["accept"])
    assert port(offered, 1)
    assert "a=bundle-only" not in lines(offered.media[1])
    answered = relay.answer(HIS)
    assert groups(answered) == ["BUNDLE a v"]
    assert shared(answered)
    assert advertised(relay, "alice", 1)[0] == (ALICE, 4000)


def test_made_up_mids_differ_from_those_that_there_are() -> None:
    offered = RelayUnderTest().offer(sdp(audio(4000, "0", "a=mid:2"), video(4002)), bundle=["offer"])
    assert groups(offered) == ["BUNDLE 2 02"]


def test_the_mid_extension_gets_the_first_id_that_no_section_uses() -> None:
    hers = sdp(audio(4000, "0", "a=extmap:1 urn:x", "a=extmap:3 urn:y"), video(4002, "a=extmap:2 urn:z"))
    offered = RelayUnderTest().offer(hers, bundle=["offer"])
    assert [media.attributes_named("extmap")[-1] for media in offered.media] == [f"4 {MID}"] * 2


def test_the_mid_extension_that_we_named_is_not_answered_to_who_did_not() -> None:
    relay = RelayUnderTest()
    relay.offer(PLAIN, bundle=["offer"])
    answered = relay.answer(NUMBERED_BUNDLED.replace("a=mid", f"a=extmap:1 {MID}\r\na=mid"))
    assert not any(media.has_attribute("extmap") for media in answered.media)


def test_a_bundle_is_lent_no_keys() -> None:
    """It encrypts several streams with one key: never with one that the other side encrypts with, too."""
    keys = [f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{letter * 40}" for letter in "ABCD"]
    relay = RelayUnderTest()
    hers = sdp(
        audio(4000, "0", "a=mid:a", keys[0], protocol="RTP/SAVP"),
        video(4000, "a=mid:v", keys[1], protocol="RTP/SAVP"),
        session=GROUP,
    )
    relay.offer(hers, bundle=["accept"])
    his = sdp(audio(5000, "0", keys[2], protocol="RTP/SAVP"), video(5002, keys[3], protocol="RTP/SAVP"), host=BOB)
    answered = relay.answer(his)
    told = {media.attribute("crypto") for media in answered.media}
    assert len(told) == 1
    assert not any(letter * 40 in str(told) for letter in "ABCD")


# --- what follows ---


def test_a_bundle_is_kept_by_reinvites_of_either_side() -> None:
    relay = RelayUnderTest()
    offered = relay.offer(HERS, bundle=["accept", "offer"])
    answered = relay.answer(HIS_BUNDLED)
    again = relay.offer(HERS, to_tag="bob")
    assert groups(again) == ["BUNDLE a v"]
    assert ports(again) == [port(offered)] * 2
    assert "a=bundle-only" in lines(again.media[1])
    assert ports(relay.answer(HIS_BUNDLED)) == ports(answered)
    back = relay.offer(HIS_BUNDLED, from_tag="bob", to_tag="alice")
    assert groups(back) == ["BUNDLE a v"]
    assert ports(back) == ports(answered)
    assert ports(relay.answer(HERS, from_tag="bob", to_tag="alice")) == [port(offered)] * 2
    assert port_count(relay) == 4


def test_who_leaves_a_bundle_gets_ports_of_its_own_and_the_first_section_keeps_its() -> None:
    relay = RelayUnderTest()
    relay.offer(HERS, bundle=["accept"])
    first = ports(relay.answer(HIS))
    relay.offer(sdp(audio(4000, "0 8", "a=mid:a"), video(4002, "a=mid:v")), to_tag="bob")
    answered = relay.answer(HIS)
    assert groups(answered) == []
    assert port(answered) == first[0] != port(answered, 1)
    assert [advertised(relay, "alice", place)[0] for place in (0, 1)] == [(ALICE, 4000), (ALICE, 4002)]
    assert port_count(relay) == 8


def test_a_proxy_may_end_a_bundle() -> None:
    relay = RelayUnderTest()
    relay.offer(HERS, bundle=["accept"])
    relay.answer(HIS)
    relay.offer(HERS, to_tag="bob", bundle=["reject"])
    answered = relay.answer(HIS)
    assert groups(answered) == []
    assert not shared(answered)


def test_media_that_is_added_joins_with_the_answer() -> None:
    relay = RelayUnderTest()
    relay.offer(HERS, bundle=["accept", "offer"])
    relay.answer(HIS_BUNDLED)
    group = ("a=group:BUNDLE a v x",)
    three = HERS.replace("BUNDLE a v", "BUNDLE a v x") + "m=audio 4000 RTP/AVP 9\r\na=mid:x\r\n"
    offered = relay.offer(three, to_tag="bob", bundle=["accept", "offer"])
    assert groups(offered) == ["BUNDLE a v x"]
    assert port(offered, 2) != port(offered)
    assert port_count(relay) == 6
    his = sdp(
        audio(5000, "0 8", "a=mid:a"), video(5000, "a=mid:v"), audio(5000, "9", "a=mid:x"), host=BOB, session=group
    )
    answered = relay.answer(his)
    assert groups(answered) == ["BUNDLE a v x"]
    assert shared(answered)
    assert port_count(relay) == 4


def test_the_first_section_may_go_and_come_back() -> None:
    relay = RelayUnderTest()
    keys = {"bundle": ["accept", "offer"]}
    relay.offer(HERS, **keys)
    first = port(relay.answer(HIS_BUNDLED))
    without = sdp(audio(0, "0 8", "a=mid:a"), video(4000, "a=mid:v"), session=("a=group:BUNDLE v",))
    offered = relay.offer(without, to_tag="bob", **keys)
    assert groups(offered) == ["BUNDLE v"]
    answered = relay.answer(without.replace("4000", "5000"))
    assert groups(answered) == ["BUNDLE v"]
    assert ports(answered) == [0, first]
    relay.offer(HERS, to_tag="bob", **keys)
    answered = relay.answer(HIS_BUNDLED)
    assert groups(answered) == ["BUNDLE a v"]
    assert ports(answered) == [first, first]
    assert port_count(relay) == 4


def test_a_repeated_offer_changes_nothing() -> None:
    relay = RelayUnderTest()
    keys = {"bundle": ["accept", "require"]}
    offered = relay.offer(HERS, **keys)
    assert ports(relay.offer(HERS, **keys)) == ports(offered)
    answered = relay.answer(HIS_BUNDLED)
    assert ports(relay.answer(HIS_BUNDLED)) == ports(answered)
    assert port_count(relay) == 4


def test_a_later_answerer_decides_anew() -> None:
    relay = RelayUnderTest()
    relay.offer(HERS, bundle=["accept", "offer"], via_branch="one")
    relay.offer(HERS, bundle=["accept", "offer"], via_branch="two")
    relay.answer(HIS_BUNDLED, via_branch="one")
    answered = relay.answer(HIS, to_tag="carol", via_branch="two")
    assert groups(answered) == ["BUNDLE a v"]
    bob, carol = relay.call().by_tag("bob"), relay.call().by_tag("carol")
    assert bob is not None
    assert carol is not None
    assert bob.streams[0].rtp is bob.streams[1].rtp
    assert carol.streams[0].rtp is not carol.streams[1].rtp


def test_ports_of_a_bundle_are_counted_once() -> None:
    relay = RelayUnderTest()
    relay.offer(HERS, bundle=["accept", "offer"])
    relay.answer(HIS_BUNDLED)
    reply = relay.query()
    locals_ = [[stream["local port"] for stream in media["streams"]] for media in reply["tags"]["alice"]["medias"]]
    assert locals_[0] == locals_[1]
    relay.delete()
    assert relay.is_empty()


def _all_ports() -> set[Address]:
    return {Address(RELAY, number) for number in range(30000, 31000)}


def test_a_port_that_runs_out_leaves_everything_as_it_was() -> None:
    relay = RelayUnderTest()
    relay.offer(HERS, bundle=["accept", "offer"])
    relay.answer(HIS_BUNDLED)
    apart = sdp(audio(4000), video(4002))
    relay.ports.others |= {relay_port for relay_port in _all_ports() if relay_port not in relay.ports.ours}
    with relay.refuses("Ran out of ports"):
        relay.offer(apart, to_tag="bob")


def test_ports_that_an_answer_opened_for_nothing_are_given_back() -> None:
    """The second answer moves two sections to another family, and then one of them joins the other's bundle."""
    relay = RelayUnderTest()
    sections = audio(4000, "0 8", "a=mid:1"), video(4000, "a=mid:2")
    relay.offer(sdp(*sections, host=ALICE6, session=NUMBERED), bundle=["accept"])
    relay.offer(sdp(*sections, host=ALICE6), bundle=["strict"])
    relay.answer(sdp(*sections, host=BOB))
    relay.answer(sdp(audio(4000), host=ALICE6), from_tag="bob", to_tag="alice")
    assert relay.ports.ours == {endpoint.local for endpoint in relay.call().endpoints}
    relay.delete()
    assert relay.is_empty()


def test_further_addresses_of_a_shared_port_go_with_all_of_its_sections() -> None:
    """ICE ends with the first section, which is refused; no address may stay open that nobody listens at."""
    relay = RelayUnderTest()
    three = audio(4000, "0", "a=mid:1"), audio(4010, "0", "a=mid:2"), audio(4020, "0", "a=mid:3")
    relay.offer(sdp(*three, session=("a=group:BUNDLE 1 3",)), flags=["WebRTC"])
    relay.offer(sdp(audio(0), host=BOB), from_tag="bob", to_tag="alice")
    assert {endpoint.local for endpoint in relay.call().endpoints} == set(relay.plane.relays) == relay.ports.ours
