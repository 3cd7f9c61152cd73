"""Our certificates over time: a new one when the old one has lived half of its life, for the legs that come."""

import asyncio
from collections.abc import Callable

from rtpng.dtls.identity import Identity, make_identity
from rtpng.dtls.settings import DtlsSettings

LOOK = 3600.0  # seconds between two looks at the age


class Identities:
    """``wall`` is the time of day in seconds. Raises ConfigError for ciphers that do not exist."""

    def __init__(self, settings: DtlsSettings, wall: Callable[[], float]) -> None:
        self._settings = settings
        self._wall = wall
        self._current = make_identity(settings, wall())

    def current(self) -> Identity:
        """That of legs that begin now; those that there are keep theirs, because the peer has its fingerprint."""
        return self._current

    async def renew(self) -> None:
        """Runs for as long as the daemon."""
        while True:
            await asyncio.sleep(LOOK)
            await self.look()

    async def look(self) -> None:
        """Makes another one if it is time. An RSA key takes up to 200 ms, in which media must not wait."""
        wall = self._wall()
        if wall >= self._current.certificate.renew_at:
            self._current = await asyncio.to_thread(make_identity, self._settings, wall)
