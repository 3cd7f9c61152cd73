"""When to look at what."""

from hypothesis import given
from hypothesis import strategies as st

from rtpng.agenda import SPARE, Agenda


def test_keys_are_due_in_the_order_of_their_times_and_only_once() -> None:
    agenda = Agenda()
    for when, key in ((3.0, "late"), (1.0, "early"), (2.0, "between")):
        agenda.at(when, key)
    assert list(agenda.due(2.5)) == ["early", "between"]
    assert list(agenda.due(2.5)) == []
    assert len(agenda) == 1


def test_the_earliest_appointment_stays() -> None:
    agenda = Agenda()
    agenda.at(5.0, "call")
    agenda.at(9.0, "call")
    assert list(agenda.due(5.0)) == ["call"]
    assert list(agenda.due(9.0)) == []


def test_an_earlier_appointment_replaces_a_later_one() -> None:
    agenda = Agenda()
    agenda.at(9.0, "call")
    agenda.at(5.0, "call")
    assert list(agenda.due(5.0)) == ["call"]
    assert list(agenda.due(9.0)) == []


def test_a_dropped_key_is_never_due() -> None:
    agenda = Agenda()
    agenda.at(1.0, "call")
    agenda.drop("call")
    agenda.drop("unknown")
    assert list(agenda.due(9.0)) == []


def test_a_key_may_be_put_off_while_it_is_looked_at() -> None:
    agenda = Agenda()
    agenda.at(1.0, "call")
    for key in agenda.due(2.0):
        agenda.at(3.0, key)
    assert list(agenda.due(3.0)) == ["call"]


def test_a_broken_look_leaves_the_others_on_the_agenda() -> None:
    agenda = Agenda()
    agenda.at(1.0, "broken")
    agenda.at(1.5, "sound")
    assert next(agenda.due(2.0)) == "broken"
    assert list(agenda.due(2.0)) == ["sound"]


def test_what_was_dropped_takes_no_room() -> None:
    agenda = Agenda()
    for number in range(10_000):
        agenda.at(3600.0 + number, f"call-{number}")
        agenda.drop(f"call-{number}")
    assert agenda.entries <= SPARE + 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.floats(0, 100), st.booleans()), max_size=60))
def test_it_agrees_with_a_table_of_the_earliest_times(steps: list[tuple[str, float | None, bool]]) -> None:
    agenda, table, now = Agenda(), dict[str, float](), 0.0
    for key, when, look in steps:
        if when is None:
            agenda.drop(key)
            table.pop(key, None)
        else:
            agenda.at(when, key)
            table[key] = min(when, table.get(key, when))
        if look:
            now += 10
            due = {key for key, when in table.items() if when <= now}
            assert set(agenda.due(now)) == due
            table = {key: when for key, when in table.items() if key not in due}
    assert len(agenda) == len(table)
