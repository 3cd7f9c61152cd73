import pytest

from rtpng.ng.cookies import Cookies


@pytest.mark.parametrize(("later", "known"), [(0, True), (29.9, True), (30.1, True), (59.9, True), (61, False)])
@pytest.mark.parametrize("step", [0.1, 10.0, 1000.0])
def test_a_reply_is_remembered_for_one_to_two_lifetimes(later: float, known: bool, step: float) -> None:
    cookies = Cookies()
    cookies.remember("h", b"c", b"reply", 100.0)
    moment = 100.0
    while moment + step < 100.0 + later:
        moment += step
        cookies.recall("h", b"other", moment)
    assert cookies.recall("h", b"c", 100.0 + later) == (b"reply" if known else None)


def test_every_reply_lives_for_a_lifetime_at_least() -> None:
    cookies = Cookies()
    for tenth in range(2000):
        now = tenth / 10
        cookies.remember("h", b"%d" % tenth, b"r", now)
        assert cookies.recall("h", b"%d" % max(0, tenth - 299), now) == b"r"
    assert len(cookies) <= 601


def test_two_proxies_may_use_one_cookie() -> None:
    cookies = Cookies()
    cookies.remember("h1", b"c", b"one", 0.0)
    assert cookies.recall("h2", b"c", 0.0) is None
    cookies.remember("h2", b"c", b"two", 0.0)
    assert cookies.recall("h1", b"c", 1.0) == b"one"


def test_bounded_in_bytes() -> None:
    cookies = Cookies(limit=100_000)
    for number in range(1000):
        cookies.remember("h", b"%d" % number, bytes(1000), 0.0)
        assert cookies.recall("h", b"%d" % number, 0.0) is not None
    assert len(cookies) <= 100
    assert cookies.recall("h", b"0", 0.0) is None
