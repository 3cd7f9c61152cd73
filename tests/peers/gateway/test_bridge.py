"""The workstation bridge with a hidden browser, asked by curl as Workspace would, through the shipped gateway."""

import json
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rendering.values import DEPLOYMENT

from tests.netns.topology import end
from tests.peers import sipp
from tests.peers.gateway import chromium, microphone
from tests.peers.gateway.calls import CALL, pin
from tests.peers.gateway.office import AGENT, hosts, needs, office
from tests.peers.gateway.running import DOMAIN, Gateway
from tests.peers.gateway.voice import BROWSER_PITCH, Voice
from tests.peers.landscape import Landscape
from tests.peers.test_calls import eventually

pytestmark = needs("curl")
WORKSPACE = "https://wwe.example.test"


@dataclass
class Workstation:
    """The bridge on the agent's host, and Bob's phone behind the trunk."""

    land: Landscape
    folder: Path
    gateway: Gateway
    bob: sipp.Phone
    voice: Voice

    def start(self, **settings: Any) -> None:
        """The bridge with these settings; returns when it has its page."""
        with (self.folder / "bridge.log").open("wb") as log:
            command = bridge(self.gateway, self.folder, settings)
            self.process = self.land.caller.host.start(*command, stdout=log, stderr=log)
        eventually("the bridge listens", lambda: "Listening on https://127.0.0.1:8000" in self.log())
        eventually("its page is ready", lambda: "The page is ready" in self.log())

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = ("--data", json.dumps(body)) if body is not None else ()
        certificate = ("--cacert", str(self.folder / "bridge.pem"), "--max-time", "30", "--silent", "--show-error")
        asked = ("curl", *certificate, "-H", f"Origin: {WORKSPACE}", "-X", method, *data)
        said = self.land.caller.host.run(*asked, f"https://127.0.0.1:8000{path}", check=False)
        assert said.returncode == 0, said.stderr + self.log()
        return dict(json.loads(said.stdout))

    def does(self, path: str, body: dict[str, Any] | None = None) -> None:
        answer = self.ask("POST", path, body)
        assert answer == {f"{path[1:]}Result": True}, f"{answer}\n{self.log()}"

    def state(self) -> dict[str, Any]:
        return self.ask("GET", "/GetIsEndpointActive")

    def becomes(self, **wanted: Any) -> None:
        eventually(str(wanted), lambda: wanted.items() <= self.state().items())

    def heard(self) -> None:
        self.voice.forget()
        eventually("the phone hears the hidden browser", lambda: self.voice.pitch() == BROWSER_PITCH)

    def register(self) -> None:
        self.does("/RegisterDn", {"users": [AGENT], "addresses": ["sip.example.test:5060"]})

    def log(self) -> str:
        return (self.folder / "bridge.log").read_text()

    def browsers(self) -> list[int]:
        """The process ids of the browser itself, without its helpers."""
        found = subprocess.run(
            ("pgrep", "-P", *self._family(), "-f", "remote-debugging-pipe"), capture_output=True, text=True
        )
        return [int(number) for number in found.stdout.split()]

    def _family(self) -> tuple[str, ...]:
        """The bridge and its descendants, as pgrep's list of parents."""
        family, new = [str(self.process.pid)], [str(self.process.pid)]
        while new:
            children = subprocess.run(("pgrep", "-P", ",".join(new)), capture_output=True, text=True)
            new = children.stdout.split()
            family += new
        return (",".join(family),)


@pytest.fixture(scope="module")
def workstation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workstation]:
    folder = tmp_path_factory.mktemp("bridge")
    with ExitStack() as owned:
        land = owned.enter_context(hosts())
        around = owned.enter_context(office(land, folder, DEPLOYMENT / "page", TRUNK_REGISTERS="no"))
        station = Workstation(land, folder, around.gateway, around.bob, around.voice)
        station.start()
        owned.callback(lambda: end(station.process))
        yield station


def bridge(gateway: Gateway, folder: Path, settings: dict[str, Any]) -> tuple[str, ...]:
    """The bridge with its settings written, and a browser that believes the gateway's certificate."""
    trusted = f"--ignore-certificate-errors-spki-list={pin(Path(gateway.values['tls_certificate']))}"
    given = {
        "gateway": f"https://{DOMAIN}:{gateway.values['web_port']}/",
        "agents": {AGENT: gateway.password(AGENT), "1999": "unknown-to-the-pbx"},
        "origins": [WORKSPACE],
        "browser": shutil.which(chromium.PROGRAM),
        "browser_arguments": ["--no-sandbox", "--disable-quic", trusted, *microphone.switches(folder)],
    }
    file = folder / "settings.json"
    file.write_text(json.dumps(given | settings))
    file.chmod(0o600)
    return (str(Path(sys.executable).with_name("rtpng-bridge")), "--settings", str(file))


def test_refusals_say_what_to_do(workstation: Workstation) -> None:
    wrong = workstation.ask("POST", "/RegisterDn", {"users": ["1999"]})
    assert wrong == {"RegisterDnResult": False, "error": "Extension or password is wrong."}
    early = workstation.ask("POST", "/MakeCall", {"destination": "2002"})
    assert early == {"MakeCallResult": False, "error": "Sign in before you place a call."}


def test_workspace_registers_calls_holds_and_hangs_up(workstation: Workstation) -> None:
    workstation.register()
    workstation.becomes(registered=True, user=AGENT, get_IsEndpointActiveResult=True)
    bob = workstation.bob.run("callee_answers_all", CALL)
    workstation.does("/MakeCall", {"destination": "2002"})
    workstation.voice.target = bob.media("invited")
    workstation.becomes(call="talking", peer="2002")
    workstation.heard()
    workstation.does("/Hold")
    workstation.becomes(call="held")
    workstation.does("/Retrieve")
    workstation.heard()
    workstation.does("/HangUp")
    bob.finish()
    workstation.becomes(call="none")


def test_a_call_rings_until_workspace_answers(workstation: Workstation) -> None:
    workstation.register()
    bob = workstation.bob.run("caller_talks", CALL, "-key", "callee", AGENT)
    workstation.becomes(call="ringing", peer="2002")
    workstation.does("/AnswerCall")
    workstation.voice.target = bob.media("established")
    workstation.heard()
    bob.press("hangup", bob.call_id())
    bob.finish()
    workstation.becomes(call="none")


def test_a_dead_browser_is_started_again_and_registers(workstation: Workstation) -> None:
    workstation.register()
    for browser in workstation.browsers():
        subprocess.run(("kill", "-KILL", str(browser)), check=True)
    workstation.becomes(get_IsEndpointActiveResult=False)
    workstation.becomes(get_IsEndpointActiveResult=True, registered=True, user=AGENT)


def test_it_ends_cleanly_and_its_log_has_no_password(workstation: Workstation) -> None:
    workstation.does("/UnregisterDn")
    workstation.process.send_signal(signal.SIGTERM)
    assert workstation.process.wait(15) == 0, workstation.log()
    assert "Traceback" not in workstation.log()
    assert not set(json.loads((workstation.folder / "settings.json").read_text())["agents"].values()) & set(
        shlex.split(workstation.log().replace("'", " ").replace('"', " "))
    )


def test_calls_are_taken_by_themselves_if_the_settings_say_so(workstation: Workstation) -> None:
    workstation.start(auto_answer=True)
    workstation.register()
    bob = workstation.bob.run("caller_talks", CALL, "-key", "callee", AGENT)
    workstation.voice.target = bob.media("established")
    workstation.becomes(call="talking", peer="2002", direction="incoming")
    workstation.heard()
    workstation.does("/HangUp")
    bob.finish()
    workstation.becomes(call="none")
