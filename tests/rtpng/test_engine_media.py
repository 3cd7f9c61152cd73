"""Media commands with packets in the air: who hears what, what the kernel carries, and what is counted."""

from collections.abc import Iterator

import pytest

from kernel.flow import Flow
from sipcore.address import Address
from tests.fakes import FakeTable
from tests.rtpng.air import RelayOnAir, established
from tests.rtpng.harness import ALICE, BOB
from tests.rtpng.media.rig import rtcp, rtp

A, A_RTCP = Address(ALICE, 4000), Address(ALICE, 4001)
B, B_RTCP = Address(BOB, 5000), Address(BOB, 5001)


@pytest.fixture
def relay() -> Iterator[RelayOnAir]:
    made = RelayOnAir()
    yield made
    made.engine.close()
    assert made.is_empty()


def stream(relay: RelayOnAir, tag: str) -> dict[str, dict[str, int]]:
    """What query tells of a party's RTP port."""
    found: dict[str, dict[str, int]] = relay.query()["tags"][tag]["medias"][0]["streams"][0]
    return found


def test_blocked_media_is_counted_and_heard_by_nobody(relay: RelayOnAir) -> None:
    to_a, to_b = established(relay)
    relay.command("block media", call_id="call", from_tag="alice")
    assert set(relay.table.installed) == {Flow(to_a, A, to_a, None), Flow(to_b, B, to_a, A)}
    assert relay.send(A, to_a, rtp(2)) == []
    assert relay.send(B, to_b, rtp(2)) == [(to_a, A)]
    told = stream(relay, "alice")
    assert told["stats"]["packets"] == 2
    assert told["dropped"]["blocked"] == 1
    assert stream(relay, "bob")["stats_out"]["packets"] == 1

    relay.command("unblock media", call_id="call", from_tag="alice")
    assert set(relay.table.installed) == {Flow(to_a, A, to_b, B), Flow(to_b, B, to_a, A)}
    assert relay.send(A, to_a, rtp(3)) == [(to_b, B)]


def test_userspace_blocks_what_the_kernel_does_not_take() -> None:
    relay = RelayOnAir(table=FakeTable(max_flows=0))
    to_a, to_b = established(relay)
    relay.command("block media", call_id="call")
    assert relay.send(A, to_a, rtp(2)) == relay.send(B, to_b, rtp(2)) == []
    assert stream(relay, "alice")["stats"]["packets"] == 2
    assert stream(relay, "alice")["dropped"]["blocked"] == 1
    assert stream(relay, "bob")["stats_out"]["packets"] == 1


def test_rtcp_passes_a_block(relay: RelayOnAir) -> None:
    to_a, to_b = established(relay)
    relay.command("block media", call_id="call")
    beside_a, beside_b = (Address(local.host, local.port + 1) for local in (to_a, to_b))
    assert relay.send(A_RTCP, beside_a, rtcp()) == [(beside_b, B_RTCP)]


def test_a_call_whose_media_is_blocked_does_not_time_out(relay: RelayOnAir) -> None:
    to_a, _ = established(relay)
    relay.command("block media", call_id="call")
    for sequence in range(2, 80):
        relay.send(A, to_a, rtp(sequence))
        relay.pass_time(1.0)
    assert relay.engine.calls.get("call") is not None


def test_a_party_that_is_blocked_from_the_start_is_learned_all_the_same(relay: RelayOnAir) -> None:
    to_a, to_b = relay.talk()
    relay.command("block media", call_id="call")
    assert relay.send(A, to_a, rtp(1)) == []
    assert set(relay.table.installed) == {Flow(to_a, A, to_a, None)}
    relay.command("unblock media", call_id="call")
    assert set(relay.table.installed) == {Flow(to_a, A, to_b, B)}
