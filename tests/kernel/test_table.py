"""NullTable, and FakeTable, which other tests rely on."""

import pytest

from kernel.errors import KernelError
from kernel.flow import Counter, Flow, FlowChange, diff
from kernel.table import FlowTable, NullTable
from sipcore.address import Address
from tests.fakes import FakeTable, refresh
from tests.netns.packets import RTCP, STUN, rtp

LOCAL, REMOTE = Address("10.0.0.1", 10000), Address("10.0.0.2", 5000)
SOURCE, TARGET = Address("10.1.0.1", 10002), Address("10.1.0.2", 6000)
FLOW = Flow(LOCAL, REMOTE, SOURCE, TARGET)
ADD, REMOVE = FlowChange(frozenset(), frozenset((FLOW,))), FlowChange(frozenset((FLOW,)), frozenset())


def test_a_null_table_carries_nothing_and_complains_about_nothing() -> None:
    table: FlowTable = NullTable()
    assert not table.active
    assert table.apply(ADD) == {}
    assert not table.installed
    assert table.counters([FLOW]) == {}
    assert table.verify()
    refresh(table)
    table.close()


def test_diff_says_what_is_missing_and_what_is_too_many() -> None:
    other = Flow(LOCAL, None, SOURCE, TARGET)
    assert diff({FLOW}, {other}) == FlowChange(frozenset((FLOW,)), frozenset((other,)))
    assert not diff({FLOW}, {FLOW})


def test_the_fake_carries_rtp_and_counts_it() -> None:
    table: FlowTable = FakeTable()
    fake = FakeTable()
    assert table.active
    fake.apply(ADD)
    assert fake.carry(REMOTE, LOCAL, rtp()) == (SOURCE, TARGET)
    assert fake.counters([FLOW]) == {FLOW: Counter(1, 172)}
    assert fake.apply(REMOVE) == {FLOW: Counter(1, 172)}
    assert fake.carry(REMOTE, LOCAL, rtp()) == "socket"


@pytest.mark.parametrize("payload", [RTCP, STUN, b"", rtp()[:11]])
def test_the_fake_gives_the_socket_what_is_no_rtp(payload: bytes) -> None:
    fake = FakeTable()
    fake.apply(ADD)
    assert fake.carry(REMOTE, LOCAL, payload) == "socket"
    assert fake.carry(SOURCE, LOCAL, rtp()) == "socket"


def test_the_fake_drops_what_is_blocked() -> None:
    fake = FakeTable()
    blocked = Flow(LOCAL, None, SOURCE, None)
    fake.apply(FlowChange(frozenset(), frozenset((blocked,))))
    assert fake.carry(REMOTE, LOCAL, rtp()) is None
    assert fake.counters([blocked]) == {blocked: Counter(1, 172)}


def test_the_fake_can_refuse() -> None:
    fake = FakeTable()
    fake.refusing = True
    with pytest.raises(KernelError):
        fake.apply(ADD)
    assert not fake.installed
