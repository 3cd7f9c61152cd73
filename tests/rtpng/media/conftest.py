import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.rtpng.media.rig import Rig


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    made = Rig(asyncio.get_running_loop())
    yield made
    made.close()
