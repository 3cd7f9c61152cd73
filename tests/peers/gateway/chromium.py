"""A headless Chromium, steered over its debugging pipe (Chrome DevTools Protocol)."""

import itertools
import json
import os
import select
import time
from pathlib import Path
from typing import Any, Self

from tests.netns.topology import Host, end

PROGRAM = "chromium"
PATIENCE = 25.0  # seconds; a browser takes some to start
_SWITCHES = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic"),
    *("--autoplay-policy=no-user-gesture-required", "--disable-features=WebRtcHideLocalIpsWithMdns"),
    "--remote-debugging-pipe",
)


class BrowserError(AssertionError):
    """The page threw, or the browser says nothing any more."""


class Chromium:
    """A running browser with one page; a context manager."""

    def __init__(self, host: Host, folder: Path, trusted: str, *switches: str) -> None:
        """``trusted``: base64 of the SHA-256 of the one public key that it believes beside real authorities."""
        self._host, self._folder, self._switches = host, folder, switches
        self._trust = f"--ignore-certificate-errors-spki-list={trusted}"
        self._serial = itertools.count(1)
        self._unread = b""
        self._page: dict[str, str] = {}
        self._target = ""

    def __enter__(self) -> Self:
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # The browser reads file descriptor 3 and writes 4.
        shell = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        command = (PROGRAM, *_SWITCHES, *self._switches, self._trust, f"--user-data-dir={self._folder}/profile")
        with (self._folder / "chromium.log").open("wb") as log:
            self.process = self._host.start(
                *("bash", "-c", shell, "bash", *command), stdout=log, stderr=log, pass_fds=(theirs_in, theirs_out)
            )
        os.close(theirs_in)
        os.close(theirs_out)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._out)
        end(self.process)
        os.close(self._in)

    def open(self, address: str) -> None:
        """Loads a page in the place of the one before and waits until it has run its scripts."""
        before = self._target
        self._page = {}
        self._target = target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        if before:
            self._ask("Target.closeTarget", targetId=before)
        self._page = {"sessionId": self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}
        self._ask("Page.enable")
        self._ask("Page.navigate", url=address)
        deadline = time.perf_counter() + PATIENCE
        while not self.run("document.readyState === 'complete' && location.href !== 'about:blank'"):
            while self._hear(deadline).get("method") != "Page.loadEventFired":
                pass

    def run(self, script: str) -> Any:
        """What an expression of the page comes to, promises awaited. Raises BrowserError if it throws."""
        done = self._ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in done:
            raise BrowserError(f"{script}: {json.dumps(done['exceptionDetails'])[:2000]}")
        return done["result"].get("value")

    def _ask(self, method: str, **params: Any) -> Any:
        serial = next(self._serial)
        message = json.dumps({"id": serial, "method": method, "params": params} | self._page)
        os.write(self._out, message.encode() + b"\0")
        deadline = time.perf_counter() + PATIENCE
        while (said := self._hear(deadline)).get("id") != serial:
            pass
        if "error" in said:
            raise BrowserError(f"{method}: {said['error']}")
        return said["result"]

    def _hear(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._unread:
            if not select.select([self._in], [], [], max(0.0, deadline - time.perf_counter()))[0]:
                raise BrowserError("the browser does not answer")
            if not (more := os.read(self._in, 1 << 16)):
                raise BrowserError("the browser has ended")
            self._unread += more
        message, _, self._unread = self._unread.partition(b"\0")
        return dict(json.loads(message))
