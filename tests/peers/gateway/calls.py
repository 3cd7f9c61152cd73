"""An agent's browser, a phone behind the trunk, and their calls through the shipped gateway."""

import base64
import hashlib
import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.peers import sipp
from tests.peers.gateway import pbx
from tests.peers.gateway.chromium import Chromium
from tests.peers.gateway.office import AGENT
from tests.peers.gateway.running import DOMAIN, Gateway
from tests.peers.gateway.voice import BROWSER_PITCH, PITCH, Voice
from tests.peers.test_calls import eventually

CALL = "the-call@trunk"
TRUNK_PASSWORD = "sesame-open-sesame"


def pin(certificate: Path) -> str:
    """What a browser must be told to believe this certificate: base64 of the SHA-256 of its public key."""
    key = subprocess.run(("openssl", "x509", "-in", certificate, "-noout", "-pubkey"), capture_output=True, check=True)
    der = subprocess.run(
        ("openssl", "pkey", "-pubin", "-outform", "der"), input=key.stdout, capture_output=True, check=True
    )
    return base64.b64encode(hashlib.sha256(der.stdout).digest()).decode()


@dataclass
class Scene:
    """Who talks: the browser at ``caller``, the phone (Bob) at ``callee``."""

    gateway: Gateway
    browser: Chromium
    bob: sipp.Phone
    voice: Voice

    def address(self) -> str:
        return f"https://{DOMAIN}:{self.gateway.values['web_port']}/index.html"

    def sign_in(self, agent: str = AGENT) -> str:
        """A fresh page registers; what the trunk hears of it."""
        trunk = self.bob.run("registrar_asks", "registrar", "-key", "agent", agent, "-key", "password", TRUNK_PASSWORD)
        self.browser.open(self.address())
        self.browser.run(f"phone.register('{agent}', '{self.gateway.password(agent)}')")
        heard = trunk.event("registered")
        trunk.finish()
        return heard

    def phone(self, script: str) -> Any:
        """Runs a method of the page's softphone."""
        return self.browser.run(f"phone.{script}")

    def state(self) -> dict[str, Any]:
        return dict(self.phone("state()"))

    def outgoing(self) -> sipp.Session:
        """An established call from the agent to Bob."""
        bob = self.bob.run("callee_answers_all", CALL)
        self.browser.run("void (window.running = phone.call('2002'))")
        self.voice.target = bob.media("invited")
        self.browser.run("window.running")
        return bob

    def incoming(self) -> sipp.Session:
        """An established call from Bob to the agent."""
        bob = self.bob.run("caller_talks", CALL, "-key", "callee", AGENT)
        self.phone("answer()")
        self.voice.target = bob.media("established")
        return bob

    def hear_each_other(self) -> None:
        """Both hear the other's tone from now on, and no packet is lost."""
        self.voice.forget()
        eventually(f"the phone hears the browser: {self.story()}", lambda: self.voice.pitch() == BROWSER_PITCH)
        eventually(f"the browser hears the phone: {self.story()}", self._browser_hears)
        assert (state := self.state())["connection"] == "connected", state
        assert state["lost"] == 0, state

    def hear_each_other_for(self, seconds: float) -> int:
        """The same all the time, looked at five times a second. Returns how many packets the browser got meanwhile."""
        self.hear_each_other()
        begun, received = time.perf_counter(), self.state()["received"]
        while time.perf_counter() < begun + seconds:
            time.sleep(0.2)
            assert self.voice.pitch() == BROWSER_PITCH, self.story()
            assert self._browser_hears(), self.story()
        state = self.state()
        assert state["lost"] == 0, self.story()
        return int(state["received"] - received)

    def hang_up(self, bob: sipp.Session) -> None:
        """Bob does; everything is gone afterwards."""
        bob.press("hangup", bob.call_id())
        bob.finish()
        self.phone("ended()")
        self.gone()

    def gone(self) -> None:
        """Nothing is left of the call: not in the relay, not in the PBX."""
        self.voice.target = None
        eventually("the relay has forgotten the call", lambda: not self.relay("list").strip())
        if not pbx.absent(self.gateway):
            eventually("the PBX too", lambda: "0 active calls" in self.gateway.console("core show channels"))

    def relay(self, *command: str) -> str:
        """What the relay's own command line says."""
        program = Path(self.gateway.values["rtpengine"]).with_name("rtpng")
        return self.gateway.site.host.run(str(program), *command).stdout

    def story(self) -> str:
        return json.dumps(self.state()) + self.gateway.story()

    def _browser_hears(self) -> bool:
        return bool(abs(self.state()["pitch"] - PITCH) < 20)
