import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.ng.jsontext import read_dictionary
from rtpng.ng.message import Message, plain
from sipcore.errors import ParseError
from tests.rtpng.ng.test_bencode import documents


@given(documents)
def test_what_json_writes_reads_back(document: dict[str, object]) -> None:
    assert plain(read_dictionary(json.dumps(document).encode())) == document


@given(st.binary() | st.text().map(lambda tail: b"{" + tail.encode("utf-8", "surrogatepass")))
def test_any_bytes_give_a_message_or_a_parse_error(data: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert isinstance(read_dictionary(data), Message)


def test_duplicates_and_order_are_kept() -> None:
    assert read_dictionary(b'{"b":1,"a":{"x":[1]},"b":"2"}').pairs == (
        ("b", 1),
        ("a", Message((("x", [1]),))),
        ("b", "2"),
    )


def test_values_that_ng_has_no_type_for_become_text() -> None:
    message = read_dictionary(b'{"a":1.50,"b":true,"c":false,"d":null,"e":NaN}')
    assert plain(message) == {"a": "1.50", "b": "true", "c": "false", "d": "", "e": "NaN"}


@pytest.mark.parametrize("text", [b'{"a":"\\ud800"}', b'{"\\udfff":"x"}', b'{"a":"\xff"}', b'{"a":"\xff\\ud801"}'])
def test_text_can_always_be_encoded_again(text: bytes) -> None:
    for name, value in read_dictionary(text).pairs:
        f"{name}{value}".encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"[]",
        b"1",
        b"{} {}",
        b'{"a":' + b"[" * 30_000,
        b'{"a":' * 10_000,
        b'{"a":' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"a":' + b"1" * 60_000 + b"}",
        b'{"a":[' + b"1," * 5000 + b"1]}",
    ],
)
def test_bad_json_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        read_dictionary(data)
