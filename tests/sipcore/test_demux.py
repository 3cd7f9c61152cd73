"""Telling apart what shares a media port."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.demux import Kind, classify


def expected(first: int, second: int) -> Kind:
    """RFC 7983 figure 3 and RFC 5761 section 4, written down the other way round."""
    if first in range(4):
        return Kind.STUN
    if first in range(20, 64):
        return Kind.DTLS
    if first in range(128, 192):
        return Kind.RTCP if second in range(192, 224) else Kind.RTP
    return Kind.OTHER


@pytest.mark.parametrize("first", range(256))
def test_every_first_byte(first: int) -> None:
    for second in range(256):
        data = bytes([first, second]) + bytes(18)
        assert classify(data) is expected(first, second)
        assert classify(memoryview(data)) is expected(first, second)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Kind.OTHER),
        (b"\x80", Kind.OTHER),
        (b"\x80\xc9\0\0\0\0\0", Kind.OTHER),
        (b"\x80\xc9\0\1\0\0\0\0", Kind.RTCP),
        (b"\x80\0" + bytes(9), Kind.OTHER),
        (b"\x80\0" + bytes(10), Kind.RTP),
    ],
)
def test_short_datagrams(data: bytes, kind: Kind) -> None:
    assert classify(data) is kind


@given(st.binary(max_size=30))
def test_any_datagram_is_of_some_kind(data: bytes) -> None:
    assert classify(data) in Kind
