"""HTTP and WebSocket on control ports, plain or over TLS: the only place that knows the library."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Any, cast

from aiohttp import WSMsgType, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler

from rtpng.config import Config, Listen
from rtpng.errors import ConfigError
from rtpng.listening import MAX_CONNECTIONS, addresses, bind_all, listen_tcp, set_tos
from rtpng.ng.responder import Responder
from rtpng.ng.wire import MAX_STREAM_REPLY
from rtpng.web import pages
from rtpng.web.origin import cors_headers, is_foreign_page
from rtpng.web.pages import MAX_BODY, Answer, Asked, Service
from rtpng.web.talks import TALKS
from sipcore.address import Address

PATIENCE = 0.5  # seconds that open WebSockets delay the daemon's end
IDLE = 75  # seconds, unless configured
HEARTBEAT = 60.0  # seconds between looks whether a silent WebSocket client is still there

_log = logging.getLogger(__name__)


def service(
    responder: Responder, cli: Callable[[str], str], metrics: Callable[[], bytes], clock: Callable[[], float]
) -> Service:
    """What the pages need; ng replies may be longer than a datagram."""
    return Service(
        ng=lambda message, client: responder.respond(message, client, clock(), MAX_STREAM_REPLY),
        ng_plain=lambda message, client: responder.respond_plain(message, client, clock(), MAX_STREAM_REPLY),
        cli=cli,
        metrics=metrics,
    )


def tls_context(config: Config) -> ssl.SSLContext:
    """TLS with the configured certificate. Raises ConfigError."""
    if config.https_cert is None:
        raise ConfigError("option listen-https needs a certificate: name it with --https-cert")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(config.https_cert, config.https_key)
    except (OSError, ValueError) as error:
        files = config.https_cert if config.https_key is None else f"{config.https_cert} and {config.https_key}"
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise ConfigError(f"certificate and key for HTTPS cannot be read from {files} ({reason})") from error
    return context


class WebServer:
    """Listens on every address of ``listen``; over TLS when ``tls`` is given."""

    def __init__(
        self, listen: Sequence[Listen], config: Config, behind: Service, tls: ssl.SSLContext | None = None
    ) -> None:
        self.name = "HTTP" if tls is None else "HTTPS"
        self.listen = tuple(listen)
        self._tos = config.control_tos
        self._service = behind
        self._tls = tls
        self._allowed = config.http_allow_origin
        self._idle = float(config.http_idle_timeout or IDLE)
        self._sockets: list[socket.socket] = []
        self._runner: web.ServerRunner | None = None

    @property
    def addresses(self) -> tuple[Address, ...]:
        """What is bound, with the ports that the system chose for port 0."""
        return addresses(self._sockets)

    async def start(self) -> None:
        """Binds all listeners, or none. Raises OSError."""
        self._sockets = bind_all(self.listen, listen_tcp)
        self.set_tos(self._tos)
        server = _Server(
            self._handle, logger=_HttpLog(_log), keepalive_timeout=self._idle, access_log=None, auto_decompress=False
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=PATIENCE)
        try:
            await self._runner.setup()
            for bound in self._sockets:
                await web.SockSite(self._runner, bound, ssl_context=self._tls).start()
        except OSError:
            await self.close()
            raise

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        for bound in self._sockets:
            bound.close()
        self._sockets.clear()

    def set_tos(self, tos: int) -> None:
        """For connections that are accepted from now on."""
        for bound in self._sockets:
            set_tos(bound, tos)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if is_foreign_page(request.headers, self._allowed):
            _log.warning(
                "Refusing a request of a web page (%s): see --http-allow-origin", request.headers.get("Origin")
            )
            return self._written(Answer(403, b"web pages may not control calls\n"))
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._talk(request)
        return self._written(await self._answer(request))

    async def _answer(self, request: web.BaseRequest) -> Answer:
        asked = _asked(request)
        if asked.method != "POST":
            return pages.get(self._service, asked)
        page = pages.posted(asked)
        if isinstance(page, Answer):
            return page
        return page.post(self._service, await request.read(), asked.client, asked.content_type or "")

    def _written(self, answer: Answer) -> web.Response:
        headers = {"Content-Type": answer.content_type} | cors_headers(self._allowed)
        return web.Response(status=answer.status, body=answer.body, headers=headers)

    async def _talk(self, request: web.BaseRequest) -> web.StreamResponse:
        """One WebSocket, until the client closes it. Its replies are binary frames, whatever the requests are."""
        websocket = web.WebSocketResponse(protocols=TALKS, heartbeat=HEARTBEAT, compress=False, max_msg_size=MAX_BODY)
        if not set(TALKS) & _offered(request):
            return self._written(Answer(400, f"subprotocol must be one of {', '.join(TALKS)}\n".encode()))
        await websocket.prepare(request)
        talk, client = TALKS[websocket.ws_protocol or ""], _client(request)
        async for message in websocket:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                continue
            data = message.data.encode() if message.type is WSMsgType.TEXT else message.data
            reply = talk(self._service, data, client)
            if reply is not None:
                await websocket.send_bytes(reply)
        return websocket


def _asked(request: web.BaseRequest) -> Asked:
    content_type = request.headers.get("Content-Type")
    return Asked(request.method, request.raw_path, _client(request), content_type, request.content_length)


def _client(request: web.BaseRequest) -> Address:
    peer = request.get_extra_info("peername") or ("", 0)  # none when the client has gone already
    return Address(*peer[:2])


def _offered(request: web.BaseRequest) -> set[str]:
    return {word.strip() for word in request.headers.get("Sec-WebSocket-Protocol", "").split(",")}


class _Server(web.Server):
    """Takes a bounded number of connections: descriptors belong to media first."""

    def __call__(self) -> RequestHandler:
        if len(self.connections) < MAX_CONNECTIONS:
            return super().__call__()
        _log.warning("Refusing HTTP: %d connections are open", len(self.connections))
        return cast(RequestHandler, _Refusal())  # any protocol does for the event loop


class _Refusal(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).abort()


class _HttpLog(logging.Logger):
    """What the library logs: bytes that are no HTTP are the client's mistake, and no exception of ours."""

    def __init__(self, ours: logging.Logger) -> None:
        super().__init__(ours.name)
        self.parent = ours

    def exception(self, msg: object, *args: object, exc_info: Any = True, **kwargs: Any) -> None:
        if isinstance(exc_info, HttpProcessingError):
            self.warning("Bad HTTP request from %s: status %d", args[0] if args else "", exc_info.code)
        else:
            super().exception(msg, *args, exc_info=exc_info, **kwargs)
