"""Identities are dear (an RSA key takes 0.1 s), so that tests share them."""

import pytest

from rtpng.dtls.identity import Identity
from tests.rtpng.dtls.pair import EC_SETTINGS, RSA_SETTINGS, fresh


@pytest.fixture(scope="session")
def elliptic() -> tuple[Identity, Identity]:
    return fresh(EC_SETTINGS), fresh(EC_SETTINGS)


@pytest.fixture(scope="session")
def rsa() -> tuple[Identity, Identity]:
    return fresh(RSA_SETTINGS), fresh(RSA_SETTINGS)
