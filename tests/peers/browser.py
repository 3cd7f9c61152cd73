"""A Chromium that calls or is called through a relay, and a plain phone that echoes what it hears."""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from socket import socket
from typing import Any

from tests.netns.topology import Host
from tests.peers.ng_peer import NgPeer, Reply

PROGRAM = "chromium"
PORT = 8080
PATIENCE = 40.0  # seconds; a browser takes some to start
PAGE = Path(__file__).with_name("webrtc.html")
TO_PLAIN: Reply = {"transport-protocol": "RTP/AVP", "ICE": "remove", "rtcp-mux": ["demux"]}
TO_BROWSER: Reply = {
    "transport-protocol": "UDP/TLS/RTP/SAVPF",
    "ICE": "force",
    "rtcp-mux": ["offer"],
    "SDES": ["off"],
    "flags": ["generate-mid"],
}
_SWITCHES = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
    *("--autoplay-policy=no-user-gesture-required", "--disable-features=WebRtcHideLocalIpsWithMdns"),
)


class Echo(threading.Thread):
    """A plain phone: sends every packet back to where it came from."""

    def __init__(self, phone: socket) -> None:
        super().__init__()
        self.phone = phone
        self.heard = 0
        self._ended = threading.Event()

    def run(self) -> None:
        self.phone.settimeout(0.1)
        while not self._ended.is_set():
            try:
                data, source = self.phone.recvfrom(2000)
            except TimeoutError:
                continue
            self.heard += 1
            self.phone.sendto(data, source)

    def end(self) -> None:
        self._ended.set()
        self.join()

    def sdp(self, version: int, offered: str | None = None) -> str:
        """Its offer, or its answer, which takes the first codec."""
        host, port = self.phone.getsockname()
        payload, encoding = "111", "111 opus/48000/2"
        if offered is not None:
            payload = _found(r"m=audio \d+ \S+ (\d+)", offered)
            encoding = _found(rf"a=rtpmap:({payload} [^\r\n]+)", offered)
        head = f"v=0\r\no=- 2 {version} IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        return f"{head}m=audio {port} RTP/AVP {payload}\r\na=rtpmap:{encoding}\r\n"


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]


@dataclass
class Signalling:
    """The proxy between the browser and the plain phone.

    ``wishes`` go into the browser's first offer, ``later`` into the others.
    """

    relay: NgPeer
    phone: Echo
    wishes: Reply = field(default_factory=dict)
    later: Reply = field(default_factory=dict)
    ended: "Queue[dict[str, Any]]" = field(default_factory=Queue)
    _version: int = 0

    def offer(self, sdp: str) -> str:
        """The browser calls, or changes its call: the answer for it."""
        self._version += 1
        more = self.wishes if self._version == 1 else {"to-tag": "phone"} | self.later
        offered = self._ask("offer", self._tags | TO_PLAIN | more | {"sdp": sdp})
        plain = self.phone.sdp(self._version, offered)
        return self._ask("answer", self._tags | {"to-tag": "phone", "ICE": "force", "sdp": plain})

    def wait(self, _: str) -> str:
        """The phone calls: the offer for the browser."""
        return self._ask("offer", self._tags | TO_BROWSER | {"sdp": self.phone.sdp(1)})

    def answer(self, sdp: str) -> str:
        return self._ask("answer", self._tags | {"to-tag": "browser", "sdp": sdp})

    def end(self, state: str) -> str:
        self.ended.put(json.loads(state))
        return ""

    @property
    def _tags(self) -> Reply:
        return {"call-id": "browser", "from-tag": "caller"}

    def _ask(self, command: str, keys: Reply) -> str:
        reply = self.relay.ask(command, keys)
        return str(reply.get("sdp", reply))


def run(host: Host, signalling: Signalling, query: str, folder: Path) -> dict[str, Any]:
    """A whole call; what the browser said at its end."""
    with host.inside():
        server = ThreadingHTTPServer(("127.0.0.1", PORT), _pages(signalling))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with (folder / "chromium.log").open("wb") as log:
        address = f"http://127.0.0.1:{PORT}/?{query}"
        browser = host.start(PROGRAM, *_SWITCHES, f"--user-data-dir={folder}/profile", address, stdout=log, stderr=log)
    try:
        return signalling.ended.get(timeout=PATIENCE)
    finally:
        browser.terminate()
        browser.wait(PATIENCE)
        server.shutdown()
        server.server_close()
        thread.join()


def _pages(signalling: Signalling) -> type[BaseHTTPRequestHandler]:
    steps: dict[str, Callable[[str], str]] = {
        "/offer": signalling.offer,
        "/wait": signalling.wait,
        "/answer": signalling.answer,
        "/end": signalling.end,
    }

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply("text/html", PAGE.read_text())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._reply("text/plain", steps[self.path](body))

        def _reply(self, kind: str, text: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    return Pages
