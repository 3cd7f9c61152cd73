import asyncio
import logging
import ssl
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtpng.config import Config, Listen
from rtpng.errors import ConfigError
from rtpng.interfaces import Interface
from rtpng.listening import MAX_CONNECTIONS
from rtpng.ng.message import Message
from rtpng.ng.responder import Responder
from rtpng.ng.wire import Encoding, decode, encode
from rtpng.web.server import WebServer, service, tls_context
from sipcore.address import Address

HOST = "127.0.0.1"
NG = {"Content-Type": "application/x-rtpengine-ng"}
JSON = {"Content-Type": "application/json"}
PING, PONG = b"d7:command4:pinge", b"d6:result4:ponge"


def config(**settings: Any) -> Config:
    return Config((Interface("default", HOST, HOST),), **settings)


class Handler:
    def __init__(self) -> None:
        self.carried_out = 0

    def __call__(self, message: Message, client: Address) -> Mapping[str, object]:
        self.carried_out += 1
        return {"result": "x" * 200_000 if message.text("command") == "list" else "pong"}


@asynccontextmanager
async def serving(
    handler: Handler | None = None, tls: ssl.SSLContext | None = None, **settings: Any
) -> AsyncIterator[tuple[aiohttp.ClientSession, str, WebServer]]:
    clock = asyncio.get_running_loop().time
    behind = service(Responder(handler or Handler(), clock), lambda line: f"<{line}>\n", lambda: b"up 1\n", clock)
    server = WebServer([Listen(HOST, 0)], config(**settings), behind, tls)
    await server.start()
    url = f"{'http' if tls is None else 'https'}://{HOST}:{server.addresses[0].port}"
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(20):
            yield session, url, server
    finally:
        await server.close()
        await server.close()


async def test_pages() -> None:
    async with serving() as (session, url, _):
        async with session.get(f"{url}/ping") as got:
            assert (got.status, got.content_type, await got.text()) == (200, "text/plain", "pong\n")
        async with session.get(f"{url}/cli/list+totals") as got:
            assert await got.text() == "<list totals>\n"
        async with session.post(f"{url}/cli", data=b"list totals", headers={"Content-Type": "text/plain"}) as got:
            assert await got.text() == "<list totals>\n"
        async with session.get(f"{url}/metrics") as got:
            assert (got.status, await got.text()) == (200, "up 1\n")


async def test_ng_with_cookie_goes_through_the_cache() -> None:
    handler = Handler()
    async with serving(handler) as (session, url, _):
        for _ in range(2):
            async with session.post(f"{url}/ng", data=b"1 " + PING, headers=NG) as got:
                assert (got.status, got.content_type) == (200, NG["Content-Type"])
                assert await got.read() == b"1 " + PONG
    assert handler.carried_out == 1


async def test_ng_without_cookie_does_not() -> None:
    handler = Handler()
    async with serving(handler) as (session, url, _):
        for _ in range(2):
            async with session.post(f"{url}/ng-plain", json={"command": "ping"}) as got:
                assert await got.json() == {"result": "pong"}
        async with session.post(f"{url}/ng-plain", data=PING, headers=NG) as got:
            assert await got.read() == PONG
    assert handler.carried_out == 3


async def test_a_body_that_is_no_ng_message() -> None:
    async with serving() as (session, url, _):
        async with session.post(f"{url}/ng", data=b"nonsense", headers=NG) as got:
            assert (got.status, await got.text()) == (600, "error\n")
        async with session.post(f"{url}/ng", data=b"1 nonsense", headers=NG) as got:
            assert b"Invalid NG data format" in await got.read()
        async with session.post(f"{url}/ng-plain", data=b"nonsense", headers=JSON) as got:
            assert b"Invalid NG data format" in await got.read()


async def test_replies_may_be_longer_than_a_datagram() -> None:
    async with serving() as (session, url, _), session.post(f"{url}/ng-plain", json={"command": "list"}) as got:
        assert len((await got.json())["result"]) == 200_000


async def chunks() -> AsyncIterator[bytes]:
    yield b"1 " + PING


async def test_a_post_needs_its_length_and_stays_within_bounds() -> None:
    async with serving() as (session, url, _):
        async with session.post(f"{url}/ng", data=chunks(), headers=NG) as got:
            assert got.status == 411
        async with session.post(f"{url}/ng", data=b"x" * 300_000, headers=NG) as got:
            assert got.status == 413


async def test_no_answer_lets_web_pages_in_unless_configured() -> None:
    async with serving() as (session, url, _):
        for method, path in (("GET", "/ping"), ("GET", "/nowhere"), ("OPTIONS", "/ng")):
            async with session.request(method, url + path) as got:
                assert not any(name.startswith("Access-Control") for name in got.headers)
        async with session.get(f"{url}/ping", headers={"Origin": "https://evil.example"}) as got:
            assert got.status == 403
    page = "https://panel.example"
    async with serving(http_allow_origin=page) as (session, url, _):
        async with session.get(f"{url}/ping", headers={"Origin": page}) as got:
            assert (got.status, got.headers["Access-Control-Allow-Origin"]) == (200, page)
        async with session.get(f"{url}/ping", headers={"Origin": "https://evil.example"}) as got:
            assert got.status == 403


@pytest.mark.parametrize(
    ("protocol", "sent", "reply"),
    [
        ("ng.rtpengine.com", b"1 " + PING, b"1 " + PONG),
        ("ng-plain.rtpengine.com", b'{"command":"ping"}', b'{"result":"pong"}'),
        ("cli.rtpengine.com", b"list totals", b"<list totals>\n"),
        ("echo.rtpengine.com", b"\x00\xff", b"\x00\xff"),
    ],
)
async def test_websocket(protocol: str, sent: bytes, reply: bytes) -> None:
    async with serving() as (session, url, _), session.ws_connect(url, protocols=("x", protocol)) as talk:
        assert talk.protocol == protocol
        for _ in range(2):
            await talk.send_bytes(sent)
            assert await talk.receive_bytes() == reply
        if protocol == "ng.rtpengine.com":
            await talk.send_bytes(b"nonsense")
            await talk.send_str('2 {"command":"ping"}')
            assert await talk.receive_bytes() == b'2 {"result":"pong"}'


async def test_websocket_messages_are_bounded() -> None:
    async with serving() as (session, url, _), session.ws_connect(url, protocols=("ng.rtpengine.com",)) as talk:
        await talk.send_bytes(b"1 " + b"d" * 300_000)
        assert (await talk.receive()).data == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


@pytest.mark.parametrize("protocols", [(), ("janus-protocol",)])
async def test_websocket_needs_a_known_subprotocol(protocols: tuple[str, ...]) -> None:
    async with serving() as (session, url, _):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(url, protocols=protocols)
        assert refused.value.status == 400


async def test_websockets_of_web_pages_are_refused() -> None:
    async with serving() as (session, url, _):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(url, protocols=("ng.rtpengine.com",), origin="https://evil.example")
        assert refused.value.status == 403
        async with session.ws_connect(url, protocols=("ng.rtpengine.com",), origin=url):
            pass


async def test_an_open_websocket_does_not_keep_the_server_from_closing() -> None:
    async with serving() as (session, url, server), session.ws_connect(url, protocols=("ng.rtpengine.com",)) as talk:
        await server.close()
        assert (await talk.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


async def test_connections_beyond_the_cap_are_refused(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as (session, url, server):
        opened = [(await asyncio.open_connection(*server.addresses[0]))[1] for _ in range(MAX_CONNECTIONS)]
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"{url}/ping")
        for writer in opened:
            writer.transport.abort()
        await asyncio.sleep(0)
        async with session.get(f"{url}/ping") as got:
            assert got.status == 200
    assert f"{MAX_CONNECTIONS} connections are open" in caplog.text


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    names = ["-subj", "/CN=rtpng", "-addext", f"subjectAltName=IP:{HOST}", "-keyout", key, "-out", cert]
    subprocess.run([*command, *names], check=True, capture_output=True)
    return cert, key


async def test_https_and_wss(certificate: tuple[str, str]) -> None:
    tls = tls_context(config(https_cert=certificate[0], https_key=certificate[1]))
    trusting = ssl.create_default_context(cafile=certificate[0])
    async with serving(tls=tls) as (session, url, server):
        assert server.name == "HTTPS"
        async with session.get(f"{url}/ping", ssl=trusting) as got:
            assert await got.text() == "pong\n"
        async with session.ws_connect(url, protocols=("ng.rtpengine.com",), ssl=trusting) as talk:
            await talk.send_bytes(b"1 " + PING)
            assert await talk.receive_bytes() == b"1 " + PONG


def test_the_key_may_be_in_the_file_of_the_certificate(certificate: tuple[str, str], tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_text(Path(certificate[0]).read_text() + Path(certificate[1]).read_text())
    tls_context(config(https_cert=str(both)))


def test_certificates_that_cannot_be_used(certificate: tuple[str, str], tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    with pytest.raises(ConfigError, match="--https-cert"):
        tls_context(config())
    for files in ((certificate[0], None), ("/does/not/exist", None), (str(nonsense), certificate[1])):
        with pytest.raises(ConfigError, match="cannot be read from"):
            tls_context(config(https_cert=files[0], https_key=files[1]))


REQUESTS = st.one_of(
    st.binary(max_size=400),
    st.sampled_from(
        [
            b"GET /ping HTTP/1.1\r\n\r\n",
            b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n",
            b"POST /ng HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
            b"POST /ng HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\n",
            b"POST /ng HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: ng.rtpengine.com\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET " + b"/" * 9000 + b" HTTP/1.1\r\n\r\n",
            b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            encode(b"1", {"command": "ping"}, Encoding.BENCODE),
        ]
    ),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(REQUESTS, min_size=1, max_size=3))
def test_any_bytes_leave_the_server_whole(pieces: list[bytes], caplog: pytest.LogCaptureFixture) -> None:
    async def talk() -> None:
        async with serving() as (session, url, server):
            _, writer = await asyncio.open_connection(*server.addresses[0])
            writer.write(b"".join(pieces))
            writer.write_eof()
            async with session.post(f"{url}/ng", data=b"1 " + PING, headers=NG) as got:
                assert decode(await got.read()).message.text("result") == "pong"
            writer.transport.abort()
            await asyncio.sleep(0)

    caplog.clear()
    asyncio.run(talk())
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info]
