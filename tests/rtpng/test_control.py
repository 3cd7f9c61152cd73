"""All control ports of one relay together, in one process."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import aiohttp
import pytest

from kernel.table import NullTable
from rtpng import assemble
from rtpng.clock import Clock
from rtpng.config import Config, Listen
from rtpng.control import Control
from rtpng.engine import Engine
from rtpng.errors import ConfigError
from rtpng.interfaces import Interface
from rtpng.listening import TcpServer
from rtpng.log import LogLevels
from rtpng.ng.client import AsyncNgClient, NgReplyError
from rtpng.ng.server import NgServer
from rtpng.web.server import WebServer
from tests.rtpng.log_state import logging_as_it_was

HOST = "127.0.0.1"
EVERYWHERE = {name: (Listen(HOST, 0),) for name in ("listen_ng", "listen_tcp_ng", "listen_cli", "listen_http")}
SDP = "v=0\r\no=a 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
PING, PONG = b"7 d7:command4:pinge", b"7 d6:result4:ponge"


@asynccontextmanager
async def controlled(**settings: Any) -> AsyncIterator[tuple[Control, Engine]]:
    config = Config((Interface("default", HOST, HOST, 23000, 23099),), **settings)
    loop = asyncio.get_running_loop()
    with (
        logging_as_it_was(),
        closing(assemble.engine(config, NullTable(), Clock(loop.time, time.time), loop)) as engine,
    ):
        control = Control(engine, config, LogLevels(config), loop.time)
        await control.start()
        try:
            yield control, engine
        finally:
            await control.close()


async def tcp(server: object, sent: bytes) -> bytes:
    """Everything that comes back over TCP."""
    assert isinstance(server, TcpServer)
    reader, writer = await asyncio.open_connection(*server.addresses[0])
    writer.write(sent)
    writer.write_eof()
    got = await reader.read()
    writer.transport.abort()
    await asyncio.sleep(0)
    return got


async def test_all_transports_share_one_cache_one_tally_and_one_console() -> None:
    async with controlled(**EVERYWHERE) as (control, engine):
        udp, ng_tcp, cli, http = control.servers
        assert isinstance(udp, NgServer)
        assert isinstance(http, WebServer)
        url = f"http://{HOST}:{http.addresses[0].port}"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_sendto(asking, PING, udp.addresses[0])
            assert await loop.sock_recv(asking, 100) == PONG
        assert await tcp(ng_tcp, PING) == PONG
        async with aiohttp.ClientSession() as session:
            headers = {"Content-Type": "application/x-rtpengine-ng"}
            async with session.post(f"{url}/ng", data=PING, headers=headers) as got:
                assert await got.read() == PONG
            async with session.get(f"{url}/cli/list+totals") as got:
                assert await got.text() == (await tcp(cli, b"list totals\n")).decode()
        async with AsyncNgClient(*udp.addresses[0]) as client:
            totals = (await client.request("cli", body="list totals"))["response"]
            statistics = (await client.request("statistics"))["statistics"]
        assert "\n            127.0.0.1 |          1 |" in totals
        assert statistics["controlstatistics"]["totalpingcount"] == 1
        assert statistics["controlstatistics"]["totalclicount"] == 1
        assert not len(engine.calls)


async def test_what_the_operator_sets_changes_limits_and_sockets() -> None:
    async with controlled(**EVERYWHERE) as (control, engine):
        cli = control.servers[2]
        assert await tcp(cli, b"set timeout 7\n") == b"Success setting timeout to 7\n"
        assert await tcp(cli, b"set controltos 184\n") == b"Success setting control-tos to 184\n"
        assert engine.limits.timeouts.media == 7
        bound = control.servers[0]._sockets[0]  # type: ignore[attr-defined]  # what leaves it is the system's
        assert bound.getsockopt(socket.IPPROTO_IP, socket.IP_TOS) == 184
        assert await tcp(cli, b"params revert\n") == b""
        assert engine.limits.timeouts.media == 60


async def test_a_load_limit_that_the_operator_sets_refuses_calls() -> None:
    async with controlled(**EVERYWHERE) as (control, _):
        udp, _, cli, _ = control.servers
        assert isinstance(udp, NgServer)
        async with AsyncNgClient(*udp.addresses[0]) as client:
            assert await tcp(cli, b"set maxload 1e-9\n") == b"Success setting maxload to 0.00\n"
            with pytest.raises(NgReplyError, match="limit"):
                await client.offer("call", "a", SDP)
            await tcp(cli, b"set maxload 0\n")
            assert (await client.offer("call", "a", SDP))["result"] == "ok"


async def test_a_taken_port_closes_what_was_open() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"cannot listen for HTTP on {HOST}:{port} .*: is another relay running"):
            async with controlled(**EVERYWHERE | {"listen_http": (Listen(HOST, port),)}):
                pass


async def test_https_without_a_certificate_does_not_start() -> None:
    with pytest.raises(ConfigError, match="--https-cert"):
        async with controlled(listen_https=(Listen(HOST, 0),)):
            pass


def test_a_daemon_without_http_does_not_load_the_library() -> None:
    check = "import sys, rtpng.daemon; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run((sys.executable, "-c", check), check=False).returncode == 0
