"""What query tells of a call."""

from typing import Any

import pytest

from kernel.flow import Counter
from rtpng.calls.learn import Trust, locked
from rtpng.media.relay import SocketStats
from sipcore.address import Address
from tests.rtpng.harness import ALICE, BOB, RELAY, RelayUnderTest, audio, sdp, video


def talking(*more: tuple[str, ...]) -> RelayUnderTest:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), *more))
    relay.answer(sdp(audio(5000), *more, host=BOB))
    return relay


def local(relay: RelayUnderTest, tag: str, component: int = 0) -> Address:
    party = relay.call().by_tag(tag)
    assert party is not None
    return party.streams[0].endpoints[component].local


def media(relay: RelayUnderTest, tag: str, place: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = relay.query()["tags"][tag]["medias"][place]
    return found


def test_a_new_call_tells_its_times() -> None:
    relay = talking()
    relay.clock.advance(3)
    relay.offer(sdp(audio()), to_tag="bob")
    reply = relay.query()
    assert {key: value for key, value in reply.items() if key not in ("tags", "totals", "SSRC")} == {
        "created": 1_700_000_000,
        "created_us": 250_000,
        "created_ts": 1_700_000_000_250_000,
        "last signal": 1_700_000_003,
        "last redis update": 0,
        "result": "ok",
    }


def test_metadata_is_told_when_there_is_some() -> None:
    relay = talking()
    assert "metadata" not in relay.query()
    relay.offer(sdp(audio()), to_tag="bob", metadata="x=1")
    assert relay.query()["metadata"] == "x=1"


def test_a_party_tells_who_hears_whom() -> None:
    party = talking().query()["tags"]["alice"]
    assert party["subscriptions"] == party["subscribers"] == [{"tag": "bob", "type": "offer/answer"}]
    assert (party["tag"], party["created"], party["VSC"]) == ("alice", 1_700_000_000, [])


@pytest.mark.parametrize(
    ("words", "tags"),
    [
        ({}, ["alice", "bob"]),
        ({"from_tag": "alice"}, ["alice", "bob"]),
        ({"to_tag": "bob"}, ["alice", "bob"]),
        ({"from_tag": "alice", "to_tag": "bob"}, ["alice", "bob"]),
        ({"from_tag": "nobody"}, []),
    ],
)
def test_tags_ask_for_parties_and_those_they_talk_to(words: dict[str, str], tags: list[str]) -> None:
    assert list(talking().query(**words)["tags"]) == tags


def test_a_branch_that_nobody_is_connected_to_is_left_out() -> None:
    relay = talking()
    relay.offer(sdp(audio()), via_branch="second")
    relay.answer(sdp(audio()), to_tag="carol", via_branch="second")
    assert list(relay.query(from_tag="carol")["tags"]) == ["alice", "carol"]


def test_totals_are_of_the_whole_call_whatever_the_tags() -> None:
    relay = talking()
    relay.plane.heard[local(relay, "alice")] = SocketStats(packets=3, bytes=30, errors=1)
    relay.plane.heard[local(relay, "bob", 1)] = SocketStats(packets=4, bytes=40)
    totals = {"RTP": {"packets": 3, "bytes": 30, "errors": 1}, "RTCP": {"packets": 4, "bytes": 40, "errors": 0}}
    assert relay.query()["totals"] == relay.query(from_tag="nobody")["totals"] == totals


def test_a_stream_that_heard_nothing_tells_its_creation_as_last_packet() -> None:
    relay = talking()
    relay.clock.advance(9)
    stream = media(relay, "alice")["streams"][0]
    assert (stream["last packet"], stream["last kernel packet"], stream["last user packet"]) == (
        1_700_000_000,
        0,
        1_700_000_000,
    )
    assert "SSRC" not in stream


def test_a_stream_tells_where_it_is_and_where_its_media_goes() -> None:
    relay = talking()
    stream = media(relay, "bob")["streams"][0]
    peer = {"family": "IPv4", "address": BOB, "port": 5000}
    assert (stream["local address"], stream["local port"]) == (RELAY, local(relay, "bob").port)
    assert (stream["family"], stream["endpoint"], stream["advertised endpoint"]) == ("IPv4", peer, peer)


def test_a_party_that_said_nothing_yet_has_empty_endpoints() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()))
    stream = media(relay, "<untagged 1>")["streams"][0]
    assert (stream["endpoint"], stream["advertised endpoint"]) == ({}, {})
    assert "filled" not in stream["flags"]


def test_the_counters_of_userspace_and_kernel_add_up() -> None:
    relay = talking()
    for tag, (component, peer) in {"alice": (0, "198.51.100.1"), "bob": (0, BOB)}.items():
        port = 4000 if tag == "alice" else 5000
        packet = b"\x80\x00\x00\x01" + bytes(168)
        relay.engine.judge(local(relay, tag, component), Address(peer, port), packet, relay.clock.now)
    relay.plane.heard[local(relay, "alice")] = SocketStats(packets=2, bytes=20, last_packet=relay.clock.now)
    relay.clock.advance(2)
    for _ in range(5):
        relay.table.carry(Address("198.51.100.1", 4000), local(relay, "alice"), b"\x80\x00" + bytes(98))
    stream = media(relay, "alice")["streams"][0]
    assert stream["stats"] == {"packets": 7, "bytes": 520, "errors": 0}
    assert media(relay, "bob")["streams"][0]["stats_out"] == {"packets": 5, "bytes": 500, "errors": 0}
    assert {"RTP", "filled", "confirmed", "kernelized"} == set(stream["flags"])
    assert (stream["last user packet"], stream["last kernel packet"]) == (1_700_000_000, 1_700_000_002)
    assert stream["last packet"] == 1_700_000_002
    assert relay.query()["totals"]["RTP"] == {"packets": 7, "bytes": 520, "errors": 0}
    assert Counter(5, 500) in relay.table.counters(relay.table.installed).values()


def test_ssrcs_are_told_of_both_directions_and_of_the_call() -> None:
    relay = talking()
    relay.plane.heard[local(relay, "alice")] = SocketStats(
        packets=2, bytes=20, ssrc=77, first_ssrc=66, sequence=5, timestamp=160, payload_type=8
    )
    entry = {"bytes": 20, "packets": 2, "last RTP timestamp": 160, "last RTP seq": 5}
    assert relay.query()["SSRC"] == {"77": entry}
    assert media(relay, "alice")["ingress SSRCs"] == media(relay, "bob")["egress SSRCs"] == [{"SSRC": 77} | entry]
    assert [stream["SSRC"] for stream in media(relay, "alice")["streams"]] == [66, 66]


def test_an_ssrc_that_both_sides_use_is_told_of_the_first() -> None:
    relay = talking()
    for tag, packets in (("alice", 2), ("bob", 3)):
        relay.plane.heard[local(relay, tag)] = SocketStats(packets=packets, ssrc=7, first_ssrc=7, sequence=1)
    assert relay.query()["SSRC"]["7"]["packets"] == 2


def test_rtcp_goes_beside_the_rtp_that_was_heard() -> None:
    relay = talking()
    party = relay.call().by_tag("alice")
    assert party is not None
    assert party.streams[0].rtp is not None
    party.streams[0].rtp.latch = locked(party.streams[0].rtp.latch, Address("192.0.2.7", 7000), Trust.STRANGE, 1.0)
    told = [stream["endpoint"]["port"] for stream in media(relay, "alice")["streams"]]
    assert told == [7000, 7001]
    assert media(relay, "alice")["streams"][1]["advertised endpoint"]["port"] == 4001


def test_the_codec_is_the_one_that_was_heard() -> None:
    relay = talking()
    assert "codec" not in media(relay, "alice")
    relay.plane.heard[local(relay, "alice")] = SocketStats(payload_type=8)
    assert media(relay, "alice")["codec"] == "PCMA/8000"


@pytest.mark.parametrize("now", [audio(0, "no-number"), ("m=image 4000 udptl t38",), ("m=message 1 TCP/MSRP *",)])
def test_media_that_was_heard_and_is_something_else_now_has_no_codec(now: tuple[str, ...]) -> None:
    relay = talking()
    relay.plane.heard[local(relay, "alice")] = SocketStats(payload_type=8)
    relay.offer(sdp(now), to_tag="bob")
    assert "codec" not in media(relay, "alice")


def test_all_media_are_numbered_from_one() -> None:
    medias = talking(video()).query()["tags"]["bob"]["medias"]
    assert [(m["index"], m["type"], m["protocol"], len(m["streams"])) for m in medias] == [
        (1, "audio", "RTP/AVP", 2),
        (2, "video", "RTP/AVP", 2),
    ]


def test_only_rtp_and_fax_have_a_protocol() -> None:
    data = talking(("m=application 4002 UDP/BFCP *",)).query()["tags"]["bob"]["medias"][1]
    assert "protocol" not in data
    fax = talking(("m=image 4002 UDPTL t38",)).query()["tags"]["bob"]["medias"][1]
    assert fax["protocol"] == "udptl"
    assert ["local port" in stream for stream in fax["streams"]] == [True, False]


def test_packets_that_were_not_relayed_are_told_by_reason() -> None:
    relay = talking()
    relay.plane.heard[local(relay, "alice")] = SocketStats(
        foreign=1, held=2, auth_failures=3, replayed=4, malformed=5, unrouted=6
    )
    stream = media(relay, "alice")["streams"][0]
    assert stream["dropped"] == {
        "foreign": 1,
        "held": 2,
        "auth failures": 3,
        "replayed": 4,
        "malformed": 5,
        "unrouted": 6,
        "blocked": 0,
    }


def test_media_handover_is_told() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()), flags=["media-handover"])
    relay.answer(sdp(audio(5000), host=BOB))
    assert "media handover" in media(relay, "alice")["streams"][0]["flags"]
    assert "media handover" not in media(relay, "bob")["streams"][0]["flags"]


# --- what the last SDP said ---


def flags(relay: RelayUnderTest, tag: str) -> set[str]:
    return set(media(relay, tag)["flags"])


def test_both_sides_show_the_direction_that_was_said_last() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(4000, "0", "a=sendonly")))
    assert ("send" in flags(relay, "alice"), "recv" in flags(relay, "alice")) == (False, True)
    assert ("send" in flags(relay, "<untagged 1>"), "recv" in flags(relay, "<untagged 1>")) == (True, False)
    relay.answer(sdp(audio(5000, "0", "a=inactive"), host=BOB))
    assert not {"send", "recv"} & (flags(relay, "alice") | flags(relay, "bob"))


@pytest.mark.parametrize("flag", ["asymmetric", "unidirectional"])
def test_a_flag_is_shown_until_the_party_speaks_without_it(flag: str) -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()), flags=[flag])
    relay.answer(sdp(audio(5000), host=BOB))
    assert flag in flags(relay, "alice")
    relay.offer(sdp(audio(0)), to_tag="bob")
    assert flag in flags(relay, "alice"), "a refusal says nothing of the medium"
    relay.offer(sdp(audio()), to_tag="bob")
    assert flag not in flags(relay, "alice")


def test_strict_source_is_shown_of_ports() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio()), flags=["strict-source"])
    assert all("strict source address" in stream["flags"] for stream in media(relay, "alice")["streams"])


def test_a_medium_has_two_streams_whatever_ports_it_has() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(("m=image 4000 udptl t38",), audio(0)))
    (rtp, rtcp), refused = media(relay, "alice")["streams"], media(relay, "alice", 1)["streams"]
    assert "local port" in rtp
    assert "local port" not in rtcp
    assert rtcp["endpoint"] == {"family": "IPv4", "address": ALICE, "port": 4001}
    assert [(stream["endpoint"], stream["flags"]) for stream in refused] == [({}, []), ({}, [])]


def test_media_on_hold_by_a_zero_address_is_told_to_go_there() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), host="0.0.0.0"))
    endpoints = [stream["endpoint"] for stream in media(relay, "alice")["streams"]]
    assert [(endpoint["address"], endpoint["port"]) for endpoint in endpoints] == [("0.0.0.0", 4000), ("0.0.0.0", 4001)]
