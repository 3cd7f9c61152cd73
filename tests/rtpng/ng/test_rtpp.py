import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.ng.message import Message
from rtpng.ng.rtpp import Item, items


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  trust-address   RTP/AVP ", [(None, "trust-address"), (None, "RTP/AVP")]),
        ("ICE=remove", [("ICE", "remove")]),
        ("via-branch=z9hG4bK=1", [("via-branch", "z9hG4bK=1")]),
        ("label=", [("label", "")]),
        ("replace=[origin session-connection] x", [("replace", ["origin", "session-connection"]), (None, "x")]),
        ("replace = [origin]", [(None, "replace"), (None, "="), (None, ["origin"])]),
        (
            "codec=[strip=[PCMA G729] mask=x]",
            [("codec", Message((("strip", ["PCMA", "G729"]), ("mask", "x"))))],
        ),
        ("a=[b c=d]", [("a", ["b", "c=d"])]),
        ("a=[b c", [("a", ["b", "c"])]),
        ("a] b", [(None, "a"), (None, "b")]),
        ("a=[]", [("a", [])]),
        ("a=x[b]", [("a", "x"), (None, ["b"])]),
    ],
)
def test_items(text: str, expected: list[Item]) -> None:
    assert list(items(text)) == expected


@given(st.text(st.sampled_from("ab=[] \n"), max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    items(text)


def test_depth_and_number_are_bounded() -> None:
    assert len(items("a=[" * 30_000)) == 1
    assert len(items("a " * 30_000)) == 4096
