"""RTCP datagrams."""

from hypothesis import given
from hypothesis import strategies as st

from sipcore.rtcp import sender_ssrc


@given(st.integers(0, 0xFFFFFFFF), st.binary(max_size=20))
def test_the_sender_stands_behind_the_header(ssrc: int, rest: bytes) -> None:
    data = bytes.fromhex("80c80006") + ssrc.to_bytes(4, "big") + rest
    assert sender_ssrc(data) == sender_ssrc(memoryview(data)) == ssrc
