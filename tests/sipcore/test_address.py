"""Addresses."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.address import Address, Family, family_of, parse_host, parse_port
from sipcore.errors import ParseError


@given(st.ip_addresses(), st.integers(0, 65535))
def test_printed_addresses_are_read(host: object, port: int) -> None:
    assert parse_host(str(host)) == str(host)
    assert parse_port(str(port)) == port


@pytest.mark.parametrize(
    ("text", "canonical", "family"),
    [
        ("192.0.2.1", "192.0.2.1", Family.IP4),
        ("2001:DB8:0:0::1", "2001:db8::1", Family.IP6),
        ("0:0:0:0:0:0:0:0", "::", Family.IP6),
    ],
)
def test_hosts(text: str, canonical: str, family: Family) -> None:
    assert parse_host(text) == canonical
    assert family_of(canonical) is family


@pytest.mark.parametrize("text", ["", "host.example", "192.0.2", "192.0.2.01", "[::1]", "192.0.2.1 ", "fe80::1%eth0"])
def test_wrong_hosts(text: str) -> None:
    with pytest.raises(ParseError):
        parse_host(text)


@pytest.mark.parametrize("text", ["", "-1", "65536", "1e3", "+5", "٣", "000080", "9" * 5000])
def test_wrong_ports(text: str) -> None:
    with pytest.raises(ParseError, match="not a port number"):
        parse_port(text)


def test_text_form() -> None:
    assert str(Address("192.0.2.1", 5)) == "192.0.2.1:5"
    assert str(Address("2001:db8::1", 5)) == "[2001:db8::1]:5"
    assert Address("2001:db8::1", 5).family is Family.IP6


@given(st.text())
def test_any_text_gives_a_result_or_a_parse_error(text: str) -> None:
    for parse in (parse_host, parse_port):
        with suppress(ParseError):
            assert parse(text) is not None


def test_messages_stay_short() -> None:
    for parse in (parse_host, parse_port):
        with pytest.raises(ParseError) as caught:
            parse("x" * 10_000)
        assert len(str(caught.value)) < 200
