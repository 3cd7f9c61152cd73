"""Who gets credentials for TURN, and that coturn would take them."""

import base64
import hashlib
import hmac
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest
from turn_credentials import Issuer, handler

ISSUER = Issuer("the-secret", 3600, {"1001": "swordfish"}, ["stun:gw:3478"], ["turn:gw:3478?transport=udp"])


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(ISSUER, lambda: 1000.0)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def status(request: urllib.request.Request) -> int:
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request)
    raised.value.close()
    return int(raised.value.code)


def test_an_agent_gets_them(address: str) -> None:
    asked = urllib.request.Request(f"{address}/turn", headers={"Authorization": basic("1001", "swordfish")})
    with urllib.request.urlopen(asked) as answer:
        said = json.load(answer)
    stun, turn = said["iceServers"]
    assert said["ttl"] == 3600
    assert stun == {"urls": ["stun:gw:3478"]}
    assert turn["username"] == "4600:1001"
    assert base64.b64decode(turn["credential"]) == hmac.digest(b"the-secret", b"4600:1001", hashlib.sha1)


@pytest.mark.parametrize(
    "given", ["", "Basic", "Basic !", "Basic /w==", basic("1001", ""), basic("1001", "swordfisch")]
)
def test_nobody_else_does(address: str, given: str) -> None:
    assert status(urllib.request.Request(f"{address}/turn", headers={"Authorization": given})) == 401


@pytest.mark.parametrize("agent", ["", "1002", "1001\n"])
def test_an_agent_that_nobody_knows_has_no_password(agent: str) -> None:
    assert ISSUER.known(basic(agent, "")) is None


def test_there_is_nothing_else(address: str) -> None:
    assert status(urllib.request.Request(f"{address}/")) == 404


def test_the_secret_is_in_no_text() -> None:
    assert "secret" not in repr(ISSUER)
