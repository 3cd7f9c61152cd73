"""What the kernel is asked for, and what becomes of its refusals."""

from collections.abc import Callable, Mapping

import pytest

from kernel.errors import KernelError
from kernel.flow import Counter, Flow, FlowChange
from kernel.table import NullTable
from rtpng.media.relay import SocketStats
from rtpng.offload import Offload, Outcome
from rtpng.traffic import Traffic
from sipcore.address import Address
from tests.fakes import FakeTable

RTP = bytes([0x80, 0]) + bytes(170)
RELAY = "192.0.2.1"
LOCAL_A, LOCAL_B = Address(RELAY, 30000), Address(RELAY, 30002)
A, MOVED, B = Address("198.51.100.10", 4000), Address("198.51.100.11", 4000), Address("203.0.113.20", 5000)
FLOW, BACK = Flow(LOCAL_A, A, LOCAL_B, B), Flow(LOCAL_B, B, LOCAL_A, A)
AFTER, AFTER_BACK = Flow(LOCAL_A, MOVED, LOCAL_B, B), Flow(LOCAL_B, B, LOCAL_A, MOVED)
PAIR, MOVED_PAIR = frozenset({FLOW, BACK}), frozenset({AFTER, AFTER_BACK})
NONE: frozenset[Flow] = frozenset()


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


@pytest.fixture
def offload(table: FakeTable) -> Offload:
    return Offload(table, Traffic(lambda _: SocketStats()))


def test_what_is_wanted_is_installed(offload: Offload, table: FakeTable) -> None:
    assert offload.want("call", PAIR, 0.0) == Outcome(installed=PAIR)
    assert set(table.installed) == offload.of("call") == PAIR
    assert offload.carries(FLOW)


def test_wanting_the_same_again_does_not_trouble_the_kernel(offload: Offload, table: FakeTable) -> None:
    offload.want("call", PAIR, 0.0)
    assert offload.want("call", PAIR, 1.0) == Outcome()
    assert len(table.history) == 1


def test_a_change_is_one_change(offload: Offload, table: FakeTable) -> None:
    offload.want("call", PAIR, 0.0)
    offload.want("call", MOVED_PAIR, 1.0)
    assert [(change.remove, change.add) for change in table.history] == [(NONE, PAIR), (PAIR, MOVED_PAIR)]


def test_counters_outlive_the_flows(offload: Offload, table: FakeTable) -> None:
    offload.want("call", PAIR, 0.0)
    table.carry(A, LOCAL_A, RTP)
    offload.want("call", MOVED_PAIR, 1.0)
    table.carry(MOVED, LOCAL_A, RTP)
    offload.want("call", NONE, 2.0)
    assert offload.traffic.stats(LOCAL_A).packets == offload.traffic.stats(LOCAL_B).packets_out == 2
    assert not table.installed


def test_without_a_kernel_path_nothing_is_asked() -> None:
    offload = Offload(NullTable(), Traffic(lambda _: SocketStats()))
    assert offload.want("call", PAIR, 0.0) == offload.retry(9.0) == Outcome()
    assert not offload.carries(FLOW)


def test_a_flow_that_the_kernel_leaves_out_is_told_and_asked_for_again(offload: Offload, table: FakeTable) -> None:
    table.max_flows = 1
    outcome = offload.want("call", PAIR, 0.0)
    assert (len(outcome.installed), len(outcome.left_out)) == (1, 1)
    assert offload.retry(5.0).installed == NONE
    table.max_flows = 2
    assert offload.retry(10.0) == Outcome(installed=outcome.left_out)
    assert set(table.installed) == PAIR


def test_a_refused_change_is_asked_for_again(offload: Offload, table: FakeTable) -> None:
    table.refusing = True
    refusal = offload.want("call", PAIR, 0.0).refusal
    assert isinstance(refusal, KernelError)
    assert offload.of("call") == NONE
    assert offload.retry(5.0).refusal is not None
    table.refusing = False
    assert offload.retry(10.0) == Outcome(installed=PAIR)
    assert offload.of("call") == PAIR
    assert offload.retry(15.0) == Outcome()


def test_after_a_refused_change_the_old_flows_go_alone(
    offload: Offload, table: FakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    offload.want("call", PAIR, 0.0)
    table.carry(A, LOCAL_A, RTP)
    monkeypatch.setattr(table, "apply", taking_only(table))
    assert offload.want("call", MOVED_PAIR, 1.0).refusal is not None
    assert not table.installed
    assert offload.traffic.stats(LOCAL_A).packets == 1


def taking_only(table: FakeTable) -> Callable[[FlowChange], Mapping[Flow, Counter]]:
    """An ``apply`` that takes flows away, but adds none."""
    whole = table.apply

    def apply(change: FlowChange) -> Mapping[Flow, Counter]:
        if change.add:
            raise KernelError(12, "out of memory")
        return whole(change)

    return apply


def test_flows_that_could_not_be_taken_away_go_with_the_next_change(offload: Offload, table: FakeTable) -> None:
    offload.want("call", PAIR, 0.0)
    table.refusing = True
    assert offload.want("call", NONE, 1.0).refusal is not None
    assert set(table.installed) == PAIR
    table.refusing = False
    offload.want("other", frozenset({Flow(Address(RELAY, 30010), A, Address(RELAY, 30012), B)}), 2.0)
    assert not PAIR & set(table.installed)


def test_flows_that_could_not_be_taken_away_go_with_a_retry(offload: Offload, table: FakeTable) -> None:
    offload.want("call", PAIR, 0.0)
    table.refusing = True
    offload.want("call", NONE, 1.0)
    table.refusing = False
    offload.retry(5.0)
    assert not table.installed


def test_what_an_overdue_flow_carries_is_nobodys_traffic(offload: Offload, table: FakeTable) -> None:
    offload.want("call", PAIR, 0.0)
    table.refusing = True
    offload.want("call", NONE, 1.0)
    table.carry(A, LOCAL_A, RTP)
    offload.read_all(2.0)
    table.refusing = False
    offload.retry(5.0)
    assert offload.traffic.stats(LOCAL_A).packets == 0


def test_an_overdue_flow_that_is_wanted_again_stays(offload: Offload, table: FakeTable) -> None:
    offload.want("call", PAIR, 0.0)
    table.refusing = True
    offload.want("call", NONE, 1.0)
    table.refusing = False
    assert offload.want("call", PAIR, 2.0) == Outcome(installed=PAIR)
    table.carry(A, LOCAL_A, RTP)
    offload.read_all(3.0)
    assert offload.traffic.stats(LOCAL_A).packets == 1


def test_few_flows_are_read_every_second(offload: Offload, table: FakeTable) -> None:
    offload.want("call", PAIR, 0.0)
    offload.poll(1.0)
    table.carry(A, LOCAL_A, RTP)
    offload.poll(1.5)
    assert offload.traffic.stats(LOCAL_A).packets == 0
    offload.poll(2.0)
    assert offload.traffic.stats(LOCAL_A).packets == 1


@pytest.mark.parametrize(("flows", "seconds"), [(0, 1.0), (1000, 1.0), (4000, 4.0), (40_000, 40.0)])
def test_many_flows_are_read_more_seldom(offload: Offload, table: FakeTable, flows: int, seconds: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeTable, "installed", range(flows))
        assert offload.interval == seconds


def test_a_counter_that_cannot_be_read_is_read_the_next_time(offload: Offload, table: FakeTable) -> None:
    offload.want("call", PAIR, 0.0)
    table.carry(A, LOCAL_A, RTP)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "counters", broken)
        offload.read_all(1.0)
    assert offload.traffic.stats(LOCAL_A).packets == 0
    offload.read_all(2.0)
    assert offload.traffic.stats(LOCAL_A).packets == 1


def broken(_: object) -> None:
    raise KernelError(105, "no buffer space")
