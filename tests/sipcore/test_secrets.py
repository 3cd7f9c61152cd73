import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.errors import ParseError, quoted
from sipcore.sdp.attributes import rtcp_of
from sipcore.sdp.session import parse
from sipcore.secrets import MASK, masked

TOKEN = "WVNfX19zZW1jdGwgKCkgewkyMjA7/+"
LINES = (
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{}|2^20|1:4",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline: {}",
    "a=ice-pwd:{}",
    "a=ice-pwd: {}",
    "a=ice-pwd {}",
    "a=key-mgmt:mikey {}",
    "k=clear:{}",
    "k=base64:{}",
    "k:clear:{}",
    "k clear:{}",
    "k=uri:https://example.com/{}",
    "k = {}",
)
visible = st.characters(min_codepoint=33, max_codepoint=122)
blanks = st.text(" \t\u00a0\u3000", max_size=3)


@pytest.mark.parametrize("line", LINES)
@given(before=blanks, upper=st.booleans(), token=st.text(visible, min_size=12))
def test_no_key_is_shown(line: str, before: str, upper: bool, token: str) -> None:
    text = before + (line.upper() if upper else line).format(token := f"SECRET{token}")
    assert "SECRET" not in masked(text)
    assert token not in masked(f"v=0\r\n{text}\r\na=x\r\n")
    assert masked(f"v=0\r\n{text}\r\na=x\r\n").endswith("\r\na=x\r\n")
    assert "SECRET" not in quoted(text)


@pytest.mark.parametrize("line", ["a=fingerprint:sha-256 12:DF:3E", "a=ice-ufrag:F7gI", "s=a talk: good", "a=mark:1"])
def test_what_is_public_stays(line: str) -> None:
    assert masked(line) == line


def test_what_follows_a_key_in_crypto_stays() -> None:
    assert masked(LINES[0].format(TOKEN)) == LINES[0].format(MASK)


@pytest.mark.parametrize("line", LINES)
def test_an_error_that_quotes_a_line_shows_no_key(line: str) -> None:
    with pytest.raises(ParseError) as error:
        parse(f"v=0\r\n {line.format(TOKEN)}\r\n")
    assert "line 2" in str(error.value)
    assert TOKEN[:4] not in str(error.value)


def test_an_error_that_quotes_a_value_shows_no_key() -> None:
    media = parse(f"v=0\r\nm=audio 1 RTP/AVP 0\r\na=rtcp:1 inline:{TOKEN}\r\n").media[0]
    with pytest.raises(ParseError) as error:
        rtcp_of(media)
    assert TOKEN[:4] not in str(error.value)


def test_a_long_line_is_quoted_in_part() -> None:
    assert quoted("x" * 100) == repr("x" * 57 + "...")
