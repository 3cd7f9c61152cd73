"""Our certificates over time: a new one when the old one has lived half of its life, for the legs that come."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from rtpng.dtls.settings import DtlsSettings

if TYPE_CHECKING:
    from rtpng.dtls.identity import Identity

LOOK = 3600.0  # seconds between two looks at the age


class Identities:
    """``wall`` is the time of day in seconds. The first certificate is made when somebody asks for it."""

    def __init__(self, settings: DtlsSettings, wall: Callable[[], float]) -> None:
        self._settings = settings
        self._wall = wall
        self._current: Identity | None = None

    def current(self) -> "Identity":
        """That of legs that begin now; those that there are keep theirs, because the peer has its fingerprint.

        Raises ConfigError for ciphers that do not exist: then the daemon has not come through its start.
        """
        if self._current is None:  # two threads that find none make one each, and the legs of either keep it
            self._current = self._made()
        return self._current

    async def renew(self) -> None:
        """Runs for as long as the daemon."""
        while True:
            await asyncio.sleep(LOOK)
            await self.look()

    async def look(self) -> None:
        """Makes another one if it is time. An RSA key takes up to 200 ms, in which media must not wait."""
        if self._wall() >= self.current().certificate.renew_at:
            self._current = await asyncio.to_thread(self._made)

    def _made(self) -> "Identity":
        from rtpng.dtls.identity import make_identity  # what it imports is a tenth of a start

        return make_identity(self._settings, self._wall())
