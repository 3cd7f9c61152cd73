"""What HTTP asks and what it is answered: paths, content types, statuses; no sockets. The forms are rtpengine's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from sipcore.address import Address

MAX_BODY = 256 * 1024  # bytes
MAX_CONTENT_TYPE = 64
METRICS = "text/plain; version=0.0.4; charset=utf-8"
TEXT, NG, JSON = "text/plain", "application/x-rtpengine-ng", "application/json"
_UNDECODABLE = 600  # rtpengine's status for a body without a cookie


@dataclass(frozen=True, slots=True)
class Service:
    """What is behind the pages: ng messages with and without cookie, the lines of the operator, and metrics."""

    ng: Callable[[bytes, Address], bytes | None]
    ng_plain: Callable[[bytes, Address], bytes]
    cli: Callable[[str], str]
    metrics: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; ``target`` as it came, ``content_type`` and ``length`` of the body None if it does not say them."""

    method: str
    target: str
    client: Address
    content_type: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    content_type: str = TEXT


Post = Callable[[Service, bytes, Address, str], Answer]


@dataclass(frozen=True, slots=True)
class Page:
    """What takes a body, and the content types that it takes."""

    post: Post
    content_types: tuple[str, ...]


def get(service: Service, asked: Asked) -> Answer:
    """The answer to a request without a body."""
    path = asked.target.partition("?")[0]
    if asked.method == "OPTIONS":
        return Answer(200, b"")
    if asked.method == "GET" and path == "/ping":
        return Answer(200, b"pong\n")
    if asked.method == "GET" and path == "/metrics":
        return Answer(200, service.metrics(), METRICS)
    if asked.method == "GET" and path.startswith("/cli/"):
        return _line(service, unquote_to_bytes(path.removeprefix("/cli/").replace("+", " ")))
    return Answer(404, b"not found\n")


def posted(asked: Asked) -> Page | Answer:
    """The page that takes the body of a POST, or why there is none."""
    page = PAGES.get(asked.target.partition("?")[0])
    if page is None:
        return Answer(404, b"not found\n")
    if asked.length is None:
        return Answer(411, b"Content-Length is missing\n")
    if asked.length > MAX_BODY:
        return Answer(413, b"body is too long\n")
    if _media_type(asked.content_type or "") not in page.content_types:
        return Answer(415, f"Content-Type must be {' or '.join(page.content_types)}\n".encode())
    return page


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower() if len(content_type) <= MAX_CONTENT_TYPE else ""


def _line(service: Service, line: bytes) -> Answer:
    text = service.cli(line.decode("utf-8", "surrogateescape"))
    return Answer(200, text.encode("utf-8", "surrogateescape"))


def _cli(service: Service, body: bytes, client: Address, content_type: str) -> Answer:
    del client, content_type
    return _line(service, body)


def _ng(service: Service, body: bytes, client: Address, content_type: str) -> Answer:
    reply = service.ng(body, client)
    return Answer(_UNDECODABLE, b"error\n") if reply is None else Answer(200, reply, _media_type(content_type))


def _ng_plain(service: Service, body: bytes, client: Address, content_type: str) -> Answer:
    return Answer(200, service.ng_plain(body, client), _media_type(content_type))


PAGES: Mapping[str, Page] = {
    "/cli": Page(_cli, (TEXT,)),
    "/ng": Page(_ng, (NG,)),
    "/ng-plain": Page(_ng_plain, (NG, JSON)),
}
