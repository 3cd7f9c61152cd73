import contextlib

import bencodepy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.ng.bencode import read_dictionary
from rtpng.ng.message import MAX_DEPTH, Message, plain
from sipcore.errors import ParseError

scalars = st.integers(-(10**19), 10**19) | st.text(st.characters(codec="utf-8"), max_size=20)
documents = st.dictionaries(
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner), max_leaves=20),
)


@given(documents)
def test_what_the_library_writes_reads_back(document: dict[str, object]) -> None:
    assert plain(read_dictionary(bencodepy.encode(document))) == document


@given(st.binary() | st.binary().map(lambda tail: b"d" + tail))
def test_any_bytes_give_a_message_or_a_parse_error(data: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert isinstance(read_dictionary(data), Message)


def test_duplicates_and_order_are_kept() -> None:
    message = read_dictionary(b"d1:bi1e1:a1:x1:bi2ee")
    assert message.pairs == (("b", 1), ("a", "x"), ("b", 2))
    assert message.last("b") == 2
    assert message.text("a") == "x"
    assert message.text("b") is None


def test_bytes_that_are_no_utf8_survive() -> None:
    assert read_dictionary(b"d1:a2:\xff\xfee").text("a") == "\udcff\udcfe"


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\0", b" "])
def test_white_space_after_the_dictionary_is_ignored(end: bytes) -> None:
    assert read_dictionary(b"d1:ai1ee" + end).last("a") == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"d",
        b"e",
        b"i1e",
        b"de junk",
        b"d1:ae",
        b"di1ei2ee",
        b"d1:a5:abce",
        b"d1:a999999:e",
        b"d1:a9999999999999999999:e",
        b"d1:ai999999999999999999999ee",
        b"d1:aiee",
        b"d1:ai-ee",
        b"d1:ai1.5ee",
        b"d-1:ae",
        b"dl1:aei1ee",
        b"l" * 60_000,
        b"d1:a" * 15_000,
    ],
)
def test_bad_bencode_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        read_dictionary(data)


def test_depth_is_capped() -> None:
    def nested(depth: int) -> bytes:
        return b"d1:a" + b"l" * (depth - 1) + b"e" * (depth - 1) + b"e"

    read_dictionary(nested(MAX_DEPTH))
    with pytest.raises(ParseError, match="nested"):
        read_dictionary(nested(MAX_DEPTH + 1))


def test_number_of_items_is_capped() -> None:
    with pytest.raises(ParseError, match="too many"):
        read_dictionary(b"d1:al" + b"0:" * 5000 + b"ee")
    assert read_dictionary(b"d1:al" + b"0:" * 5000 + b"ee", max_items=6000).last("a") == [""] * 5000
