"""ping, list and statistics; and that every reply has a form in both encodings."""

from typing import Any

import pytest

from rtpng.media.relay import SocketStats
from rtpng.ng.commands.table import COMMANDS
from rtpng.ng.wire import Encoding, decode, encode, plain
from sipcore.address import Address
from tests.rtpng.harness import ALICE, BOB, RELAY, RelayUnderTest, audio, sdp

OFFER = sdp(audio())


def talking(calls: int = 1) -> RelayUnderTest:
    relay = RelayUnderTest()
    for number in range(calls):
        relay.offer(OFFER, call_id=f"call-{number}")
        relay.answer(sdp(audio(5000), host=BOB), call_id=f"call-{number}")
    return relay


def statistics(relay: RelayUnderTest, section: str) -> Any:
    return relay.command("statistics")["statistics"][section]


def rtp_port(relay: RelayUnderTest, tag: str, call_id: str = "call-0") -> Address:
    party = relay.call(call_id).by_tag(tag)
    assert party is not None
    return party.streams[0].endpoints[0].local


def test_ping_needs_nothing_and_says_pong_and_nothing_else() -> None:
    assert RelayUnderTest().command("ping") == {"result": "pong"}


@pytest.mark.parametrize(("limit", "told"), [(None, 32), (0, 0), (2, 2), ("3", 3), (100, 33)])
def test_list_tells_at_most_limit_calls(limit: int | str | None, told: int) -> None:
    relay = talking(33)
    reply = relay.command("list", limit=limit)
    assert reply == {"calls": [f"call-{number}" for number in range(told)], "result": "ok"}


def test_statistics_count_sessions_and_how_they_ended() -> None:
    relay = talking(3)
    relay.clock.advance(2)
    relay.delete(call_id="call-0")
    current, totals = statistics(relay, "currentstatistics"), statistics(relay, "totalstatistics")
    assert (current["sessionsown"], current["sessionsforeign"], current["sessionstotal"]) == (2, 0, 2)
    assert (totals["managedsessions"], totals["regularterminatedsessions"], totals["timeoutsessions"]) == (3, 1, 0)
    assert (totals["uptime"], totals["avgcallduration"], totals["totalcallsduration_stddev"]) == (
        "2",
        "2.000000",
        "0.000000",
    )


def test_statistics_count_packets_of_running_and_of_ended_calls() -> None:
    relay = talking(2)
    relay.plane.heard[rtp_port(relay, "alice", "call-0")] = SocketStats(packets=3, bytes=30, errors=1)
    relay.plane.heard[rtp_port(relay, "bob", "call-1")] = SocketStats(packets=4, bytes=40)
    for _ in range(2):
        totals = statistics(relay, "totalstatistics")
        assert (totals["relayedpackets"], totals["relayedbytes"], totals["relayedpacketerrors"]) == (7, 70, 1)
        assert (totals["relayedpackets_user"], totals["relayedpackets_kernel"]) == (7, 0)
        relay.delete(call_id="call-0")


def test_statistics_tell_kernel_and_userspace_apart() -> None:
    relay = talking()
    assert statistics(relay, "currentstatistics")["media_userspace"] == 1
    local = rtp_port(relay, "alice")
    packet = b"\x80\x00" + bytes(98)
    relay.engine.judge(local, Address(ALICE, 4000), packet, relay.clock.now)
    relay.table.carry(Address(ALICE, 4000), local, packet)
    assert statistics(relay, "currentstatistics")["media_mixed"] == 1
    assert statistics(relay, "totalstatistics")["relayedbytes_kernel"] == 100
    relay.engine.judge(rtp_port(relay, "bob"), Address(BOB, 5000), packet, relay.clock.now)
    assert statistics(relay, "currentstatistics")["media_kernel"] == 1


def test_statistics_tell_what_each_proxy_has_asked() -> None:
    relay = talking()
    relay.context.tally.command("192.0.2.1", "offer", 0.5)
    relay.context.tally.command("192.0.2.2", "offer", 0.25)
    relay.context.tally.error("192.0.2.2")
    control = statistics(relay, "controlstatistics")
    first, second = control["proxies"]
    assert (first["proxy"], first["offercount"], first["offerduration"]) == ("192.0.2.1", 1, "0.500000")
    assert (second["errorcount"], second["pingcount"], second["startreccount"]) == (1, 0, 0)
    assert (control["totaloffercount"], control["totalblkdtmfcount"]) == (2, 0)


def test_statistics_tell_the_ports_of_each_interface() -> None:
    relay = talking()
    v4, v6 = statistics(relay, "interfaces")
    assert (v4["name"], v4["address"], v6["address"]) == ("default", RELAY, "2001:db8::1")
    assert v4["ports"] == {"min": 30000, "max": 30999, "used": 4, "used_pct": "0.40", "free": 996, "totals": 1000}


def test_statistics_tell_how_late_the_event_loop_was_of_late() -> None:
    relay = talking()
    assert statistics(relay, "rtpng") == {"looplag": "0.000000"}
    for lag in (0.5, 0.0125, *[0.001] * 9):
        relay.engine.insight.late(lag)
    assert statistics(relay, "rtpng") == {"looplag": "0.012500"}
    assert [*relay.engine.insight.lag.buckets][-1] == (float("inf"), 11)


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize("command", ["ping", "query", "list", "statistics", "delete"])
def test_every_reply_survives_the_wire(command: str, encoding: Encoding) -> None:
    reply = talking().command(command, call_id="call-0")
    assert plain(decode(encode(b"c", reply, encoding)).message) == reply


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_sentence_for_the_documentation(name: str) -> None:
    assert COMMANDS[name].help[-1] in ".?"
