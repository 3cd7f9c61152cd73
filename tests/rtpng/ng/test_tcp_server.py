import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtpng.config import Listen
from rtpng.listening import TcpServer
from rtpng.ng.message import Message
from rtpng.ng.responder import Responder
from rtpng.ng.tcp_server import ng_tcp_server
from sipcore.address import Address

HOST = "127.0.0.1"
PING = b"d7:command4:pinge"
PONG = b"d6:result4:ponge"
LONG = b"d7:command4:longe"


class Handler:
    def __init__(self) -> None:
        self.carried_out = 0

    def __call__(self, message: Message, client: Address) -> Mapping[str, object]:
        self.carried_out += 1
        return {"result": "x" * 60_000 if message.text("command") == "long" else "pong"}


@asynccontextmanager
async def serving(handler: Handler | None = None) -> AsyncIterator[TcpServer]:
    server = ng_tcp_server([Listen(HOST, 0)], Responder(handler or Handler(), asyncio.get_running_loop().time))
    await server.start()
    try:
        yield server
    finally:
        await server.close()
        assert not server.connections


@asynccontextmanager
async def connected(server: TcpServer) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(*server.addresses[0])
    try:
        async with asyncio.timeout(20):
            yield reader, writer
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)


async def exchange(server: TcpServer, sent: bytes) -> bytes:
    """Everything that a client gets which sends these bytes and then closes its side."""
    async with connected(server) as (reader, writer):
        writer.write(sent)
        writer.write_eof()
        return await reader.read()


async def test_replies_come_in_order_without_separators() -> None:
    async with serving() as server:
        assert await exchange(server, b"1 " + PING + b'2 {"command":"ping"}3 ' + PING) == (
            b"1 " + PONG + b'2 {"result":"pong"}3 ' + PONG
        )


async def test_the_connection_stays_open_for_more() -> None:
    async with serving() as server, connected(server) as (reader, writer):
        for number in (b"1", b"2"):
            writer.write(number + b" d7:comm")
            await writer.drain()
            writer.write(b"and4:pinge")
            assert await reader.readexactly(len(PONG) + 2) == number + b" " + PONG


async def test_a_repeated_cookie_is_answered_from_memory() -> None:
    handler = Handler()
    async with serving(handler) as server:
        assert await exchange(server, b"1 " + PING) == await exchange(server, b"1 " + PING)
    assert handler.carried_out == 1


async def test_many_pipelined_requests_of_a_client_that_reads_late() -> None:
    async with serving() as server, connected(server) as (reader, writer):
        for number in range(500):
            writer.write(b"%d " % number + LONG)
        writer.write_eof()
        got = await reader.read()
    assert got.count(b"6:result") == 500
    assert len(got) > 500 * 60_000


async def test_replies_are_not_piled_up_for_a_client_that_does_not_read() -> None:
    handler = Handler()
    async with serving(handler) as server, connected(server) as (_, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio's streams have no public way
        writer.write(b"".join(b"%d " % number + LONG for number in range(2000)))
        before = -1
        while before != handler.carried_out:
            before = handler.carried_out
            for _ in range(20):
                await asyncio.sleep(0)
        assert 0 < handler.carried_out < 1500


@pytest.mark.parametrize("junk", [b"1 nonsense", b"1 i5e", b"1 dx"])
async def test_junk_with_a_cookie_is_answered_and_ends_the_connection(junk: bytes) -> None:
    async with serving() as server, connected(server) as (reader, writer):
        writer.write(b"0 " + PING + junk)
        got = await reader.read()
    assert got.startswith(b"0 " + PONG + b"1 d")
    assert b"5:error" in got


async def test_more_than_1024_bytes_that_are_no_message_end_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as server, connected(server) as (reader, writer):
        writer.write(b"x" * 1025)
        assert await reader.read() == b""
    assert "its bytes are no ng message" in caplog.text


async def test_connections_beyond_the_cap_are_refused(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as server, connected(server) as (reader, writer):
        server.max_connections = 1
        writer.write(b"1 " + PING)
        await reader.readexactly(len(PONG) + 2)
        async with connected(server) as (refused, _):
            assert await refused.read() == b""
    assert "1 connections are open" in caplog.text


async def test_closing_the_server_ends_its_connections() -> None:
    async with serving() as server, connected(server) as (reader, writer):
        writer.write(b"1 " + PING)
        await reader.readexactly(len(PONG) + 2)
        await server.close()
        assert await reader.read() == b""


async def test_a_client_that_resets_leaves_nothing() -> None:
    async with serving() as server:
        async with connected(server) as (_, writer):
            writer.write(b"1 d7:comm")
            await writer.drain()
        assert await exchange(server, b"2 " + PING) == b"2 " + PONG
        assert len(server.connections) <= 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.binary(max_size=1500) | st.sampled_from([b"1 " + PING, b"d", b"{", b" ", b"e"]), max_size=6))
def test_any_bytes_leave_the_server_whole(pieces: list[bytes], caplog: pytest.LogCaptureFixture) -> None:
    async def talk() -> None:
        async with serving() as server:
            await exchange(server, b"".join(pieces))
            assert await exchange(server, b"last " + PING) == b"last " + PONG

    caplog.clear()
    asyncio.run(talk())
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
