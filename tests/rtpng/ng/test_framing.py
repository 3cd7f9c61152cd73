import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.ng.framing import MAX_MESSAGE, Framer
from rtpng.ng.wire import MAX_COOKIE, Encoding, decode, encode

PING = b"d7:command4:pinge"
MESSAGES = [
    b"1 " + PING,
    b"2 d3:sdp3:e e4:listli1ei-2ee1:xd1:a1:be4:texti0ee",
    b'3 {"command":"ping"}',
    b'4 {"a":"}{\\"\\\\","b":{"c":["}"]}}',
    b"\n5 de",
    b"6 {}",
]


def cut(*pieces: bytes) -> tuple[list[bytes], bool]:
    """What a framer gives for pieces that come one by one, and whether it is broken then."""
    framer, found = Framer(), []
    for piece in pieces:
        framer.add(piece)
        while (message := framer.next()) is not None:
            found.append(message)
    return found, framer.broken


def test_messages_in_one_piece() -> None:
    assert cut(b"".join(MESSAGES)) == (MESSAGES, False)


def test_messages_byte_by_byte() -> None:
    assert cut(*(bytes([byte]) for byte in b"".join(MESSAGES))) == (MESSAGES, False)


@given(st.lists(st.integers(0, len(b"".join(MESSAGES)))))
def test_messages_in_any_pieces(places: list[int]) -> None:
    stream = b"".join(MESSAGES)
    ends = [*sorted(places), len(stream)]
    pieces = [stream[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    assert cut(*pieces) == (MESSAGES, False)


VALUES = st.recursive(
    st.integers(-(10**18), 10**18) | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(st.lists(st.dictionaries(st.text(), VALUES), min_size=1, max_size=4), st.sampled_from(Encoding))
def test_what_we_write_is_cut_as_it_was_written(dictionaries: list[dict[str, object]], encoding: Encoding) -> None:
    messages = [encode(b"c%d" % number, content, encoding) for number, content in enumerate(dictionaries)]
    assert cut(b"".join(messages)) == (messages, False)


@pytest.mark.parametrize("begun", [b"", b"1", b"1 ", b"1 d", b"1 d7:comm", b"1 d12", b"1 di-", b"1 di4", b'1 {"a":"}'])
def test_the_rest_may_still_come(begun: bytes) -> None:
    assert cut(begun) == ([], False)


@pytest.mark.parametrize(
    "bad",
    [
        b"1 nonsense",
        b" d7:command4:pinge",
        b"1 i5e",
        b"1 l4:pinge",
        b"1 dx",
        b"1 di5x",
        b"1 d1234567:",
        b"1 di123456789012345678901e",
        b"x" * (MAX_COOKIE + 1),
        b"x" * (MAX_COOKIE + 1) + b" de",
    ],
)
def test_what_can_never_be_a_message_is_given_as_it_is_and_nothing_after_it(bad: bytes) -> None:
    assert cut(b"0 " + PING + bad, b"2 " + PING) == ([b"0 " + PING, bad], True)


@pytest.mark.parametrize("begin", [b"1 d", b'1 {"'])
def test_a_message_that_never_ends_is_given_up(begin: bytes) -> None:
    found, broken = cut(begin, *[b"1:a" * 1000] * (MAX_MESSAGE // 3000 + 1))
    assert broken
    assert len(found) == 1


def test_a_message_may_be_longer_than_a_datagram() -> None:
    long = encode(b"1", {"command": "offer", "sdp": "x" * 200_000}, Encoding.BENCODE)
    assert cut(long[:100_000], long[100_000:]) == ([long], False)
    assert decode(long).message.text("command") == "offer"


@given(st.lists(st.binary()))
def test_any_bytes_come_out_as_they_went_in(pieces: list[bytes]) -> None:
    found, _ = cut(*pieces)
    assert b"".join(pieces).startswith(b"".join(found))
