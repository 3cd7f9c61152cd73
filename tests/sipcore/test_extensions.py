"""Header extensions of packets, and their names in SDP."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipcore.demux import Kind, classify
from sipcore.extensions import EVERY, MID, block_of, edited, extension_ids, value_of
from sipcore.rtp import build, payload_bounds, peek

PLAIN = build(96, 7, 160, 0xABCD, b"payload")
Element = tuple[int, bytes]

short = st.tuples(st.integers(1, 14), st.binary(min_size=1, max_size=16))
long = st.tuples(st.integers(1, 255), st.binary(max_size=40))
identifiers = st.frozensets(st.integers(1, 255), max_size=6)


def extended(elements: list[Element], *, two_byte: bool, gap: int = 0, plain: bytes = PLAIN) -> bytes:
    """A packet with these extensions, and a gap of padding bytes before each."""
    heads = ((n, len(v)) if two_byte else (n << 4 | len(v) - 1,) for n, v in elements)
    body = b"".join(bytes(gap) + bytes(head) + value for head, (_, value) in zip(heads, elements, strict=True))
    body += bytes(-len(body) % 4)
    kind = b"\x10\x05" if two_byte else b"\xbe\xde"
    return b"\x90" + plain[1:12] + kind + (len(body) // 4).to_bytes(2, "big") + body + plain[12:]


packets = st.one_of(
    st.just(PLAIN),
    st.builds(lambda e, gap: extended(e, two_byte=False, gap=gap), st.lists(short, max_size=5), st.integers(0, 2)),
    st.builds(lambda e, gap: extended(e, two_byte=True, gap=gap), st.lists(long, max_size=5), st.integers(0, 2)),
)


def elements_of(data: bytes) -> list[Element]:
    block = block_of(data)
    return [] if block is None else block.elements


def payload_of(data: bytes) -> bytes:
    start, end = payload_bounds(data)
    return data[start:end]


@given(st.lists(short, min_size=1, max_size=6), st.integers(0, 3))
def test_short_elements_are_read(elements: list[Element], gap: int) -> None:
    assert elements_of(extended(elements, two_byte=False, gap=gap)) == elements


@given(st.lists(long, min_size=1, max_size=6), st.integers(0, 3))
def test_long_elements_are_read(elements: list[Element], gap: int) -> None:
    assert elements_of(extended(elements, two_byte=True, gap=gap)) == elements


@given(packets, identifiers, st.none() | long)
@example(extended([(3, b"x")], two_byte=False), frozenset({3}), None)
@example(extended([(3, b"x")], two_byte=False), frozenset(), (3, b""))
def test_only_what_was_named_changes(data: bytes, remove: frozenset[int], add: Element | None) -> None:
    result = edited(data, remove, add)
    gone = remove if add is None else remove | {add[0]}
    added = [] if add is None else [add]
    assert [e for e in elements_of(result) if e not in added] == [e for e in elements_of(data) if e[0] not in gone]
    assert [e for e in elements_of(result) if add is not None and e[0] == add[0]] == added
    assert payload_of(result) == payload_of(data) == b"payload"
    assert peek(result) == peek(data)
    assert classify(result) is Kind.RTP


@given(packets)
def test_without_any_element_left_there_is_no_extension(data: bytes) -> None:
    if elements_of(data):
        assert edited(data, EVERY) == PLAIN


@given(packets, identifiers, st.none() | long)
def test_twice_is_as_good_as_once(data: bytes, remove: frozenset[int], add: Element | None) -> None:
    once = edited(data, remove, add)
    assert edited(once, remove, add) == once


def test_what_is_there_already_stays_where_it_is() -> None:
    data = extended([(4, b"v"), (1, b"level")], two_byte=False)
    assert edited(data, (), (4, b"v")) is data
    assert edited(data, {1}, (4, b"v")) == extended([(4, b"v")], two_byte=False)
    assert elements_of(edited(data, (), (4, b"a"))) == [(1, b"level"), (4, b"a")]


@given(packets, identifiers)
def test_a_packet_without_the_named_ones_is_the_very_same(data: bytes, remove: frozenset[int]) -> None:
    others = remove - {number for number, _ in elements_of(data)}
    assert edited(data, others) is data


@given(st.binary(max_size=60).map(lambda data: b"\x9f\x00" + bytes(10) + data), identifiers, st.none() | long)
@example(b"\x8f\x00" + bytes(10), frozenset(), (1, b"x"))
@example(b"\x90\x00" + bytes(10), frozenset(), (1, b"x"))
@example(b"\x90\x00" + bytes(10) + b"\xbe\xde\x00\x01\x1f\x00\x00\x00", EVERY, (1, b"x"))
@example(b"\x90\x00" + bytes(10) + b"\x10\x00\x00\x01\x00\x00\x00\x01", EVERY, None)
def test_any_bytes_come_back(data: bytes, remove: frozenset[int], add: Element | None) -> None:
    if block_of(data) is None:
        assert edited(data, remove, add) is data
    else:
        assert elements_of(edited(data, remove)) == [e for e in elements_of(data) if e[0] not in remove]


@pytest.mark.parametrize("kind", ["1234", "bede 0001 f1ffffff", "bede 0001 01ffffff"])
def test_an_extension_of_another_kind_stays(kind: str) -> None:
    """That of an application, RFC 8285's stop mark, and padding with a length."""
    body = bytes.fromhex(kind) if " " in kind else bytes.fromhex(kind) + b"\0\1data"
    data = b"\x90" + PLAIN[1:12] + body + PLAIN[12:]
    assert edited(data, EVERY, (1, b"x")) is data


def test_the_short_form_is_left_only_if_need_be() -> None:
    data = extended([(1, b"a")], two_byte=False)
    assert edited(data, (), (14, b"x" * 16))[12:14] == b"\xbe\xde"
    assert edited(data, (), (15, b"x"))[12:14] == b"\x10\x00"
    assert edited(data, (), (2, b"x" * 17))[12:14] == b"\x10\x00"
    assert edited(PLAIN, (), (2, b""))[12:14] == b"\x10\x00"


def test_a_value_is_found_by_its_id() -> None:
    data = extended([(1, b"a"), (4, b"video")], two_byte=False)
    assert value_of(data, 4) == b"video"
    assert value_of(data, 5) is None
    assert value_of(PLAIN, 4) is None


def test_names_and_ids_of_sdp() -> None:
    wrong = ["0 urn:zero", "256 urn:far", "x urn:y", "4", "", "\u00b21 urn:z"]
    said = ["1 urn:X", f"2/sendonly {MID} attributes", "3 urn:x", *wrong]
    assert extension_ids(said) == {"urn:x": 1, MID: 2}
