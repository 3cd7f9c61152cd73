"""Roles of DTLS, and when a handshake is done again."""

import pytest

from rtpng.calls.dtls import (
    NOTHING,
    Restart,
    Stated,
    Wish,
    fingerprint_hash,
    prefers_passive,
    restart,
    role_after_answer,
    role_after_offer,
    stated,
    wish_of,
)
from sipcore.errors import ParseError
from sipcore.sdp.dtls import Fingerprint, Role, Setup
from sipcore.sdp.session import parse

ONE, OTHER = Fingerprint.of(b"one", "sha-256"), Fingerprint.of(b"other", "sha-256")
SHA1 = Fingerprint.of(b"one", "sha-1")


def says(setup: str | None, *fingerprints: Fingerprint, tls_id: str | None = None) -> Stated:
    return Stated(None if setup is None else Setup(setup), fingerprints or (ONE,), tls_id)


@pytest.mark.parametrize(
    ("word", "wish"),
    [
        ("passive", Wish.PASSIVE),
        ("Active", Wish.ACTIVE),
        ("off", Wish.OFF),
        ("no", Wish.OFF),
        ("disable", Wish.OFF),
        ("disabled", Wish.OFF),
        ("perhaps", None),
        (None, None),
    ],
)
def test_wishes(word: str | None, wish: Wish | None) -> None:
    assert wish_of(word) is wish


@pytest.mark.parametrize(
    ("reverse", "forward", "option", "passive"),
    [
        (None, None, False, False),
        (None, None, True, True),
        (None, "passive", False, True),
        (None, "active", True, True),
        (None, "off", True, True),
        ("passive", None, False, True),
        ("active", None, True, False),
        ("off", None, True, True),
    ],
)
def test_the_preference_as_in_version_26(reverse: str | None, forward: str | None, option: bool, passive: bool) -> None:
    assert prefers_passive(wish_of(reverse), wish_of(forward), option=option) is passive


@pytest.mark.parametrize(
    ("setup", "before", "preferred", "role"),
    [
        ("actpass", None, False, Role.ACTIVE),
        ("actpass", None, True, Role.PASSIVE),
        ("actpass", Role.PASSIVE, False, Role.PASSIVE),
        ("actpass", Role.ACTIVE, False, Role.ACTIVE),
        ("actpass", Role.ACTIVE, True, Role.ACTIVE),
        ("active", Role.ACTIVE, False, Role.PASSIVE),
        ("passive", Role.PASSIVE, True, Role.ACTIVE),
        ("holdconn", Role.ACTIVE, True, None),
        (None, Role.ACTIVE, True, None),
    ],
)
def test_roles_after_an_offer(setup: str | None, before: Role | None, preferred: bool, role: Role | None) -> None:
    assert role_after_offer(says(setup), before, passive=preferred) is role


@pytest.mark.parametrize(
    ("setup", "role"),
    [
        ("active", Role.PASSIVE),
        ("passive", Role.ACTIVE),
        ("actpass", Role.ACTIVE),
        ("holdconn", None),
        (None, None),
    ],
)
def test_roles_after_an_answer(setup: str | None, role: Role | None) -> None:
    assert role_after_answer(says(setup)) is role


def test_no_dtls_without_a_fingerprint() -> None:
    party = Stated(Setup.ACTIVE)
    assert role_after_offer(party, None, passive=False) is None
    assert role_after_answer(party) is None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (NOTHING, says("active"), Restart.NO),
        (says("active"), says("passive"), Restart.NO),
        (says("active"), says("active", OTHER), Restart.AT_ONCE),
        (says("active"), NOTHING, Restart.AT_ONCE),
        (says("active"), says("active", OTHER, ONE), Restart.NO),
        (says("active", ONE, OTHER), says("active", OTHER), Restart.AT_ONCE),
        (says("active", tls_id="x"), says("active", tls_id="x"), Restart.NO),
        (says("active", tls_id="x"), says("active", tls_id="y"), Restart.BESIDE),
        (says("active", tls_id="x"), says("active"), Restart.BESIDE),
        (says("active"), says("active", tls_id="x"), Restart.NO),
        (says("active", tls_id="x"), says("active", OTHER, tls_id="y"), Restart.AT_ONCE),
    ],
)
def test_restarts(before: Stated, after: Stated, expected: Restart) -> None:
    assert restart(before, after) is expected


def test_the_hash_of_our_fingerprint() -> None:
    assert fingerprint_hash("sha-512", "sha-1", says("active", SHA1)) == "sha-512"
    assert fingerprint_hash(None, "sha-1", says("active")) == "sha-1"
    assert fingerprint_hash(None, None, says("active", SHA1)) == "sha-1"
    assert fingerprint_hash(None, None, NOTHING) == "sha-256"


def test_what_an_sdp_states() -> None:
    text = f"v=0\r\na=setup:active\r\nm=audio 4000 UDP/TLS/RTP/SAVP 0\r\na=fingerprint:{ONE.text}\r\na=tls-id:abc\r\n"
    described = parse(text)
    assert stated(described, described.media[0]) == says("active", ONE, tls_id="abc")
    broken = parse(text.replace("active", "sideways"))
    with pytest.raises(ParseError):
        stated(broken, broken.media[0])
