"""The hidden browser with the gateway's page: the only place that knows Playwright. It is started again if it dies."""

import asyncio
import logging
import shutil
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from bridge.errors import BridgeError, SettingsError
from bridge.operations import Order, State
from bridge.settings import BROWSERS, Settings

AGAIN = 1.0  # seconds until the first new try; doubled each time
AT_MOST = 30.0
_SWITCHES = ("--autoplay-policy=no-user-gesture-required", "--disable-background-timer-throttling")
_READY = """() => new Promise(ready => {
    const look = () => window.gateway ? ready() : setTimeout(look, 50);
    look();
})"""
# A refusal is a value here: only what breaks comes as an exception.
_PERFORM = """async ([name, given]) => {
    try { await window.gateway[name](...given); return null; }
    catch (error) { return error.message || "The page refuses without a reason."; }
}"""

_log = logging.getLogger(__name__)


def program(settings: Settings) -> str:
    """Raises SettingsError if there is no browser."""
    if settings.browser:
        if shutil.which(settings.browser) is None:
            raise SettingsError(f'The browser {settings.browser} cannot be run: correct "browser" in the settings.')
        return settings.browser
    for candidate in BROWSERS:
        if Path(candidate).exists():
            return candidate
    raise SettingsError('No Chromium, Chrome or Edge found: install one, or name it as "browser" in the settings.')


class HiddenBrowser:
    """Runs until it is cancelled; ``perform`` and ``state`` work in between."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._program = program(settings)
        self._page: Page | None = None
        self._signed_in: Order | None = None  # done again after a restart

    async def run(self) -> None:
        """Keeps a browser with the page alive."""
        pause = AGAIN
        while True:
            try:
                async with async_playwright() as playwright:
                    await self._live(playwright)
                pause = AGAIN
            except (PlaywrightError, TimeoutError) as error:
                _log.warning("The page does not work, next try in %g s: %s", pause, _first_line(error))
                pause = min(2 * pause, AT_MOST)
            await asyncio.sleep(pause)

    async def perform(self, order: Order) -> None:
        """Raises BridgeError if the page refuses, is not there, or takes too long."""
        if self._page is None:
            raise BridgeError(503, "The browser is starting: ask again in some seconds.")
        try:
            async with asyncio.timeout(self._settings.timeout):
                refusal = await self._page.evaluate(_PERFORM, [order.function, list(order.arguments)])
        except TimeoutError:
            raise BridgeError(504, f"The gateway did not answer within {self._settings.timeout:g} s.") from None
        except PlaywrightError:
            raise BridgeError(503, "The browser has ended and is started again: ask again in some seconds.") from None
        if refusal is not None:
            raise BridgeError(409, str(refusal))
        if order.function in ("register", "unregister"):
            self._signed_in = order if order.function == "register" else None

    async def state(self) -> State:
        """Empty while there is no page."""
        if self._page is None:
            return {}
        try:
            async with asyncio.timeout(self._settings.timeout):
                state: dict[str, Any] = await self._page.evaluate("() => window.gateway.state()")
        except (PlaywrightError, TimeoutError):
            return {}
        return state

    async def _live(self, playwright: Playwright) -> None:
        """One browser from its start to its end. Raises PlaywrightError, TimeoutError."""
        gone = asyncio.Event()
        browser = await self._launch(playwright)
        try:
            browser.on("disconnected", lambda _: gone.set())
            page = await self._open(browser)
            page.on("crash", lambda _: gone.set())
            self._page = page
            _log.info("The page is ready: %s", self._settings.gateway)
            await self._sign_in_again()
            await gone.wait()
            _log.warning("The browser has ended")
        finally:
            self._page = None
            await browser.close()

    async def _launch(self, playwright: Playwright) -> Browser:
        return await playwright.chromium.launch(
            executable_path=self._program,
            args=[*_SWITCHES, *self._settings.browser_arguments],
            ignore_default_args=["--mute-audio"],  # the agent listens to it
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )

    async def _open(self, browser: Browser) -> Page:
        context = await browser.new_context()
        await context.grant_permissions(["microphone"], origin=self._settings.gateway_origin)
        page = await context.new_page()
        await page.goto(self._settings.gateway)
        async with asyncio.timeout(self._settings.timeout):
            await page.evaluate(_READY)
        await page.evaluate("on => window.gateway.autoAnswer(on)", self._settings.auto_answer)
        return page

    async def _sign_in_again(self) -> None:
        if self._signed_in is None:
            return
        try:
            await self.perform(self._signed_in)
        except BridgeError as error:
            _log.warning("The extension could not be registered again: %s", error)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
