"""The list ``media`` of create and transform: whatever comes is read or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.calls.request import MediaWish
from rtpng.ng.media_list import MOST, media_list
from rtpng.ng.message import Message, Value
from sipcore.address import Address

WORDS = ("type", "id", "destination", "address", "port", "family", "codec", "input", "output", "payload type", "x")
leaves = st.sampled_from(["audio", "198.51.100.1", "2001:db8::1", "", "5000", "a b", "\r\n"]) | st.integers(-1, 70000)
values: st.SearchStrategy[Value] = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(st.tuples(st.sampled_from(WORDS), inner), max_size=4).map(lambda pairs: Message(tuple(pairs)))
    ),
    max_leaves=12,
)


def entry(**words: Value) -> Message:
    return Message(tuple((name.replace("_", " "), value) for name, value in words.items()))


def test_an_entry_is_a_type_or_a_dictionary() -> None:
    assert media_list(["video", entry(type="audio")]) == (MediaWish("video"), MediaWish("audio"))


def test_a_destination_has_address_and_port() -> None:
    destination = entry(family="IP4", address="198.51.100.1", port=5000)
    (wish,) = media_list([entry(id=7, destination=destination)])
    assert (wish.name, wish.destination) == ("7", Address("198.51.100.1", 5000))


@pytest.mark.parametrize(("output", "converts"), [("PCMA", False), ("pcma", False), ("PCMU", True)])
def test_the_same_codec_on_both_sides_needs_no_conversion(output: str, converts: bool) -> None:
    codec = entry(input=entry(codec="PCMA", payload_type=8), output=entry(codec=output, payload_type="8"))
    (wish,) = media_list([entry(codec=[codec])])
    assert wish.converts is converts


@pytest.mark.parametrize(
    "value",
    [
        "audio",
        [5],
        ["au dio"],
        [entry(destination="x")],
        [entry(destination=entry(address="x", port=1))],
        [entry(destination=entry(address="198.51.100.1"))],
        [entry(codec="PCMA")],
        [entry(codec=["PCMA"])],
        ["audio"] * (MOST + 1),
    ],
    ids=str,
)
def test_anything_else_is_refused(value: Value) -> None:
    with pytest.raises(ValueError, match=r"."):
        media_list(value)


@given(values)
def test_whatever_comes_is_read_or_refused(value: Value) -> None:
    try:
        wishes = media_list(value)
    except ValueError:
        return
    assert all(wish.kind.isalnum() for wish in wishes)
