"""a=crypto."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.errors import ParseError
from sipcore.sdp.crypto import Crypto, cryptos_of, parse_crypto, printed
from sipcore.srtp import SUITES, Cipher, Keys, Suite, joined
from tests.sipcore.sdp.samples import media_with

KEY = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"  # RFC 4568 10.1
LINE = f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"


def suites() -> st.SearchStrategy[Suite]:
    return st.sampled_from(list(SUITES.values()))


@st.composite
def keys(draw: st.DrawFn) -> Keys:
    suite = draw(suites())
    return Keys(
        suite,
        draw(st.binary(min_size=suite.key, max_size=suite.key)),
        draw(st.binary(min_size=suite.salt, max_size=suite.salt)),
        draw(st.just(b"") | st.binary(min_size=1, max_size=128)),
        *(suite.cipher is not Cipher.AES_GCM and draw(st.booleans()) for _ in range(3)),
    )


def lifetimes() -> st.SearchStrategy[str | None]:
    return st.none() | st.integers(0, 48).map(lambda n: f"2^{n}") | st.integers(1, 2**48).map(str)


@given(st.integers(0, 999_999_999), keys(), lifetimes(), st.booleans())
def test_what_is_printed_is_read_again(tag: int, agreed: Keys, lifetime: str | None, pad: bool) -> None:
    crypto = Crypto(tag, agreed, lifetime)
    assert parse_crypto(printed(crypto, pad=pad)) == crypto


@given(st.text() | st.builds(" ".join, st.lists(st.sampled_from([*LINE.split(), *SUITES, "|", "x", "FEC_ORDER=1"]))))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        crypto = parse_crypto(text)
    except ParseError:
        return
    assert parse_crypto(printed(crypto)) == crypto


@given(st.lists(st.text()))
def test_unusable_lines_are_passed_over(lines: list[str]) -> None:
    values = [" ".join(line.split()) for line in lines]
    found = cryptos_of(media_with(*(f"crypto:{value}" for value in (*values, LINE))))
    assert parse_crypto(LINE).keys in [crypto.keys for crypto in found]


def test_the_example_of_the_rfc() -> None:
    crypto = parse_crypto(f"{LINE}|2^20|1:4 UNENCRYPTED_SRTCP UNENCRYPTED_SRTP UNAUTHENTICATED_SRTP")
    assert crypto.tag == 1
    assert crypto.lifetime == "2^20"
    assert crypto.keys.material == b"wDfvg&T+)xG7@fb5jU,RaA}\\|p0%*#"
    assert crypto.keys.mki == b"\0\0\0\1"
    assert crypto.keys.unencrypted_srtp
    assert crypto.keys.unencrypted_srtcp
    assert crypto.keys.unauthenticated_srtp


def test_of_several_keys_the_first_is_taken() -> None:
    assert parse_crypto(f"{LINE}|2^20|1:4;inline:QUJjZGVmMTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5|2^20|2:4").keys.mki[-1] == 1


@pytest.mark.parametrize("pad", [False, True])
def test_padding(pad: bool) -> None:
    crypto = Crypto(7, joined(SUITES["AEAD_AES_128_GCM"], bytes(28)))
    assert printed(crypto, pad=pad) == f"7 AEAD_AES_128_GCM inline:{'A' * 38}{'==' if pad else ''}"


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace("AES", "aes"),
        LINE.replace("inline", "INLINE"),
        f"{LINE} WSH=64",
        f"{LINE} KDR=0",
        f"{LINE} -FUTURE=1",
        f"{LINE}==",
    ],
)
def test_spellings_and_parameters_that_change_nothing(line: str) -> None:
    assert parse_crypto(line) == parse_crypto(LINE)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "1",
        "1 AES_CM_128_HMAC_SHA1_80",
        LINE.replace("1 ", "x ", 1),
        LINE.replace("1 ", "1234567890 ", 1),
        LINE.replace("AES_CM_128", "AES_CM_512"),
        LINE.replace("inline", "uri"),
        LINE[:-1],
        LINE + "A",
        LINE.replace("d0R", "d0$"),
        f"{LINE}|",
        f"{LINE}|2^49",
        f"{LINE}|0",
        f"{LINE}|soon",
        f"{LINE}|2^20|1",
        f"{LINE}|1:0",
        f"{LINE}|1:129",
        f"{LINE}|256:1",
        f"{LINE}|-1:4",
        f"{LINE}|2^20|1:4|more",
        f"{LINE}|{'9' * 9999}:4",
        f"{LINE} FEC_ORDER=SRTP_FEC",
        f"{LINE} FEC_KEY=inline:{KEY}",
        f"{LINE} KDR=5",
        f"{LINE} FUTURE",
        f"1 AEAD_AES_128_GCM inline:{'A' * 38} UNAUTHENTICATED_SRTP",
        f"1 AEAD_AES_128_GCM inline:{'A' * 38} UNENCRYPTED_SRTCP",
    ],
)
def test_what_cannot_be_used(line: str) -> None:
    with pytest.raises(ParseError) as error:
        parse_crypto(line)
    assert KEY[1:-1] not in str(error.value)
    assert cryptos_of(media_with(f"crypto:{line}")) == ()


def test_of_two_lines_with_one_tag_the_first_counts() -> None:
    other = LINE.replace("_80", "_32")
    assert cryptos_of(media_with(f"crypto:{LINE}", f"crypto:{other}")) == (parse_crypto(LINE),)
