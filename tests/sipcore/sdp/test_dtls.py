"""Views of setup, fingerprint and tls-id."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.errors import ParseError
from sipcore.sdp.dtls import HASHES, Fingerprint, Role, Setup, fingerprints_of, parse_fingerprint, setup_of, tls_id_of
from sipcore.sdp.session import SessionDescription, parse

CERTIFICATE = b"a certificate"
SHA1, SHA256 = (Fingerprint.of(CERTIFICATE, name) for name in ("sha-1", "sha-256"))


def document(session: str = "", media: str = "") -> SessionDescription:
    lines = ["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", *session.splitlines(), "t=0 0"]
    return parse("\r\n".join([*lines, "m=audio 4000 UDP/TLS/RTP/SAVPF 0", *media.splitlines(), ""]))


@pytest.mark.parametrize("setup", Setup)
def test_setup_of_the_media_comes_before_the_session(setup: Setup) -> None:
    described = document("a=setup:active", f"a=setup:{setup.value.upper()}")
    assert setup_of(described, described.media[0]) is setup


def test_setup_of_the_session_is_the_default() -> None:
    described = document("a=setup:passive")
    assert setup_of(described, described.media[0]) is Setup.PASSIVE
    assert setup_of(document(), document().media[0]) is None


@pytest.mark.parametrize("value", ["", "both", "active passive"])
def test_an_unknown_setup_is_an_error(value: str) -> None:
    described = document(media=f"a=setup:{value}")
    with pytest.raises(ParseError, match="a=setup needs"):
        setup_of(described, described.media[0])


def test_roles_are_words_of_setup() -> None:
    assert [Setup(role.value) for role in Role] == [Setup.ACTIVE, Setup.PASSIVE]
    assert [role.other for role in Role] == [Role.PASSIVE, Role.ACTIVE]


@given(st.binary(max_size=50), st.sampled_from(list(HASHES)))
def test_fingerprints_survive_their_text(certificate: bytes, algorithm: str) -> None:
    fingerprint = Fingerprint.of(certificate, algorithm)
    assert parse_fingerprint(fingerprint.text) == fingerprint
    assert parse_fingerprint(fingerprint.text.lower()) == fingerprint
    assert fingerprint.matches(certificate)
    assert not fingerprint.matches(certificate + b"x")


@given(st.text())
def test_a_fingerprint_is_read_or_refused(text: str) -> None:
    try:
        fingerprint = parse_fingerprint(text)
    except ParseError:
        return
    assert fingerprint is None or fingerprint.algorithm in HASHES


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "a=fingerprint needs"),
        ("sha-256", "a=fingerprint needs"),
        ("sha-256 AABB", "a=fingerprint needs"),
        ("sha-256 AA:BB:", "a=fingerprint needs"),
        ("sha-256 AA:BG", "a=fingerprint needs"),
        ("sha-256 AA:BB", "a=fingerprint of 2 bytes, sha-256 has 32"),
        (f"{SHA256.text} more", "a=fingerprint needs"),
    ],
)
def test_a_wrong_fingerprint_is_an_error(text: str, complaint: str) -> None:
    with pytest.raises(ParseError, match=complaint):
        parse_fingerprint(text)


def test_the_strongest_algorithm_counts() -> None:
    other = Fingerprint.of(b"another", "sha-256")
    lines = [SHA1.text, SHA256.text, "md5 00:11", other.text, SHA256.text]
    described = document(media="\r\n".join(f"a=fingerprint:{line}" for line in lines))
    assert fingerprints_of(described, described.media[0]) == (SHA256, other)


def test_fingerprints_of_the_media_replace_those_of_the_session() -> None:
    described = document(f"a=fingerprint:{SHA256.text}", f"a=fingerprint:{SHA1.text}")
    assert fingerprints_of(described, described.media[0]) == (SHA1,)
    described = document(f"a=fingerprint:{SHA256.text}")
    assert fingerprints_of(described, described.media[0]) == (SHA256,)


def test_unknown_algorithms_count_as_none() -> None:
    described = document(media="a=fingerprint:md5 00:11")
    assert fingerprints_of(described, described.media[0]) == ()


@given(st.text(string.ascii_letters + string.digits + "+/-_", min_size=1, max_size=255))
def test_a_tls_id_is_read_as_it_is(text: str) -> None:
    described = document(f"a=tls-id:{text}")
    assert tls_id_of(described, described.media[0]) == text


def test_a_tls_id_of_the_media_comes_first() -> None:
    described = document("a=tls-id:session", "a=tls-id:media")
    assert tls_id_of(described, described.media[0]) == "media"
    assert tls_id_of(document(), document().media[0]) is None


@pytest.mark.parametrize("text", ["", "two words", "x" * 256, "ümlaut"])
def test_a_wrong_tls_id_is_an_error(text: str) -> None:
    described = document(media=f"a=tls-id:{text}")
    with pytest.raises(ParseError, match="a=tls-id needs"):
        tls_id_of(described, described.media[0])
