"""Hands time-limited TURN credentials to agents: turn_credentials.py /etc/webrtc-gateway/credentials.json

GET /turn with an agent's extension and password (HTTP Basic, behind Nginx and its TLS) gives the ``iceServers`` of
RTCPeerConnection. coturn knows the same secret and needs no list of users: the name is "expiry:agent", the password
base64(HMAC-SHA1(secret, name)). Python's standard library is enough.
"""

import base64
import binascii
import hashlib
import hmac
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, repr=False)
class Issuer:
    """Who may have credentials, for how long, and for which servers."""

    secret: str
    seconds: int
    agents: Mapping[str, str]
    stun: list[str]
    turn: list[str]

    def ice_servers(self, agent: str, now: float) -> dict[str, Any]:
        """What the page gets; the credentials are good from now on for ``ttl`` seconds."""
        name = f"{int(now) + self.seconds}:{agent}"
        digest = hmac.digest(self.secret.encode(), name.encode(), hashlib.sha1)
        turn = {"urls": self.turn, "username": name, "credential": base64.b64encode(digest).decode()}
        return {"iceServers": [{"urls": self.stun}, turn], "ttl": self.seconds}

    def known(self, authorization: str) -> str | None:
        """The agent of an Authorization header; None if it proves none."""
        try:
            name, _, password = base64.b64decode(authorization.removeprefix("Basic "), validate=True).partition(b":")
            agent = name.decode("ascii")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return None
        expected = self.agents.get(agent, "")
        return agent if hmac.compare_digest(password, expected.encode()) and expected else None


def handler(issuer: Issuer, clock: Callable[[], float]) -> type[BaseHTTPRequestHandler]:
    """The answers of an HTTP server."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10.0

        def do_GET(self) -> None:
            if self.path == "/health":
                self._answer(HTTPStatus.OK, {"result": "ok"})
            elif self.path != "/turn":
                self._answer(HTTPStatus.NOT_FOUND, {"error": "There is only /turn."})
            elif (agent := issuer.known(self.headers.get("Authorization", ""))) is None:
                self._answer(HTTPStatus.UNAUTHORIZED, {"error": "Extension or password is wrong."})
            else:
                self._answer(HTTPStatus.OK, issuer.ice_servers(agent, clock()))

        def _answer(self, status: HTTPStatus, body: dict[str, Any]) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *arguments: Any) -> None:
            print(format % arguments, file=sys.stderr, flush=True)

    return Handler


def main() -> None:
    settings = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    port = settings.pop("port")
    with ThreadingHTTPServer(("127.0.0.1", port), handler(Issuer(**settings), time.time)) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
