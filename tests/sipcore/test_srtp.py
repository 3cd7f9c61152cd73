"""SRTP suites and keys."""

import base64

import pytest

from sipcore.srtp import DTLS_SUITES, SUITES, Cipher, Keys, Suite, exported, exported_length, fresh, joined, suite_of

EVERY = pytest.mark.parametrize("suite", SUITES.values(), ids=list(SUITES))

# RFC 4568 6.2, RFC 6188 3 and 7, RFC 7714 14: letters of an unpadded base64 key
LETTERS = {
    "AEAD_AES_256_GCM": 59,
    "AEAD_AES_128_GCM": 38,
    "AES_256_CM_HMAC_SHA1_80": 62,
    "AES_256_CM_HMAC_SHA1_32": 62,
    "AES_192_CM_HMAC_SHA1_80": 51,
    "AES_192_CM_HMAC_SHA1_32": 51,
    "AES_CM_128_HMAC_SHA1_80": 40,
    "AES_CM_128_HMAC_SHA1_32": 40,
    "F8_128_HMAC_SHA1_80": 40,
    "F8_128_HMAC_SHA1_32": 40,
    "NULL_HMAC_SHA1_80": 40,
    "NULL_HMAC_SHA1_32": 40,
}


def test_suites_are_listed_in_the_order_of_an_offer() -> None:
    assert list(SUITES) == list(LETTERS)


@EVERY
def test_key_lengths(suite: Suite) -> None:
    assert len(base64.b64encode(fresh(suite).material).rstrip(b"=")) == LETTERS[suite.name]


@EVERY
def test_tags_are_as_long_as_the_name_says_and_those_of_rtcp_never_shorter_than_80_bits(suite: Suite) -> None:
    bits = 128 if suite.cipher is Cipher.AES_GCM else int(suite.name[-2:])
    assert suite.tag * 8 == bits
    assert suite.rtcp_tag * 8 == max(bits, 80)


@EVERY
def test_a_suite_is_found_by_its_name_in_any_case(suite: Suite) -> None:
    assert suite_of(suite.name.lower()) is suite


def test_unknown_suites_are_none() -> None:
    assert suite_of("AES_CM_512") is None


def test_dtls_profiles_have_the_numbers_of_iana() -> None:
    assert {name: suite.dtls_id for name, suite in DTLS_SUITES.items()} == {
        "SRTP_AES128_CM_SHA1_80": 1,
        "SRTP_AES128_CM_SHA1_32": 2,
        "SRTP_AEAD_AES_128_GCM": 7,
        "SRTP_AEAD_AES_256_GCM": 8,
    }


def test_what_the_library_cannot_do() -> None:
    assert {name for name, suite in SUITES.items() if suite.is_rare} == {
        "AES_192_CM_HMAC_SHA1_80",
        "AES_192_CM_HMAC_SHA1_32",
        "F8_128_HMAC_SHA1_80",
        "F8_128_HMAC_SHA1_32",
    }


@EVERY
def test_keys_are_split_and_joined(suite: Suite) -> None:
    material = bytes(range(suite.key + suite.salt))
    keys = joined(suite, material)
    assert keys == Keys(suite, material[: suite.key], material[-suite.salt :])
    assert keys.material == material


@EVERY
def test_wrong_lengths_are_refused(suite: Suite) -> None:
    for size in (0, suite.key, suite.key + suite.salt - 1, suite.key + suite.salt + 1):
        with pytest.raises(ValueError, match=suite.name):
            joined(suite, bytes(size))
        with pytest.raises(ValueError, match=suite.name):
            exported(suite, bytes(size))


@EVERY
def test_exported_material_is_keys_then_salts(suite: Suite) -> None:
    parts = b"c" * suite.key, b"s" * suite.key, b"C" * suite.salt, b"S" * suite.salt
    material = b"".join(parts)
    assert len(material) == exported_length(suite)
    assert exported(suite, material) == (Keys(suite, parts[0], parts[2]), Keys(suite, parts[1], parts[3]))


def test_fresh_keys_take_what_chance_gives() -> None:
    suite = SUITES["AES_CM_128_HMAC_SHA1_80"]
    assert fresh(suite, bytes) == joined(suite, bytes(30))
    assert fresh(suite) != fresh(suite)


def test_keys_are_not_shown() -> None:
    shown = repr(joined(SUITES["AES_CM_128_HMAC_SHA1_80"], b"secret" * 5))
    assert "AES_CM_128" in shown
    assert "secret" not in shown
    assert "sec" not in shown
