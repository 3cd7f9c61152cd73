"""The options that say how DTLS is spoken."""

import pytest

from rtpng.dtls.settings import DtlsSettings
from rtpng.errors import ConfigError
from tests.rtpng.options.rig import LISTENING, parse


class TestDtls:
    def test_its_rows_make_its_settings(self) -> None:
        config = parse(
            *LISTENING,
            *("--dtls-passive", "--dtls-cert-cipher=rsa", "--dtls-rsa-key-size=3072"),
            *("--dtls-mtu=900", "--dtls-ciphers=ECDHE+AESGCM"),
        )
        assert config.dtls == DtlsSettings(True, "RSA", 3072, 900, "ECDHE+AESGCM")

    def test_defaults_of_rows_and_settings_agree(self) -> None:
        assert parse(*LISTENING).dtls == DtlsSettings()

    def test_sha1_is_taken_with_a_warning(self) -> None:
        (notice,) = parse(*LISTENING, "--dtls-signature=sha-1").notices
        assert (notice.level, "SHA-256 is taken" in notice.text) == (4, True)

    @pytest.mark.parametrize("wrong", ["--dtls-mtu=575", "--dtls-cert-cipher=secp256r1", "--dtls-signature=SHA-512"])
    def test_what_version_26_refuses_is_refused(self, wrong: str) -> None:
        with pytest.raises(ConfigError, match="option dtls-"):
            parse(*LISTENING, wrong)
