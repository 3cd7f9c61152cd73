"""HTTPS on the loopback address: the only place of the bridge that knows the HTTP library."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from bridge.errors import BridgeError
from bridge.operations import MAX_BODY, Operation, Order, State, body_of, find
from bridge.origins import allowance, is_foreign, is_rebound
from bridge.settings import Settings

READ_WITHIN = 10.0  # seconds for a body

_log = logging.getLogger(__name__)


class Endpoint(Protocol):
    """The phone that is driven."""

    async def perform(self, order: Order) -> None:
        """Raises BridgeError."""

    async def state(self) -> State:
        """Empty if there is no phone."""


class Server:
    """Answers Workspace. Operations do not wait for each other: HangUp ends a MakeCall that is still ringing."""

    def __init__(self, settings: Settings, endpoint: Endpoint) -> None:
        self._settings, self._endpoint = settings, endpoint

    @asynccontextmanager
    async def listening(self, tls: ssl.SSLContext) -> AsyncIterator[None]:
        """Raises OSError if the address is taken."""
        runner = web.ServerRunner(web.Server(self.handle, access_log=None), handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._settings.host, self._settings.port, ssl_context=tls).start()
            yield
        finally:
            await runner.cleanup()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Every answer is JSON, also every refusal."""
        headers = allowance(request.headers, self._settings.origins)
        operation: Operation | None = None
        try:
            self._let_in(request)
            if request.method == "OPTIONS":
                return web.Response(status=204, headers=headers)
            operation = find(request.method, request.path)
            answer = await self._answer(operation, request)
        except BridgeError as error:
            _log.info("%s %s refused: %s", request.method, request.path[:64], error)
            return web.json_response(_refusal(operation, error), status=error.status, headers=headers)
        except Exception:  # noqa: BLE001 our own bug: the one request fails, the bridge lives
            _log.exception("%s %s failed", request.method, request.path[:64])
            sorry = BridgeError(500, "The bridge has failed: see its log.")
            return web.json_response(_refusal(operation, sorry), status=500, headers=headers)
        return web.json_response(answer, headers=headers)

    def _let_in(self, request: web.BaseRequest) -> None:
        if is_rebound(request.host, self._settings.port):
            raise BridgeError(403, f"Ask for 127.0.0.1:{self._settings.port}, not for another name.")
        if is_foreign(request.headers, self._settings.origins):
            origin = request.headers.get("Origin", "another site")[:128]
            raise BridgeError(403, f'Pages of {origin} may not drive this phone: add it to "origins" in the settings.')

    async def _answer(self, operation: Operation, request: web.BaseRequest) -> dict[str, Any]:
        order = operation.order(body_of(await _read(request)), self._settings)
        if order is not None:
            await self._endpoint.perform(order)
            _log.info("%s done", operation.path)
        return operation.answer(await self._endpoint.state() if operation.method == "GET" else {})


async def _read(request: web.BaseRequest) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(READ_WITHIN):
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > MAX_BODY:
                    raise BridgeError(413, f"The body is longer than {MAX_BODY} bytes.")
    except TimeoutError:
        raise BridgeError(408, "The body did not come in time.") from None
    return bytes(body)


def _refusal(operation: Operation | None, error: BridgeError) -> dict[str, Any]:
    named = {f"{operation.path.strip('/')}Result": False} if operation else {}
    return named | {"error": str(error)}


def tls_of(chain: Path, key: Path) -> ssl.SSLContext:
    """Raises OSError, ssl.SSLError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(chain, key)
    return context
