"""Looks at a daemon by ng."""

import asyncio
from collections.abc import Sequence

from cli.replies import part
from cli.top.rows import Look
from rtpng.clock import Clock
from rtpng.ng.client import AsyncNgClient, NgReplyError, Reply

AT_ONCE = 16  # requests in flight: a look must not delay the calls that it looks at


async def look(client: AsyncNgClient, limit: int, clock: Clock) -> Look:
    """All that is shown, of ``limit`` calls at most. Raises NgTimeout and OSError if the daemon is away."""
    began = clock.now()
    await client.ping()
    answered = clock.now() - began
    totals = part(await client.statistics(), "statistics")
    call_ids: Sequence[str] = (await client.list(limit=limit)).get("calls", [])
    calls: dict[str, Reply] = {}
    for group in _groups(call_ids):
        replies = await asyncio.gather(*(_asked(client, call_id) for call_id in group))
        calls |= {call_id: reply for call_id, reply in zip(group, replies, strict=True) if reply is not None}
    return Look(clock.now(), clock.wall(), answered, totals, calls)


async def story(client: AsyncNgClient, call_id: str) -> Reply | None:
    """The timeline of a call, also after its end; None from rtpengine, which keeps none."""
    try:
        return await client.request("trace", call_id=call_id)
    except NgReplyError:
        return None


def _groups(call_ids: Sequence[str]) -> list[Sequence[str]]:
    return [call_ids[start : start + AT_ONCE] for start in range(0, len(call_ids), AT_ONCE)]


async def _asked(client: AsyncNgClient, call_id: str) -> Reply | None:
    """None for a call that has ended since it was listed."""
    try:
        return await client.query(call_id)
    except NgReplyError:
        return None
