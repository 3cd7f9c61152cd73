import asyncio
import logging
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtpng.config import Listen
from rtpng.ctl.server import MAX_LINE, ctl_server
from rtpng.listening import TcpServer

HOST = "127.0.0.1"
CTL = shutil.which("rtpengine-ctl")


@asynccontextmanager
async def serving() -> AsyncIterator[TcpServer]:
    server = ctl_server([Listen(HOST, 0)], lambda line: f"<{line}>\n")
    await server.start()
    try:
        yield server
    finally:
        await server.close()
        assert not server.connections


async def ask(server: TcpServer, sent: bytes, *, end: bool = False) -> bytes:
    reader, writer = await asyncio.open_connection(*server.addresses[0])
    try:
        writer.write(sent)
        if end:
            writer.write_eof()
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)


async def test_a_line_is_answered_and_the_connection_closed() -> None:
    async with serving() as server:
        assert await ask(server, b"list totals\n") == b"<list totals>\n"
        assert await ask(server, b"list totals\r\nmore") == b"<list totals\r>\n"


async def test_a_line_may_come_in_pieces_or_without_its_end() -> None:
    async with serving() as server:
        assert await ask(server, b"list totals", end=True) == b"<list totals>\n"
        assert await ask(server, b"", end=True) == b""


async def test_bytes_that_are_no_text_come_back() -> None:
    async with serving() as server:
        assert await ask(server, b"terminate \xff\xc3\xa9\n") == b"<terminate \xff\xc3\xa9>\n"


async def test_a_line_has_a_longest_length(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as server:
        assert len(await ask(server, b"x" * MAX_LINE + b"\n")) == MAX_LINE + 3
        assert await ask(server, b"x" * (MAX_LINE + 1)) == b""
    assert "longer than 1024 bytes" in caplog.text


@pytest.mark.skipif(CTL is None, reason="needs rtpengine-ctl of Debian's rtpengine-utils")
async def test_rtpengine_ctl() -> None:
    assert CTL is not None
    async with serving() as server:
        options = ("--config-file", "/dev/null", "-ip", f"{HOST}:{server.addresses[0].port}")
        asking = await asyncio.create_subprocess_exec(
            CTL, *options, "list", "sessions", "all", stdout=asyncio.subprocess.PIPE
        )
        out, _ = await asking.communicate()
    assert out == b"<list sessions all>\n"
    assert asking.returncode == 0


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=1500))
def test_any_bytes_leave_the_server_whole(data: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def talk() -> None:
        async with serving() as server:
            await ask(server, data, end=True)
            assert await ask(server, b"last\n") == b"<last>\n"

    caplog.clear()
    asyncio.run(talk())
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
