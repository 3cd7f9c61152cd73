import contextlib
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.ng import wire
from rtpng.ng.wire import Encoding, WireError, decode, encode, encode_request, plain
from tests.rtpng.ng.test_bencode import documents


@pytest.mark.parametrize(
    ("datagram", "reason", "cookie", "encoding"),
    [
        (b"", wire.NO_COOKIE, None, Encoding.BENCODE),
        (b"cookie", wire.NO_COOKIE, None, Encoding.BENCODE),
        (b" d7:command4:pinge", wire.NO_COOKIE, None, Encoding.BENCODE),
        (b"c" * 2000 + b" d7:command4:pinge", wire.NO_COOKIE, None, Encoding.BENCODE),
        (b"c ", "Invalid data (no payload)", b"c", Encoding.BENCODE),
        (b"c x", "Invalid NG data format", b"c", Encoding.BENCODE),
        (b"c  d7:command4:pinge", "Invalid NG data format", b"c", Encoding.BENCODE),
        (b"c []", "Invalid NG data format", b"c", Encoding.BENCODE),
        (b"c d7:command", "Could not decode bencode dictionary", b"c", Encoding.BENCODE),
        (b'c {"command":', "Failed to parse JSON document", b"c", Encoding.JSON),
    ],
)
def test_errors_of_the_wire(datagram: bytes, reason: str, cookie: bytes | None, encoding: Encoding) -> None:
    with pytest.raises(WireError) as caught:
        decode(datagram)
    assert (caught.value.reason, caught.value.cookie, caught.value.encoding) == (reason, cookie, encoding)


@given(st.binary() | st.sampled_from([b"c d", b"c {", b"c "]).flatmap(lambda head: st.binary().map(head.__add__)))
def test_any_datagram_decodes_or_raises_a_wire_error(datagram: bytes) -> None:
    with contextlib.suppress(WireError):
        decode(datagram)


@pytest.mark.parametrize("encoding", Encoding)
@given(document=documents)
def test_round_trip(encoding: Encoding, document: dict[str, object]) -> None:
    envelope = decode(encode(b"c", document, encoding))
    assert (envelope.cookie, envelope.encoding) == (b"c", encoding)
    assert plain(envelope.message) == document


@pytest.mark.parametrize("encoding", Encoding)
@given(raw=st.binary(max_size=30))
def test_any_byte_of_a_text_survives_the_way_in_and_back(encoding: Encoding, raw: bytes) -> None:
    text = decode(b"c d1:a%d:%be" % (len(raw), raw)).message.text("a")
    assert text is not None
    again = decode(encode(b"c", {"a": text}, encoding)).message.text("a")
    assert again is not None
    assert again.encode("utf-8", "surrogateescape") == raw


DICTIONARY = {"result": "ok", "b": True, "a": 1.5, "c": b"\xff", "d": ("x", {"y": 2})}


def test_replies_keep_the_order_of_their_keys() -> None:
    bencode = b"1 d6:result2:ok1:bi1e1:a3:1.51:c1:\xff1:dl1:xd1:yi2eeee"
    assert encode(b"1", DICTIONARY, Encoding.BENCODE) == bencode
    assert encode(b"1", DICTIONARY, Encoding.JSON) == b'1 {"result":"ok","b":1,"a":"1.5","c":"\xff","d":["x",{"y":2}]}'


def test_requests_are_canonical_bencode() -> None:
    bencode = b"1 d1:a3:1.51:bi1e1:c1:\xff1:dl1:xd1:yi2eee6:result2:oke"
    assert encode_request(b"1", DICTIONARY, Encoding.BENCODE) == bencode
    assert encode_request(b"1", DICTIONARY, Encoding.JSON) == encode(b"1", DICTIONARY, Encoding.JSON)


@pytest.mark.parametrize("write", [encode, encode_request])
def test_what_ng_has_no_form_for_is_a_bug_of_the_caller(write: Callable[..., bytes]) -> None:
    with pytest.raises(TypeError):
        write(b"1", {"a": object()}, Encoding.BENCODE)


def test_json_text_is_utf8() -> None:
    assert json.loads(encode(b"1", {"a": "ü€"}, Encoding.JSON)[2:]) == {"a": "ü€"}


@pytest.mark.parametrize("encoding", Encoding)
def test_values_without_an_ng_type_are_our_bug(encoding: Encoding) -> None:
    with pytest.raises(TypeError, match="not a value of ng: object"):
        encode(b"1", {"a": object()}, encoding)
