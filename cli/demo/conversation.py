"""The call of the demo: offer, answer, both speak, delete."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

import click

from cli.ask import Daemon, reason_of
from cli.call_report import carrier, streams
from cli.demo.phone import INTERVAL, Ear, Phone, Voice, open_phone
from cli.demo.sdp import describe, media_address, reachable
from cli.demo.view import Progress, Way
from rtpng.ng.client import AsyncNgClient, Reply
from sipcore.address import Address, Family, family_of
from sipcore.errors import ParseError

PER_SECOND = round(1 / INTERVAL)
SETTLED = 0.5  # seconds that the last packets may take

Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Line:
    """A call through the daemon, with a phone at each end."""

    client: AsyncNgClient
    call_id: str
    caller: Phone
    callee: Phone
    relay_hosts: tuple[str, ...]


async def converse(daemon: Daemon, host: str | None, seconds: int, report: Report) -> Progress:
    """Places the call from phones on ``host`` (None: the address that reaches the daemon's media) and holds it.

    Raises ClickException with one sentence that says what to do.
    """
    with daemon.clear_errors():
        async with daemon.asynchronous() as client:
            hosts = _relay_hosts(await client.statistics())
            async with _phones(host or source_towards(hosts, daemon)) as (caller, callee):
                line = Line(client, f"demo-{secrets.token_hex(8)}", caller, callee, hosts)
                return await _hold(line, seconds, report)


async def _hold(line: Line, seconds: int, report: Report) -> Progress:
    try:
        await _set_up(line)
        for second in range(1, seconds + 1):
            await _speak(line)
            report(await _progress(line, second))
        await _settle(line)
        return await _progress(line, seconds)
    finally:
        await line.client.delete(line.call_id, delete_delay=0)


async def _set_up(line: Line) -> None:
    """What a proxy does: offer and answer; each phone then knows where to send to."""
    caller, callee = line.caller, line.callee
    offer = await line.client.offer(line.call_id, "caller", describe(caller.address, 1))
    callee.target = _target(offer, line.relay_hosts)
    answer = await line.client.answer(line.call_id, "caller", "callee", describe(callee.address, 2))
    caller.target = _target(answer, line.relay_hosts)


def _target(reply: Reply, hosts: tuple[str, ...]) -> Address:
    try:
        return reachable(media_address(str(reply.get("sdp"))), hosts)
    except ParseError as error:
        raise click.ClickException(f"The daemon gave no usable SDP ({error}): is it a relay?") from None


async def _speak(line: Line) -> None:
    """Both for one second, in steps that do not drift."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for step in range(1, PER_SECOND + 1):
        line.caller.speak()
        line.callee.speak()
        await asyncio.sleep(max(0.0, begun + step * INTERVAL - loop.time()))


async def _settle(line: Line) -> None:
    """Waits for what is under way, not longer than needed."""
    for _ in range(round(SETTLED / INTERVAL)):
        if _way(line.caller, line.callee).lost + _way(line.callee, line.caller).lost == 0:
            return
        await asyncio.sleep(INTERVAL)


async def _progress(line: Line, seconds: int) -> Progress:
    known = await line.client.query(line.call_id)
    carriers = tuple(carrier(stream) for stream in streams(known) if "RTP" in (stream.get("flags") or ()))
    return Progress(seconds, _way(line.caller, line.callee), _way(line.callee, line.caller), carriers)


def _way(speaker: Phone, listener: Phone) -> Way:
    voice: Voice = speaker.voice
    ear: Ear = listener.ear
    return Way(voice.spoken, len(ear.heard), ear.delay)


@asynccontextmanager
async def _phones(host: str) -> AsyncIterator[tuple[Phone, Phone]]:
    """Two phones on one address. Raises ClickException."""
    caller_ssrc, callee_ssrc = secrets.randbelow(1 << 31), 1 << 31 | secrets.randbelow(1 << 31)
    with ExitStack() as stack:
        caller = await _phone(host, caller_ssrc, callee_ssrc)
        stack.callback(caller.close)
        callee = await _phone(host, callee_ssrc, caller_ssrc)
        stack.callback(callee.close)
        yield caller, callee


async def _phone(host: str, own_ssrc: int, other_ssrc: int) -> Phone:
    try:
        return await open_phone(host, own_ssrc, other_ssrc)
    except OSError as error:
        raise click.ClickException(f"Phones cannot use {host} ({reason_of(error)}): give another --address.") from None


def _relay_hosts(reply: Reply) -> tuple[str, ...]:
    """The daemon's own media addresses, the default one first."""
    interfaces = (reply.get("statistics") or {}).get("interfaces") or ()
    return tuple(str(interface["address"]) for interface in interfaces if interface.get("address"))


def source_towards(hosts: tuple[str, ...], daemon: Daemon) -> str:
    """Our address on the way to the daemon's media; nothing is sent. Raises OSError without a route."""
    host = hosts[0] if hosts else daemon.target.host
    family = socket.AF_INET6 if family_of(host) is Family.IP6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((host, 9))
        return str(probe.getsockname()[0])
