"""TALKS: what is spoken over WebSocket, by subprotocol: one message in, at most one out."""

from collections.abc import Callable, Mapping

from rtpng.web.pages import Service
from sipcore.address import Address

Talk = Callable[[Service, bytes, Address], bytes | None]


def _ng(service: Service, message: bytes, client: Address) -> bytes | None:
    return service.ng(message, client)


def _ng_plain(service: Service, message: bytes, client: Address) -> bytes | None:
    return service.ng_plain(message, client)


def _cli(service: Service, message: bytes, client: Address) -> bytes | None:
    del client
    return service.cli(message.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _echo(service: Service, message: bytes, client: Address) -> bytes | None:
    del service, client
    return message


TALKS: Mapping[str, Talk] = {
    "ng.rtpengine.com": _ng,
    "ng-plain.rtpengine.com": _ng_plain,
    "cli.rtpengine.com": _cli,
    "echo.rtpengine.com": _echo,
}
