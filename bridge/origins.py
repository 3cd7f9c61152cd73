"""Which web pages may drive the phone: a browser sends what any page asks it to, to every port of its own host.

CORS (WHATWG Fetch 3.2) and Private Network Access: a page of a public address asks first whether it may come here.
"""

from collections.abc import Mapping

_FOREIGN = ("cross-site", "same-site")


def is_foreign(headers: Mapping[str, str], origins: tuple[str, ...]) -> bool:
    """Whether a page asks that is none of ``origins``. Programs that are no browsers send neither header."""
    origin = headers.get("Origin")
    if origin is None:
        return headers.get("Sec-Fetch-Site") in _FOREIGN
    return origin.lower() not in origins


def is_rebound(host: str, port: int) -> bool:
    """Whether a foreign name was made to point here (DNS rebinding): the page's own host then passes for ours."""
    return host.lower() not in {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}


def allowance(headers: Mapping[str, str], origins: tuple[str, ...]) -> dict[str, str]:
    """The headers of an answer that let an allowed page read it; nothing for others."""
    origin = headers.get("Origin")
    if origin is None or origin.lower() not in origins:
        return {}
    allowed = {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true", "Vary": "Origin"}
    if "Access-Control-Request-Method" in headers:
        allowed |= {
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": headers.get("Access-Control-Request-Headers", "Content-Type")[:256],
            "Access-Control-Max-Age": "600",
        }
    if headers.get("Access-Control-Request-Private-Network") == "true":
        allowed["Access-Control-Allow-Private-Network"] = "true"
    return allowed
