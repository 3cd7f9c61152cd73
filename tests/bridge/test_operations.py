"""What becomes of a request, without a browser."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.errors import BridgeError
from bridge.operations import OPERATIONS, Operation, Order, body_of, find, table
from bridge.settings import Settings

SETTINGS = Settings(gateway="https://gw.example.com:8443/", agents={"1002": "open-sesame"})
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["users", "addresses", "destination", "hold"])
# The first text of a run makes Hypothesis read all of Unicode.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
BODIES = st.dictionaries(NAMES, JSON | st.just(["1002"]) | st.just("1002"))


def order(path: str, body: dict[str, Any]) -> Order | None:
    return find("POST", path).order(body, SETTINGS)


@pytest.mark.parametrize(
    ("path", "body", "wanted"),
    [
        ("/RegisterDn", {"users": ["1002"], "addresses": ["sip:5060"]}, Order("register", ("1002", "open-sesame"))),
        ("/UnregisterDn", {"users": ["1002"]}, Order("unregister")),
        ("/MakeCall", {"destination": "+49*30#1"}, Order("call", ("+49*30#1",))),
        ("/AnswerCall", {}, Order("answer")),
        ("/HangUp", {}, Order("hangUp")),
        ("/Hold", {}, Order("hold", (True,))),
        ("/Hold", {"hold": False}, Order("hold", (False,))),
        ("/Retrieve", {}, Order("hold", (False,))),
        ("/SetOptions", {"anything": 1}, None),
    ],
)
def test_a_body_becomes_an_order(path: str, body: dict[str, Any], wanted: Order | None) -> None:
    assert order(path, body) == wanted


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/RegisterDn", {}, 'Name one extension in "users"'),
        ("/RegisterDn", {"users": ["1002", "1003"]}, "Name one extension"),
        ("/RegisterDn", {"users": ["1002"], "addresses": 7}, '"addresses" is a list'),
        ("/RegisterDn", {"users": ["1003"]}, "Extension 1003 has no password here"),
        ("/MakeCall", {"destination": "a;transport=ws"}, "Name whom to call"),
        ("/Hold", {"hold": "yes"}, "true or false"),
    ],
)
def test_a_bad_body_is_told_what_to_do(path: str, body: dict[str, Any], said: str) -> None:
    with pytest.raises(BridgeError, match=said):
        order(path, body)


def refusal(act: Callable[[], object]) -> BridgeError | None:
    try:
        act()
    except BridgeError as error:
        return error
    return None


@UNHURRIED
@given(st.sampled_from(OPERATIONS), BODIES)
def test_any_object_is_an_order_or_a_refusal(operation: Operation, body: dict[str, Any]) -> None:
    refused = refusal(lambda: operation.order(body, SETTINGS))
    if refused is None:
        made = operation.order(body, SETTINGS)
        assert "open-sesame" not in repr(made)
        json.dumps(made.arguments if made else None)
    else:
        assert 400 <= refused.status < 500
        assert "open-sesame" not in str(refused)


@UNHURRIED
@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_an_object_or_refused(text: bytes) -> None:
    refused = refusal(lambda: body_of(text))
    if refused is None:
        assert isinstance(body_of(text), dict)
    else:
        assert refused.status == 400


def test_a_deep_body_is_refused() -> None:
    with pytest.raises(BridgeError, match="no JSON"):
        body_of(b"[" * 15000)


def test_answers_are_named_as_workspace_expects() -> None:
    assert find("POST", "/RegisterDn").answer({}) == {"RegisterDnResult": True}
    active = find("GET", "/GetIsEndpointActive").answer
    assert active({})["get_IsEndpointActiveResult"] is False
    assert active({"registered": True, "user": "1002", "quality": 1})["get_IsEndpointActiveResult"] is True
    assert active({"registered": True, "user": "1002", "quality": 1})["user"] == "1002"
    rows = find("GET", "/GetSIPEndpointParameters").answer({"registered": True})["get_SIPEndpointParametersResult"]
    assert {"Key": "Status", "Value": "Registered"} in rows


def test_what_there_is_not_is_named() -> None:
    with pytest.raises(BridgeError, match="There is no /Dance; there are /RegisterDn") as unknown:
        find("POST", "/Dance")
    assert unknown.value.status == 404
    with pytest.raises(BridgeError, match="/MakeCall wants POST") as wrong:
        find("GET", "/MakeCall")
    assert wrong.value.status == 405


def test_the_documentation_has_the_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "workstation-bridge.md"
    assert table() in page.read_text(encoding="utf-8")
