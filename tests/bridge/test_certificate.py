"""The certificate of the first start."""

import datetime
import ssl
import stat
from pathlib import Path

from cryptography import x509

from bridge.certificate import DAYS, present
from bridge.server import tls_of

NOW = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)


def test_it_is_made_once_and_only_the_user_reads_the_key(tmp_path: Path) -> None:
    chain, key = present(tmp_path / "new", NOW)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert isinstance(tls_of(chain, key), ssl.SSLContext)
    before = chain.read_bytes()
    assert present(tmp_path / "new", NOW)[0].read_bytes() == before


def test_it_names_this_workstation_and_signs_nothing(tmp_path: Path) -> None:
    made = x509.load_pem_x509_certificate(present(tmp_path, NOW)[0].read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_it_is_made_again_before_its_end_and_when_it_is_broken(tmp_path: Path) -> None:
    chain, _ = present(tmp_path, NOW)
    before = chain.read_bytes()
    present(tmp_path, NOW + datetime.timedelta(days=DAYS - 20))
    assert chain.read_bytes() != before
    chain.write_text("nonsense")
    present(tmp_path, NOW)
    assert chain.read_text().startswith("-----BEGIN CERTIFICATE")
