"""Attributes of netlink messages."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from kernel.netlink import attribute, attributes, nested, text_attribute


def test_an_attribute_is_padded_but_its_length_is_not() -> None:
    assert attribute(7, b"abcde") == struct.pack("=HH", 9, 7) + b"abcde\0\0\0"


def test_text_ends_with_a_zero() -> None:
    assert text_attribute(1, "abc") == struct.pack("=HH", 8, 1) + b"abc\0"


def test_nested_attributes_carry_the_flag_and_are_read_without_it() -> None:
    block = nested(3, attribute(1, b"x"), attribute(2, b"yy"))
    assert struct.unpack_from("=HH", block) == (20, 0x8003)
    ((kind, inner),) = attributes(block)
    assert kind == 3
    assert list(attributes(inner)) == [(1, b"x"), (2, b"yy")]


@given(st.lists(st.tuples(st.integers(0, 0x3FFF), st.binary(max_size=40))))
def test_round_trip(values: list[tuple[int, bytes]]) -> None:
    assert list(attributes(b"".join(attribute(*value) for value in values))) == values


@given(st.binary(max_size=200), st.integers(0, 20))
def test_any_bytes_come_to_an_end(data: bytes, offset: int) -> None:
    assert len(list(attributes(data, offset))) <= len(data)
