import dataclasses
import typing

import pytest

from rtpng.calls.request import Request
from rtpng.ng.flags import read
from rtpng.ng.keys import KEYS
from rtpng.ng.message import Message
from rtpng.ng.rows import Key, Support, normal

FIELDS = {field.name: field for field in dataclasses.fields(Request)}
TYPES = typing.get_type_hints(Request)


def allowed(name: str) -> tuple[type, ...]:
    """The classes that a value of this field may have."""
    hint = TYPES[name]
    members = typing.get_args(hint) if type(None) in typing.get_args(hint) else (hint,)
    return tuple(typing.get_origin(member) or member for member in members)


@pytest.mark.parametrize("row", KEYS, ids=lambda row: row.name)
def test_every_row_is_documented(row: Key) -> None:
    assert row.help.endswith(".")
    assert "|" not in row.help
    assert bool(row.note) == (row.support is Support.ACCEPTED)
    assert (row.field is None) == (row.support is Support.ACCEPTED)


@pytest.mark.parametrize("row", [row for row in KEYS if row.field], ids=lambda row: row.name)
def test_every_supported_row_fills_its_field(row: Key) -> None:
    assert row.field is not None
    request = read(Message(((row.name, row.example),)), templates={"x": "", "default": "", "offer": ""})
    value = getattr(request, row.field)
    assert value != FIELDS[row.field].default
    assert isinstance(value, allowed(row.field))
    assert request.unknown == ()


@pytest.mark.parametrize("row", [row for row in KEYS if not row.field], ids=lambda row: row.name)
@pytest.mark.parametrize("value", ["x", 5, ["x"], Message()], ids=str)
def test_every_accepted_row_changes_nothing(row: Key, value: str) -> None:
    request = read(Message(((row.name, value),)))
    assert request == Request()
    assert request.unknown == ()


@pytest.mark.parametrize("row", KEYS, ids=lambda row: row.name)
def test_every_spelling_is_the_same_key(row: Key) -> None:
    for name in (row.name, *row.synonyms):
        for spelling in (name, name.lower(), name.upper(), name.replace("-", " "), name.replace("-", "_")):
            assert read(Message(((spelling, row.example),))) == read(Message(((row.name, row.example),)))


def test_no_two_rows_share_a_name() -> None:
    names = [normal(name) for row in KEYS for name in (row.name, *row.synonyms)]
    assert len(names) == len(set(names))
