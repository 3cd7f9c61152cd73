"""The settings file and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import SettingsError
from bridge.settings import read, understood

GOOD: dict[str, Any] = {"gateway": "https://gw.example.com:8443/", "agents": {"1002": "open-sesame"}}


def test_the_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(GOOD | {"origins": ["https://WWE.example.com"], "listen": "[::1]:8001"}))
    file.chmod(0o600)
    settings = read(file)
    assert (settings.host, settings.port, settings.origins) == ("::1", 8001, ("https://wwe.example.com",))
    assert settings.gateway_origin == "https://gw.example.com:8443"
    assert "open-sesame" not in repr(settings)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(GOOD))
    file.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        read(file)


def test_no_file_and_no_json_are_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Write the settings to"):
        read(tmp_path / "settings.json")
    (tmp_path / "settings.json").write_text("{")
    (tmp_path / "settings.json").chmod(0o600)
    with pytest.raises(SettingsError, match="is no JSON"):
        read(tmp_path / "settings.json")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"listen": "0.0.0.0:8000"}, "not a loopback address"),
        ({"listen": "192.168.1.5:8000"}, "this workstation only"),
        ({"listen": "localhost:8000"}, "an address and a port"),
        ({"listen": "127.0.0.1:99999"}, "no port"),
        ({"origins": ["*"]}, "is no origin"),
        ({"origins": ["https://wwe.example.com/path"]}, "is no origin"),
        ({"origins": "https://wwe.example.com"}, "list of texts"),
        ({"gateway": "http://gw.example.com/"}, "the page's address"),
        ({"agents": {"1002": ""}}, "gives each extension a password"),
        ({"timeout": 0}, "in seconds"),
        ({"timeout": True}, "in seconds"),
        ({"auto_answer": "yes"}, "true or false"),
        ({"colour": "blue"}, "There is no setting 'colour'"),
    ],
)
def test_what_is_wrong_is_told_and_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        understood(GOOD | changed)


@pytest.mark.parametrize("missing", GOOD)
def test_what_is_missing_is_named(missing: str) -> None:
    with pytest.raises(SettingsError, match=f"'{missing}' is missing"):
        understood({name: value for name, value in GOOD.items() if name != missing})
