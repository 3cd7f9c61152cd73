"""The operations that Workspace Web Edition knows: what each makes of a body, and what it answers.

The names of the answers follow Workspace's own connector: METHODResult, and get_NAMEResult where it reads a property.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.errors import BridgeError
from bridge.settings import Settings

MAX_BODY = 16 * 1024
_USER = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_NUMBER = re.compile(r"[A-Za-z0-9_.+*#-]{1,64}")

Body = dict[str, Any]
State = Mapping[str, Any]  # what the page's gateway.state() gives; empty without a page


@dataclass(frozen=True, slots=True)
class Order:
    """A function of the page's ``window.gateway``. Its arguments may be secret."""

    function: str
    arguments: tuple[Any, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """``order`` raises BridgeError for a bad body; None asks the page for nothing."""

    method: str
    path: str
    body: str
    about: str
    order: Callable[[Body, Settings], Order | None]
    answer: Callable[[State], dict[str, Any]]


def body_of(text: bytes) -> Body:
    """An empty body is an empty object. Raises BridgeError."""
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise BridgeError(400, "The body is no JSON: send an object, or nothing.") from None
    if not isinstance(body, dict):
        raise BridgeError(400, "The body is JSON, but no object: send {...}.")
    return body


def _register(body: Body, settings: Settings) -> Order:
    users = body.get("users")
    if not isinstance(users, list) or len(users) != 1 or not _matches(_USER, users[0]):
        raise BridgeError(400, 'Name one extension in "users", such as {"users": ["1002"]}.')
    addresses = body.get("addresses", [])
    if not isinstance(addresses, list) or not all(isinstance(address, str) for address in addresses):
        raise BridgeError(400, '"addresses" is a list such as ["sip.example.com:5060"], or left out.')
    if (password := settings.password(users[0])) is None:
        raise BridgeError(403, f'Extension {users[0]} has no password here: add it to "agents" in the settings.')
    return Order("register", (users[0], password))


def _call(body: Body, _: Settings) -> Order:
    if not _matches(_NUMBER, body.get("destination")):
        raise BridgeError(400, 'Name whom to call in "destination", such as {"destination": "5002"}.')
    return Order("call", (body["destination"],))


def _hold(body: Body, _: Settings) -> Order:
    on = body.get("hold", True)
    if not isinstance(on, bool):
        raise BridgeError(400, '"hold" is true or false, or left out.')
    return Order("hold", (on,))


def _matches(form: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


def _plain(function: str, *arguments: Any) -> Callable[[Body, Settings], Order]:
    return lambda _body, _settings: Order(function, arguments)


def _nothing(_body: Body, _settings: Settings) -> None:
    return None


def _true(name: str) -> Callable[[State], dict[str, Any]]:
    return lambda _state: {f"{name}Result": True}


def _empty(_state: State) -> dict[str, Any]:
    return {}


def _active(state: State) -> dict[str, Any]:
    """The endpoint is there when its page is; whether an agent is registered is another question."""
    active = bool(state)
    told = {name: state.get(name, default) for name, default in _TOLD.items()}
    return {"GetIsEndpointActiveResult": active, "get_IsEndpointActiveResult": active} | told


def _parameters(state: State) -> dict[str, Any]:
    status = "Registered" if state.get("registered") else "Unregistered"
    ready = "EndpointStatus_Ready" if state else "EndpointStatus_NotReady"
    rows = {"IsPingMandatory": False, "Status": status, "EndpointStatus": ready}
    return {"get_SIPEndpointParametersResult": [{"Key": key, "Value": value} for key, value in rows.items()]}


_TOLD = {
    "registered": False,
    "user": "",
    "connection": "offline",
    "call": "none",
    "direction": None,
    "peer": "",
    "error": "",
}

OPERATIONS = (
    Operation(
        *("POST", "/RegisterDn", '{"users": ["1002"], "addresses": ["host:port"]}'),
        "registers the extension; its password is in the settings, `addresses` is left to the gateway",
        *(_register, _true("RegisterDn")),
    ),
    Operation("POST", "/UnregisterDn", "", "signs out", _plain("unregister"), _true("UnregisterDn")),
    Operation(
        *("POST", "/MakeCall", '{"destination": "5002"}'),
        "calls; answers when it rings there or is taken",
        *(_call, _true("MakeCall")),
    ),
    Operation("POST", "/AnswerCall", "", "answers the call that rings", _plain("answer"), _true("AnswerCall")),
    Operation("POST", "/HangUp", "", "ends or rejects the call", _plain("hangUp"), _true("HangUp")),
    Operation("POST", "/Hold", '{"hold": true}', "holds the call; `false` resumes it", _hold, _true("Hold")),
    Operation("POST", "/Retrieve", "", "resumes the call", _plain("hold", False), _true("Retrieve")),
    Operation("POST", "/SetOptions", "{...}", "is accepted and changes nothing", _nothing, _empty),
    Operation("POST", "/SetSIPEndpointParameters", "{...}", "is accepted and changes nothing", _nothing, _empty),
    Operation("GET", "/GetSIPEndpointParameters", "", "a list of keys and values", _nothing, _parameters),
    Operation(
        "GET", "/GetIsEndpointActive", "", "whether browser and page are up, and what they do", _nothing, _active
    ),
    Operation("GET", "/Ping", "", "whether the bridge is there", _nothing, _true("Ping")),
)


def find(method: str, path: str) -> Operation:
    """Raises BridgeError."""
    of_path = [operation for operation in OPERATIONS if operation.path == path]
    if not of_path:
        known = ", ".join(operation.path for operation in OPERATIONS)
        raise BridgeError(404, f"There is no {path[:64]}; there are {known}.")
    if of_path[0].method != method:
        raise BridgeError(405, f"{path} wants {of_path[0].method}.")
    return of_path[0]


def table() -> str:
    """The operations in Markdown, for the documentation."""
    lines = ["| request | body | answer | what it does |", "|---|---|---|---|"]
    for operation in OPERATIONS:
        body = f"`{operation.body}`" if operation.body else ""
        names = ", ".join(f"`{name}`" for name in operation.answer({}) if name.endswith("Result")) or "`{}`"
        lines.append(f"| `{operation.method} {operation.path}` | {body} | {names} | {operation.about} |")
    return "\n".join(lines)
