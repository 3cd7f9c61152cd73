"""Cutting exported material (RFC 5764 4.2)."""

import pytest

from rtpng.dtls.keys import cut, length
from sipcore.sdp.dtls import Role
from sipcore.srtp import DTLS_SUITES, Suite


@pytest.mark.parametrize("suite", DTLS_SUITES.values(), ids=lambda suite: suite.name)
def test_keys_come_before_salts_and_the_client_before_the_server(suite: Suite) -> None:
    material = bytes(index % 256 for index in range(length(suite)))
    ours, theirs = cut(suite, material, Role.ACTIVE)
    assert ours.key + theirs.key + ours.salt + theirs.salt == material
    assert cut(suite, material, Role.PASSIVE) == (theirs, ours)
    assert (len(ours.key), len(ours.salt)) == (suite.key, suite.salt)
