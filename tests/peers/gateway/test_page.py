"""The agents' page as it is shipped, driven in Chromium through the shipped gateway; sipp is behind the trunk."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rendering.values import DEPLOYMENT

from tests.peers import sipp
from tests.peers.gateway import microphone
from tests.peers.gateway.calls import CALL, pin
from tests.peers.gateway.chromium import BrowserError, Chromium
from tests.peers.gateway.office import AGENT, hosts, needs, office
from tests.peers.gateway.running import DOMAIN, Gateway
from tests.peers.gateway.voice import BROWSER_PITCH, Voice
from tests.peers.test_calls import eventually

ACCESSIBILITY = Path(__file__).with_name("accessibility.js").read_text(encoding="utf-8")
pytestmark = needs()


@dataclass
class Desk:
    """The agent's browser with the page, and Bob's phone behind the trunk."""

    gateway: Gateway
    browser: Chromium
    bob: sipp.Phone
    voice: Voice

    def open(self, query: str = "") -> None:
        self.browser.open(f"https://{DOMAIN}:{self.gateway.values['web_port']}/{query}")
        eventually("the page is ready", lambda: self.browser.run("window.gateway !== undefined"))

    def sign_in(self, query: str = "") -> None:
        self.open(query)
        self.fill("user", AGENT)
        self.fill("password", self.gateway.password(AGENT))
        self.press("#sign-in button")
        self.shows("status", f"{AGENT}, ready")

    def fill(self, field: str, text: str) -> None:
        self.browser.run(f"document.getElementById('{field}').value = '{text}'")

    def press(self, selector: str) -> None:
        """A visible button, as a mouse would."""
        assert self.browser.run(f"document.querySelector('{selector}').checkVisibility()"), selector
        self.browser.run(f"document.querySelector('{selector}').click()")

    def shows(self, element: str, text: str) -> None:
        self.sees(text, lambda: self.text(element) == text)

    def sees(self, what: str, happened: Callable[[], bool]) -> None:
        try:
            eventually(what, happened)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.state()}\n{self.gateway.story()}") from None

    def text(self, element: str) -> str:
        return str(self.browser.run(f"document.getElementById('{element}').textContent"))

    def state(self) -> dict[str, Any]:
        return dict(self.browser.run("gateway.state()"))

    def hear_each_other(self) -> None:
        """The phone hears the microphone's tone; the page shows sound in both directions and how good it is."""
        self.voice.forget()
        self.sees("the phone hears the browser", lambda: self.voice.pitch() == BROWSER_PITCH)
        self.sees("levels both ways", lambda: self.level("said") > 0.3 and self.level("heard") > 0.3)
        assert self.text("lost") == "0.0 %"

    def level(self, meter: str) -> float:
        return float(self.browser.run(f"document.getElementById('{meter}').value"))

    def dial(self) -> sipp.Session:
        bob = self.bob.run("callee_answers_all", CALL)
        self.fill("number", "2002")
        self.press("#dial button")
        self.voice.target = bob.media("invited")
        self.shows("call", "Talking with 2002")
        return bob

    def complaints(self) -> list[str]:
        """What is wrong with the page's accessibility."""
        return list(self.browser.run(ACCESSIBILITY))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("page")
    with ExitStack() as owned:
        land = owned.enter_context(hosts())
        around = owned.enter_context(office(land, folder, DEPLOYMENT / "page", TRUNK_REGISTERS="no"))
        trusted = pin(Path(around.gateway.values["tls_certificate"]))
        browser = owned.enter_context(Chromium(land.caller.host, folder, trusted, *microphone.switches(folder)))
        yield Desk(around.gateway, browser, around.bob, around.voice)


def test_a_wrong_password_is_told_in_a_sentence(desk: Desk) -> None:
    desk.open(f"?user={AGENT}")
    assert desk.browser.run("document.getElementById('user').value") == AGENT
    with pytest.raises(BrowserError, match="Extension or password is wrong"):
        desk.browser.run(f"gateway.register('{AGENT}', 'not-the-password')")
    desk.shows("error", "Extension or password is wrong.")
    desk.shows("status", "Signed out")


def test_the_agent_calls_holds_mutes_and_hangs_up(desk: Desk) -> None:
    desk.sign_in()
    bob = desk.dial()
    desk.hear_each_other()
    desk.sees("a round-trip time", lambda: desk.text("round-trip").endswith(" ms"))
    desk.press("#hold")
    desk.shows("call", "2002 is on hold")
    desk.press("#hold")
    desk.shows("call", "Talking with 2002")
    desk.hear_each_other()
    desk.press("#mute")
    desk.sees("the phone hears nothing", lambda: desk.voice.pitch() == 0)
    assert desk.browser.run("document.getElementById('mute').ariaPressed") == "true"
    desk.press("#mute")
    desk.hear_each_other()
    assert not desk.complaints()
    desk.press("#hang-up")
    desk.shows("call", "No call")
    bob.finish()


def test_a_call_is_answered_by_itself_and_ended_by_the_other_side(desk: Desk) -> None:
    desk.sign_in("?answer=auto")
    bob = desk.bob.run("caller_talks", CALL, "-key", "callee", AGENT)
    desk.voice.target = bob.media("established")
    desk.shows("call", "Talking with 2002")
    desk.hear_each_other()
    bob.press("hangup", bob.call_id())
    bob.finish()
    desk.shows("call", "No call")
    desk.shows("error", "")


def test_the_page_comes_back_when_nginx_was_restarted(desk: Desk) -> None:
    desk.sign_in()
    desk.gateway.stop("nginx")
    desk.shows("status", "Connecting…")
    desk.gateway.start("nginx")
    desk.shows("status", f"{AGENT}, ready")
    bob = desk.dial()
    desk.hear_each_other()
    desk.press("#hang-up")
    bob.finish()


def test_all_that_is_seen_and_used_is_accessible(desk: Desk) -> None:
    desk.open()
    assert not desk.complaints()
    desk.sign_in()
    assert not desk.complaints()
    desk.press("#sign-out")
    desk.shows("status", "Signed out")


def test_the_page_needs_no_inline_script_and_nothing_from_elsewhere() -> None:
    page = (DEPLOYMENT / "page/wwe-webrtc-gateway.html").read_text(encoding="utf-8")
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in page
    assert "<script>" not in page
    assert "<style" not in page
    assert "http://" not in page + "".join(file.read_text() for file in (DEPLOYMENT / "page").glob("[!j]*.js"))
