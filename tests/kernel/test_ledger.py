"""Decisions about flows, without a kernel."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from kernel.elements import NextHop, key_of
from kernel.flow import Counter, Flow, FlowChange
from kernel.ledger import Edit, Ledger
from sipcore.address import Address

HOP, OTHER = NextHop(2, "10.1.0.2"), NextHop(3, "10.1.0.3")


def _flow(local: int = 10000, target: int = 6000, tos: int | None = None) -> Flow:
    ends = (
        Address("10.0.0.1", local),
        Address("10.0.0.2", 5000),
        Address("10.1.0.1", 10002),
        Address("10.1.0.2", target),
    )
    return Flow(*ends, tos)


def _change(remove: Iterable[Flow] = (), add: Iterable[Flow] = ()) -> FlowChange:
    return FlowChange(frozenset(remove), frozenset(add))


def _hop(_: Flow) -> NextHop | None:
    return HOP


def _nowhere(_: Flow) -> NextHop | None:
    return None


def _carry_out(ledger: Ledger, change: FlowChange) -> list[Edit]:
    edits = ledger.edits(change, _hop)
    for edit in edits:
        ledger.settle(edit)
    ledger.want(change)
    return edits


def test_a_new_flow_enters() -> None:
    ledger = Ledger(10)
    assert _carry_out(ledger, _change(add=[_flow()])) == [Edit(new=_flow(), hop=HOP)]
    assert ledger.hops == {_flow(): HOP}


def test_the_same_key_is_replaced_in_one_step() -> None:
    ledger = Ledger(10)
    _carry_out(ledger, _change(add=[_flow()]))
    edits = _carry_out(ledger, _change([_flow()], [_flow(tos=184)]))
    assert edits == [Edit(old=_flow(), new=_flow(tos=184), hop=HOP)]


def test_who_is_in_stays_in() -> None:
    ledger = Ledger(10)
    _carry_out(ledger, _change(add=[_flow(target=6001)]))
    assert _carry_out(ledger, _change(add=[_flow(target=6000)])) == []
    assert ledger.corrections([_flow(target=6000), _flow(target=6001)], _hop) == []


def test_a_full_table_refuses_but_room_that_is_made_counts() -> None:
    ledger = Ledger(1)
    _carry_out(ledger, _change(add=[_flow(10000)]))
    assert _carry_out(ledger, _change(add=[_flow(10002)])) == []
    assert ledger.edits(_change([_flow(10000)], [_flow(10004)]), _hop) == [
        Edit(old=_flow(10000)),
        Edit(new=_flow(10004), hop=HOP),
    ]


def test_without_a_route_a_flow_is_wanted_but_does_not_enter() -> None:
    ledger = Ledger(10)
    assert ledger.edits(_change(add=[_flow()]), _nowhere) == []
    ledger.want(_change(add=[_flow()]))
    assert ledger.corrections([_flow()], _hop) == [Edit(new=_flow(), hop=HOP)]


def test_a_changed_hop_is_a_replacement_that_keeps_the_counter() -> None:
    ledger = Ledger(10)
    _carry_out(ledger, _change(add=[_flow()]))
    ledger.note({_flow(): Counter(3, 300)})
    assert ledger.corrections([_flow()], _hop) == []
    assert ledger.corrections([_flow()], lambda _: OTHER) == [Edit(_flow(), _flow(), OTHER, Counter(3, 300))]


def test_a_lost_route_takes_out_and_its_return_starts_where_it_ended() -> None:
    ledger = Ledger(10)
    _carry_out(ledger, _change(add=[_flow()]))
    ledger.note({_flow(): Counter(3, 300)})
    (edit,) = ledger.corrections([_flow()], _nowhere)
    assert edit == Edit(old=_flow())
    ledger.settle(edit)
    assert ledger.carried([_flow()]) == {_flow(): Counter(3, 300)}
    assert ledger.corrections([_flow()], _hop) == [Edit(new=_flow(), hop=HOP, start=Counter(3, 300))]


def test_what_nobody_wants_any_more_is_taken_out_at_the_next_correction() -> None:
    ledger = Ledger(10)
    _carry_out(ledger, _change(add=[_flow()]))
    ledger.want(_change(remove=[_flow()]))  # the kernel had refused to let it go
    assert ledger.corrections([_flow()], _hop) == [Edit(old=_flow())]


def test_a_flow_that_has_left_in_the_meantime_needs_no_correction() -> None:
    assert Ledger(10).corrections([_flow()], _hop) == []


def test_counters_of_flows_that_nobody_wants_are_not_kept() -> None:
    ledger = Ledger(10)
    ledger.note({_flow(): Counter(1, 1)})
    assert ledger.carried([_flow()]) == {}
    assert not ledger.wanted


flows = st.builds(_flow, st.sampled_from((1, 2, 3, 4)), st.sampled_from((6000, 6001)), st.sampled_from((None, 184)))
changes = st.builds(_change, st.frozensets(flows, max_size=5), st.frozensets(flows, max_size=5))


@given(st.lists(changes, max_size=12), st.integers(1, 4))
def test_never_two_flows_at_one_key_nor_more_than_there_is_room(steps: list[FlowChange], room: int) -> None:
    """A kernel that refuses what the real one would: a key that is taken, an element that is not there, no room."""
    ledger, elements = Ledger(room), dict[bytes, Flow]()
    for change in steps:
        for edit in ledger.edits(change, _hop):
            if edit.old:
                assert elements.pop(key_of(edit.old)) == edit.old
            if edit.new:
                assert key_of(edit.new) not in elements
                elements[key_of(edit.new)] = edit.new
            ledger.settle(edit)
        ledger.want(change)
        assert len(elements) <= room
        assert set(elements.values()) == ledger.hops.keys()
        assert ledger.hops.keys() <= ledger.wanted.keys()
