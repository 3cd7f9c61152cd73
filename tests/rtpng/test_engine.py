"""One engine from signalling to packets: flows that follow what is heard, refusals, time, and what is left."""

import logging
from collections.abc import Iterator

import pytest

from kernel.flow import Flow
from rtpng.calls.plan import PlanSettings
from rtpng.carrier import RETRY
from sipcore.address import Address
from tests.fakes import FakeTable
from tests.rtpng.air import RelayOnAir, established
from tests.rtpng.harness import ALICE, BOB, CAROL, audio, port, sdp
from tests.rtpng.media.rig import STUN, rtcp, rtp

A, A_RTCP = Address(ALICE, 4000), Address(ALICE, 4001)
B, B_RTCP = Address(BOB, 5000), Address(BOB, 5001)
STRANGER = Address("192.0.2.66", 4000)
NATTED = Address("192.0.2.7", 61000)
PRIVATE = "10.0.0.10"


@pytest.fixture
def relay() -> Iterator[RelayOnAir]:
    made = RelayOnAir()
    yield made
    made.engine.close()
    assert made.is_empty()


def beside(local: Address) -> Address:
    return Address(local.host, local.port + 1)


def stream(relay: RelayOnAir, tag: str) -> dict[str, object]:
    """What query tells of a party's RTP port."""
    found: dict[str, object] = relay.query()["tags"][tag]["medias"][0]["streams"][0]
    return found


# --- from the first packet to the flow ---


def test_the_first_packet_is_relayed_and_makes_the_flow(relay: RelayOnAir) -> None:
    to_a, to_b = relay.talk()
    assert relay.send(A, to_a, rtp(1)) == [(to_b, B)]
    assert set(relay.table.installed) == {Flow(to_a, A, to_b, B)}
    assert relay.send(B, to_b, rtp(1)) == [(to_a, A)]
    assert set(relay.table.installed) == {Flow(to_a, A, to_b, B), Flow(to_b, B, to_a, A)}


def test_query_counts_both_ways_of_forwarding(relay: RelayOnAir) -> None:
    to_a, to_b = established(relay)
    for sequence in range(2, 12):
        assert relay.send(A, to_a, rtp(sequence)) == [(to_b, B)]
    told = stream(relay, "alice")
    assert told["stats"] == {"packets": 11, "bytes": 11 * len(rtp()), "errors": 0}
    assert "kernelized" in str(told["flags"])
    assert relay.air.stats(to_a).packets == 1


def test_rtcp_stays_in_userspace_and_is_not_mistaken_for_a_stranger(relay: RelayOnAir) -> None:
    to_a, to_b = established(relay)
    assert relay.send(A_RTCP, beside(to_a), rtcp()) == [(beside(to_b), B_RTCP)]
    assert all(flow.local in (to_a, to_b) for flow in relay.table.installed)


def test_signalling_that_changes_nothing_does_not_trouble_the_kernel(relay: RelayOnAir) -> None:
    established(relay)
    changes = len(relay.table.history)
    relay.offer(sdp(audio(4000)), to_tag="bob")
    relay.answer(sdp(audio(5000), host=BOB))
    assert len(relay.table.history) == changes


# --- who may speak ---


@pytest.mark.parametrize("packet", [rtp(7), rtcp()], ids=["rtp", "rtcp"])
def test_a_stranger_is_heard_by_nobody_and_hears_nothing(
    relay: RelayOnAir, packet: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    to_a, to_b = established(relay)
    flows = set(relay.table.installed)
    for local in (to_a, beside(to_a), to_b, beside(to_b)):
        for _ in range(20):
            assert relay.send(STRANGER, local, packet) == []
    assert set(relay.table.installed) == flows
    assert relay.send(B, to_b, rtp(2)) == [(to_a, A)]
    assert stream(relay, "alice")["dropped"] == {
        "foreign": 20,
        "held": 0,
        "auth failures": 0,
        "replayed": 0,
        "malformed": 0,
        "unrouted": 0,
        "blocked": 0,
    }
    assert sum("Dropping media from" in line for line in caplog.messages) == 1


def test_junk_goes_nowhere(relay: RelayOnAir) -> None:
    to_a, _ = established(relay)
    assert relay.send(A, to_a, STUN) == relay.send(STRANGER, to_a, b"x") == []


def test_a_phone_behind_nat_is_learned_and_has_its_flow(relay: RelayOnAir) -> None:
    offered = relay.offer(sdp(audio(4000), host=PRIVATE), received_from=["IP4", NATTED.host])
    answered = relay.answer(sdp(audio(5000), host=BOB))
    to_a, to_b = relay.local(port(answered)), relay.local(port(offered))
    heard = [bool(relay.send(NATTED, to_a, rtp(sequence))) for sequence in range(1, 8)]
    assert heard == [False] * 4 + [True] * 3
    assert Flow(to_a, NATTED, to_b, B) in relay.table.installed
    assert relay.send(B, to_b, rtp(1)) == [(to_a, NATTED)]


def test_a_moved_party_keeps_its_counters_and_gets_a_new_flow(relay: RelayOnAir) -> None:
    to_a, to_b = established(relay)
    relay.send(A, to_a, rtp(2))
    moved = Address(CAROL, 7000)
    relay.offer(sdp(audio(7000), host=CAROL), to_tag="bob")
    assert relay.send(A, to_a, rtp(3)) == [(to_b, B)], "the old address is accepted until the new one is heard"
    relay.answer(sdp(audio(5000), host=BOB))
    assert relay.send(moved, to_a, rtp(1)) == [(to_b, B)]
    assert set(relay.table.installed) == {Flow(to_a, moved, to_b, B), Flow(to_b, B, to_a, moved)}
    assert relay.send(A, to_a, rtp(4)) == []
    assert relay.send(moved, to_a, rtp(2)) == [(to_b, B)]
    assert stream(relay, "alice")["stats"] == {"packets": 5, "bytes": 5 * len(rtp()), "errors": 0}


def test_an_offer_without_news_re_opens_nothing_to_a_stranger(relay: RelayOnAir) -> None:
    to_a, to_b = established(relay)
    relay.offer(sdp(audio(4000, "0 8", "a=sendonly")), to_tag="bob")
    relay.answer(sdp(audio(5000, "0 8", "a=recvonly"), host=BOB))
    for sequence in range(500):
        assert relay.send(STRANGER, to_b, rtp(sequence)) == []
        relay.pass_time(0.02)
    assert relay.send(A, to_a, rtp(2)) == [(to_b, B)]


def test_a_strange_lock_holds_while_the_kernel_hears_its_peer(relay: RelayOnAir) -> None:
    offered = relay.offer(sdp(audio(4000), host="52.0.0.1"), received_from=["IP4", NATTED.host])
    answered = relay.answer(sdp(audio(5000), host=BOB))
    to_a, to_b = relay.local(port(answered)), relay.local(port(offered))
    relay.pass_time(4)
    speak(relay, STRANGER, to_a, 1, 6)
    assert relay.send(B, to_b, rtp(1)) == [(to_a, STRANGER)]
    for sequence in range(100, 200):
        assert relay.send(STRANGER, to_a, rtp(sequence)) == [(to_b, B)]
        assert relay.send(NATTED, to_a, rtp(sequence, ssrc=9)) == []
        relay.clock.advance(0.02)
    relay.clock.advance(1)
    speak(relay, NATTED, to_a, 200, 40)
    assert relay.send(B, to_b, rtp(2)) == [(to_a, NATTED)]


def speak(relay: RelayOnAir, source: Address, local: Address, first: int, count: int) -> None:
    for sequence in range(first, first + count):
        relay.send(source, local, rtp(sequence, ssrc=9))
        relay.clock.advance(0.02)


def test_only_the_insecure_switch_lets_strangers_through() -> None:
    relay = RelayOnAir(forwarding=PlanSettings(any_source=True))
    to_a, to_b = established(relay)
    assert relay.send(STRANGER, to_a, rtp(9)) == [(to_b, B)]
    assert relay.send(STRANGER, beside(to_a), rtcp()) == [(beside(to_b), B_RTCP)]
    assert relay.send(B, to_b, rtp(2)) == [(to_a, A)]
    relay.engine.close()


def test_the_zero_address_is_sent_nothing_until_it_is_taken_back(relay: RelayOnAir) -> None:
    to_a, to_b = established(relay)
    relay.offer(sdp(audio(4000), host="0.0.0.0"), to_tag="bob")
    relay.answer(sdp(audio(5000), host=BOB))
    assert relay.send(B, to_b, rtp(2)) == []
    relay.offer(sdp(audio(4000)), to_tag="bob")
    relay.answer(sdp(audio(5000), host=BOB))
    assert relay.send(B, to_b, rtp(3)) == [(to_a, A)]


# --- what the kernel does not take ---


def test_a_refusing_kernel_leaves_the_call_in_userspace_with_one_warning(
    relay: RelayOnAir, caplog: pytest.LogCaptureFixture
) -> None:
    relay.table.refusing = True
    to_a, to_b = established(relay)
    for sequence in range(2, 5):
        assert relay.send(A, to_a, rtp(sequence)) == [(to_b, B)]
    assert not relay.table.installed
    assert sum("Kernel forwarding refused" in line for line in caplog.messages) == 1
    relay.table.refusing = False
    relay.pass_time(RETRY)
    assert set(relay.table.installed) == {Flow(to_a, A, to_b, B), Flow(to_b, B, to_a, A)}
    assert relay.send(A, to_a, rtp(5)) == [(to_b, B)]
    assert stream(relay, "alice")["stats"] == {"packets": 5, "bytes": 5 * len(rtp()), "errors": 0}


@pytest.mark.parametrize("table", [FakeTable(max_flows=0), FakeTable(unreachable=(ALICE, BOB))], ids=["full", "route"])
def test_a_flow_that_finds_no_place_is_forwarded_in_userspace_with_one_warning(
    table: FakeTable, caplog: pytest.LogCaptureFixture
) -> None:
    relay = RelayOnAir(table=table)
    to_a, to_b = established(relay)
    assert relay.send(A, to_a, rtp(2)) == [(to_b, B)]
    assert sum("No kernel forwarding" in line for line in caplog.messages) == 1
    table.max_flows, table.unreachable = 9, set()
    relay.pass_time(RETRY)
    assert len(table.installed) == 2
    relay.engine.close()


def test_a_kernel_that_refuses_a_move_sends_nothing_to_the_old_address(relay: RelayOnAir) -> None:
    to_a, to_b = established(relay)
    relay.table.refusing = True
    relay.offer(sdp(audio(7000), host=CAROL), to_tag="bob")
    relay.table.refusing = False
    relay.pass_time(RETRY)
    assert relay.send(B, to_b, rtp(2)) == [(to_a, Address(CAROL, 7000))]


def test_a_kernel_that_refuses_to_forget_a_call_is_asked_again(relay: RelayOnAir) -> None:
    established(relay)
    relay.table.refusing = True
    relay.delete()
    relay.table.refusing = False
    relay.pass_time(RETRY)
    assert relay.is_empty()


# --- the end ---


def test_the_end_leaves_nothing(relay: RelayOnAir) -> None:
    to_a, _ = established(relay)
    relay.send(STRANGER, to_a, rtp(1))
    relay.delete()
    assert relay.is_empty()
    engine = relay.engine
    assert engine.carrier.applied == {}
    assert len(engine._said) == 0
    assert engine.offload.of("call") == frozenset()
    assert len(engine._agenda) == engine.traffic.ports == 0


def test_totals_hold_what_the_kernel_carried_until_the_very_end(relay: RelayOnAir) -> None:
    to_a, _ = established(relay)
    for sequence in range(2, 12):
        relay.send(A, to_a, rtp(sequence))
    relay.delete()
    totals = relay.engine.statistics
    assert (totals.kernel.packets, totals.user.packets) == (10, 2)
    assert (totals.managed, totals.finished, totals.one_way) == (1, 1, 0)


def test_a_used_port_starts_from_nothing(relay: RelayOnAir) -> None:
    for _ in range(600):  # through the whole range
        established(relay)
        assert stream(relay, "alice")["stats"] == {"packets": 1, "bytes": len(rtp()), "errors": 0}
        relay.delete()


def test_a_refused_offer_leaves_nothing(relay: RelayOnAir) -> None:
    with relay.refuses("Failed to parse SDP"):
        relay.offer("nonsense")


def test_two_engines_in_one_process_know_nothing_of_each_other() -> None:
    one, other = RelayOnAir(), RelayOnAir()
    to_a, _ = established(one)
    assert other.is_empty()
    other.talk()
    other.delete()
    assert len(one.engine.calls) == 1
    assert one.send(A, to_a, rtp(2))
    one.engine.close()
    assert one.is_empty()


def test_the_log_has_the_lines_that_operators_look_for(relay: RelayOnAir, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    to_a, to_b = established(relay)
    relay.delete()
    wanted = [
        "Creating new call",
        f"Confirmed peer address as {A}",
        f"Kernelizing media stream: {A} -> {to_a} | {to_b} -> {B}",
        "Deleting entire call",
        "Final packet stats:",
        "--- Tag 'alice', created 0:00 ago for branch ''",
        "---     subscribed to 'bob'",
        "------ Media #1 (audio over RTP/AVP) using PCMA/8000",
        f"--------- Port {to_a} <> {A}, SSRC 1234, 1 p, 172 b, 0 e, 0 ts, 0 in kernel, 0 foreign, 0 held",
        f"--------- Port {beside(to_a)} <> {A_RTCP}, SSRC 0, 0 p, 0 b, 0 e, - ts, 0 in kernel, 0 foreign, 0 held",
    ]
    found = iter(caplog.messages)
    for line in wanted:
        assert any(message.startswith(line) for message in found), line
    assert {record.__dict__["call_id"] for record in caplog.records if record.name == "rtpng.calls"} == {"call"}
