import dataclasses

import pytest

from rtpng.calls.request import Request
from rtpng.ng.flag_table import FLAGS, PREFIXES, SHORTHANDS
from rtpng.ng.flags import read
from rtpng.ng.keys import KEYS
from rtpng.ng.message import Message
from rtpng.ng.rows import Flag, Prefix, Support, normal
from rtpng.ng.values import TRANSPORTS
from tests.rtpng.ng.test_keys import FIELDS, allowed


def flagged(*words: str) -> Request:
    return read(Message((("flags", list(words)),)))


@pytest.mark.parametrize("row", FLAGS, ids=lambda row: row.name)
def test_every_row_is_documented(row: Flag) -> None:
    assert row.help.endswith(".")
    assert "|" not in row.help
    assert bool(row.note) == (row.support is Support.ACCEPTED)
    assert (not row.sets) == (row.support is Support.ACCEPTED)


@pytest.mark.parametrize("row", FLAGS, ids=lambda row: row.name)
def test_every_row_sets_its_fields_and_nothing_else(row: Flag) -> None:
    request = flagged(row.name)
    for name, value in row.sets:
        assert getattr(request, name) == value != FIELDS[name].default
        assert isinstance(value, allowed(name))
    others = [name for name in FIELDS if name not in {"flags", *dict(row.sets)}]
    assert all(getattr(request, name) == getattr(Request(), name) for name in others)
    assert request.flags == {normal(row.name)}
    assert request.unknown == ()


@pytest.mark.parametrize("row", FLAGS, ids=lambda row: row.name)
def test_every_spelling_is_the_same_flag(row: Flag) -> None:
    for name in (row.name, *row.synonyms):
        for spelling in (name, name.lower(), name.upper(), name.replace("-", " "), name.replace("-", "_")):
            assert dataclasses.replace(flagged(spelling), flags=frozenset()) == dataclasses.replace(
                flagged(row.name), flags=frozenset()
            )


def test_no_two_rows_share_a_name() -> None:
    names = [normal(name) for row in FLAGS for name in (row.name, *row.synonyms)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("row", PREFIXES, ids=lambda row: row.prefix)
def test_every_prefixed_flag_acts_as_its_key(row: Prefix) -> None:
    assert row.key in {key.name for key in KEYS}
    assert row.help.endswith(".")
    assert row.examples
    for example in row.examples:
        rest = example[len(row.prefix) :]
        request = flagged(example)
        assert request.unknown == ()
        value = row.value(rest) if row.value is not None else rest
        assert dataclasses.replace(request, flags=frozenset()) == read(Message(((row.key, value),)))


def test_every_shorthand_names_a_transport() -> None:
    assert set(SHORTHANDS.values()) <= TRANSPORTS
