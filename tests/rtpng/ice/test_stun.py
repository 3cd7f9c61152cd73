"""The gate before everything, and what we send, beside aioice's own reading of both."""

import struct
from contextlib import suppress

import pytest
from aioice import stun as aioice
from hypothesis import given
from hypothesis import strategies as st

from rtpng.ice.stun import (
    UNSIGNED_REFUSAL,
    Check,
    Class,
    RefusedCheckError,
    StunError,
    UntrustedMessage,
    check_request,
    error_response,
    read_untrusted,
    success_response,
)
from sipcore.address import Address

KEY = b"a-password-of-22-chars"
TRANSACTION = bytes(range(12))

numbers = st.integers(0, 2**32 - 1)
tie_breakers = st.integers(0, 2**64 - 1)
addresses = st.builds(Address, st.ip_addresses().map(str), st.integers(1, 65535))


def built(
    *attributes: tuple[int, bytes], kind: int = 0x0001, key: bytes | None = KEY, fingerprint: bool = True
) -> bytes:
    """A message with any attributes at all, sealed correctly."""
    body = b"".join(
        struct.pack("!HH", number, len(value)) + value + bytes(-len(value) % 4) for number, value in attributes
    )
    data = struct.pack("!HHI12s", kind, len(body), aioice.COOKIE, TRANSACTION) + body
    if key is not None:
        data += struct.pack("!HH", 0x0008, 20) + aioice.message_integrity(data, key)
    if fingerprint:
        data += struct.pack("!HHI", 0x8028, 4, aioice.message_fingerprint(data))
    return aioice.set_body_length(data, len(data) - 20)


USERNAME = (0x0006, b"ours:theirs")
PRIORITY = (0x0024, b"\x6e\x00\x00\xff")


def sample(**changes: object) -> bytes:
    return check_request(TRANSACTION, "ours:theirs", KEY, role=(True, 7), priority=99, **changes)  # type: ignore[arg-type]


@given(numbers, st.booleans(), st.booleans(), tie_breakers, st.none() | st.just("relay 1.0"))
def test_a_check_survives_the_wire(
    priority: int, nominates: bool, controlling: bool, tie_breaker: int, software: str | None
) -> None:
    data = check_request(
        TRANSACTION,
        "ours:theirs",
        KEY,
        role=(controlling, tie_breaker),
        priority=priority,
        nominates=nominates,
        software=software,
    )
    message = read_untrusted(data)
    assert (message.kind, message.transaction) == (Class.REQUEST, TRANSACTION)
    assert message.ufrags_untrusted == ("ours", "theirs")
    theirs = (tie_breaker, None) if controlling else (None, tie_breaker)
    assert message.check(KEY) == Check(priority, nominates, *theirs)
    read = aioice.parse_message(data)
    assert read.check_message_integrity(KEY)
    assert read.attributes["PRIORITY"] == priority
    assert ("USE-CANDIDATE" in read.attributes) is nominates


def test_software_comes_first() -> None:
    assert sample(software="relay 1.0")[20:24] == b"\x80\x22\x00\x09"


@given(addresses, st.none() | st.just("relay 1.0"))
def test_a_success_response_tells_the_source(source: Address, software: str | None) -> None:
    data = success_response(TRANSACTION, source, KEY, software)
    message = read_untrusted(data)
    assert message.kind is Class.SUCCESS
    assert message.is_signed_with(KEY)
    assert not message.is_signed_with(b"another")
    assert not message.unknown
    assert aioice.parse_message(data).attributes["XOR-MAPPED-ADDRESS"] == tuple(source)


@pytest.mark.parametrize("code", [400, 401, 420, 487])
@pytest.mark.parametrize("key", [None, KEY])
def test_error_responses(code: int, key: bytes | None) -> None:
    data = error_response(TRANSACTION, code, key, unknown=(0x7001, 0x7002, 0x7003))
    message = read_untrusted(data)
    assert message.kind is Class.ERROR
    assert message.error_code_untrusted == code
    assert message.is_signed_with(KEY) is (key is not None)
    assert aioice.parse_message(data).error_code == code
    assert b"\x00\x0a\x00\x06\x70\x01\x70\x02\x70\x03\x00\x00" in data


def test_an_unsigned_refusal_is_smaller_than_any_check() -> None:
    assert len(error_response(TRANSACTION, 401)) == len(error_response(TRANSACTION, 400)) == UNSIGNED_REFUSAL
    assert len(sample()) > UNSIGNED_REFUSAL


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "size"),
        (bytes(27), "size"),
        (built(USERNAME, PRIORITY) + bytes(1500), "size"),
        (built(USERNAME, PRIORITY)[:-4], "header"),
        (built(USERNAME, PRIORITY) + bytes(4), "header"),
        (built(USERNAME, PRIORITY, kind=0x0003), "binding"),
        (built(USERNAME, PRIORITY, kind=0x4001), "binding"),
        (built(USERNAME, PRIORITY, fingerprint=False), "FINGERPRINT"),
        (built(USERNAME, PRIORITY)[:-1] + b"\x00", "FINGERPRINT"),
        (built(USERNAME, (0x0024, b"\x00\x00")), "size of an attribute"),
        (built(USERNAME, (0x0025, b"\x00")), "size of an attribute"),
        (built(USERNAME, (0x802A, b"\x00")), "size of an attribute"),
        (built(USERNAME, (0x0008, bytes(20)), PRIORITY), "behind MESSAGE-INTEGRITY"),
        (built(USERNAME, (0x0008, bytes(3))), "size of an attribute"),
    ],
)  # fmt: skip
def test_what_does_not_pass_the_gate(data: bytes, reason: str) -> None:
    with pytest.raises(StunError, match=reason) as error:
        read_untrusted(data)
    assert error.value.code is None


def test_a_wrong_cookie_does_not_pass() -> None:
    data = bytearray(built(USERNAME, PRIORITY))
    data[4] ^= 1
    with pytest.raises(StunError, match="header"):
        read_untrusted(bytes(data))


def test_an_attribute_may_not_reach_into_the_fingerprint() -> None:
    data = bytearray(built((0x8022, b"abcd"), key=None))
    data[22:24] = (12).to_bytes(2, "big")
    body = bytes(data[:-8])
    data[-4:] = aioice.message_fingerprint(body).to_bytes(4, "big")
    with pytest.raises(StunError, match="size of an attribute"):
        read_untrusted(bytes(data))


def test_the_first_of_two_counts() -> None:
    """aioice takes the last, which nobody has promised to look at (RFC 8489 14)."""
    message = read_untrusted(built(USERNAME, (0x0006, b"other:name"), PRIORITY))
    assert message.ufrags_untrusted == ("ours", "theirs")


def test_message_integrity_sha256_is_passed_over() -> None:
    signed = built(USERNAME, PRIORITY, fingerprint=False)
    data = signed + struct.pack("!HH", 0x001C, 32) + bytes(32)
    data += struct.pack("!HHI", 0x8028, 4, aioice.message_fingerprint(data))
    message = read_untrusted(aioice.set_body_length(data, len(data) - 20))
    assert message.check(KEY).priority == 0x6E0000FF


@pytest.mark.parametrize(
    ("attributes", "key", "error", "code"),
    [
        ((USERNAME, PRIORITY), b"another", StunError, 401),
        ((USERNAME, PRIORITY), None, StunError, 401),
        ((USERNAME,), KEY, RefusedCheckError, 400),
        ((USERNAME, PRIORITY, (0x7777, b"")), KEY, RefusedCheckError, 420),
        ((USERNAME, PRIORITY, (0x7777, b"")), b"another", StunError, 401),
    ],
)
def test_why_a_check_is_refused(
    attributes: tuple[tuple[int, bytes], ...],
    key: bytes | None,
    error: type[StunError | RefusedCheckError],
    code: int,
) -> None:
    message = read_untrusted(built(*attributes, key=key))
    with pytest.raises(error) as raised:
        message.check(KEY)
    assert vars(raised.value)["code"] == code


def test_unknown_attributes_are_listed_if_they_must_be_understood() -> None:
    message = read_untrusted(built(USERNAME, (0x7777, b"abc"), (0xC057, b"browser"), (0x0013, b"x")))
    assert message.unknown == (0x7777, 0x0013)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_stun_error(data: bytes) -> None:
    with pytest.raises(StunError):
        read_untrusted(data)


attributes = st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=40)), max_size=8)


@given(attributes, st.sampled_from([0x0001, 0x0011, 0x0101, 0x0111]), st.none() | st.just(KEY))
def test_whatever_passes_the_gate_is_what_aioice_reads(
    given_attributes: list[tuple[int, bytes]], kind: int, key: bytes | None
) -> None:
    """Where both read a message, they agree; where only we do, aioice fails on a value that we never look at."""
    data = built(*given_attributes, kind=kind, key=key)
    try:
        message = read_untrusted(data)
    except StunError:
        return
    assert message.is_signed_with(KEY) is (key is not None)
    _touch(message)
    try:
        read = aioice.parse_message(data)
    except (ValueError, struct.error):
        return
    assert message.transaction == read.transaction_id
    if len({number for number, _ in given_attributes}) == len(given_attributes):
        assert message.error_code_untrusted in (read.error_code, None) or 0x0009 in dict(given_attributes)
        if "USERNAME" in read.attributes:
            assert message.values[0x0006] == read.attributes["USERNAME"].encode()


def _touch(message: UntrustedMessage) -> None:
    """Reads all that can be read of it; nothing but the documented errors may come."""
    assert message.ufrags_untrusted is None or len(message.ufrags_untrusted) == 2
    with suppress(StunError, RefusedCheckError):
        message.check(KEY)
