"""SRTP contexts: test vectors, every suite both ways, and what must not be accepted."""

import pytest

from rtpng.media.srtp import Contexts, Role
from sipcore.srtp import SUITES, joined

TERMINABLE = [suite for suite in SUITES.values() if suite.terminable]
EVERY = pytest.mark.parametrize("suite", TERMINABLE, ids=[suite.name for suite in TERMINABLE])
AES_CM = SUITES["AES_CM_128_HMAC_SHA1_80"]
PROTECT, UNPROTECT = Role.PROTECT_RTP, Role.UNPROTECT_RTP


# The packets of libsrtp's own test driver (srtp_validate), made independently of it for RFC 3711 and RFC 7714
VECTORS = {
    "AES_CM_128_HMAC_SHA1_80": (
        "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6",
        "800f1234decafbadcafebabeabababababababababababababababab",
        "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
    ),
    "AEAD_AES_128_GCM": (
        "000102030405060708090a0b0c0d0e0fa0a1a2a3a4a5a6a7a8a9aaab",
        "800f1234decafbadcafebabeabababababababababababababababab",
        "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_vectors(name: str) -> None:
    material, plain, protected = (bytes.fromhex(text) for text in VECTORS[name])
    keys = joined(SUITES[name], material)
    assert Contexts().take(keys, PROTECT)(plain) == protected
    assert Contexts().take(keys, UNPROTECT)(protected) == plain
