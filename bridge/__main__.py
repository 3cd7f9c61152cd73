"""rtpng-bridge: starts the bridge with the user's settings; ends on SIGINT and SIGTERM."""

import argparse
import asyncio
import datetime
import logging
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from bridge.certificate import present
from bridge.errors import SettingsError
from bridge.operations import table
from bridge.settings import Settings, read


def folder() -> Path:
    """Where the user's settings, certificate and key are."""
    base = os.environ.get("APPDATA") or os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "rtpng-bridge"


def main() -> None:
    parser = argparse.ArgumentParser(prog="rtpng-bridge", description=__doc__)
    parser.add_argument("--settings", type=Path, default=folder() / "settings.json", help="default: %(default)s")
    parser.add_argument("--operations", action="store_true", help="print the table of operations and end")
    given = parser.parse_args()
    if given.operations:
        print(table())
        return
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    try:
        with suppress(KeyboardInterrupt):  # Windows, see serve
            asyncio.run(serve(read(given.settings), given.settings.parent))
    except SettingsError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"The bridge cannot listen: {error.strerror or error}")


async def serve(settings: Settings, place: Path) -> None:
    """Until a signal comes. Raises SettingsError, OSError."""
    try:
        from bridge.browser import HiddenBrowser
    except ImportError:
        raise SettingsError("Playwright is missing: pip install 'rtpng[bridge]'.") from None
    from bridge.server import Server, tls_of

    endpoint = HiddenBrowser(settings)
    tls = tls_of(*present(place, datetime.datetime.now(datetime.UTC)))
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with Server(settings, endpoint).listening(tls), asyncio.TaskGroup() as tasks:
        logging.info("Listening on https://%s:%d", settings.host, settings.port)
        browser = tasks.create_task(endpoint.run())
        await ended.wait()
        browser.cancel()


if __name__ == "__main__":
    main()
