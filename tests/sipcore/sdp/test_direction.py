"""Direction, hold and rejection."""

import pytest

from sipcore.sdp.direction import Direction, direction, direction_of, is_rejected, is_zero
from tests.sipcore.sdp.samples import media_with, session_with

SENDRECV, SENDONLY, RECVONLY, INACTIVE = Direction


@pytest.mark.parametrize("way", Direction)
def test_each_direction(way: Direction) -> None:
    assert direction(sends=way.sends, receives=way.receives) is way
    assert way.reversed.reversed is way
    assert (way.reversed.sends, way.reversed.receives) == (way.receives, way.sends)
    assert (way.held.sends, way.held.receives) == (way.sends, False)
    session = session_with("m=audio 1 RTP/AVP 0", f"a={way.value}")
    assert direction_of(session, session.media[0]) is way


def test_names() -> None:
    assert [way.value for way in Direction] == ["sendrecv", "sendonly", "recvonly", "inactive"]
    assert [way.sends for way in Direction] == [True, True, False, False]
    assert SENDONLY.reversed is RECVONLY
    assert SENDRECV.held is SENDONLY
    assert RECVONLY.held is INACTIVE


@pytest.mark.parametrize(
    ("session_lines", "media_lines", "expected"),
    [
        ([], [], SENDRECV),
        (["a=inactive"], [], INACTIVE),
        (["a=inactive"], ["a=recvonly"], RECVONLY),
        (["a=sendonly"], ["a=sendrecv"], SENDRECV),
        ([], ["a=sendonly "], SENDONLY),
    ],
)
def test_media_comes_before_session(session_lines: list[str], media_lines: list[str], expected: Direction) -> None:
    session = session_with(*session_lines, "m=audio 1 RTP/AVP 0", *media_lines)
    assert direction_of(session, session.media[0]) is expected


def test_port_zero_is_rejected() -> None:
    assert is_rejected(media_with(port=0))
    assert not is_rejected(media_with(port=9))


@pytest.mark.parametrize(
    ("line", "zero"),
    [("IP4 0.0.0.0", True), ("IP6 ::", True), ("IP6 0:0:0:0:0:0:0:0", True), ("IP4 192.0.2.1", False)],
)
def test_zero_address(line: str, zero: bool) -> None:
    assert is_zero(session_with(f"c=IN {line}").connection) is zero


def test_no_address_is_not_the_zero_address() -> None:
    assert not is_zero(None)
