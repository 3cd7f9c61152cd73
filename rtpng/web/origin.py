"""May a web page control calls? A browser sends what any page asks it to, to every port that its user can reach.

What a page sends shows in Origin (WHATWG Fetch 3.1) or, where there is none, in Sec-Fetch-Site; proxies send neither,
or name the server itself. The same-origin policy alone would keep a page from reading answers, not from commanding,
and WebSocket is outside of it.
"""

from collections.abc import Mapping

_SCHEMES = ("http://", "https://")
_FOREIGN_SITES = ("cross-site", "same-site")


def is_foreign_page(headers: Mapping[str, str], allowed: str | None) -> bool:
    """Whether a request comes from a page that may not control calls; ``allowed`` is an origin, or * for all."""
    if allowed == "*":
        return False
    origin = headers.get("Origin")
    if origin is None:
        return headers.get("Sec-Fetch-Site") in _FOREIGN_SITES
    return origin != allowed and _is_pages(origin) and not _is_ours(origin, headers.get("Host", ""))


def _is_pages(origin: str) -> bool:
    """Some clients put their address there, which no browser does."""
    return origin == "null" or origin.startswith(_SCHEMES)


def _is_ours(origin: str, host: str) -> bool:
    return any(origin == scheme + host for scheme in _SCHEMES)


def cors_headers(allowed: str | None) -> dict[str, str]:
    """What lets the pages of an origin read answers; nothing unless it is configured."""
    if allowed is None:
        return {}
    return {
        "Access-Control-Allow-Origin": allowed,
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "Content-Type",
    }
