"""HTTPS in front of a phone that only remembers what it was told."""

import asyncio
import datetime
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.certificate import present
from bridge.errors import BridgeError
from bridge.operations import MAX_BODY, Order, State
from bridge.server import Server, tls_of
from bridge.settings import Settings

WORKSPACE = "https://wwe.example.com"
Client = aiohttp.ClientSession
UNANSWERED = Order("call", ("0000",))


class Phone:
    """Refuses with ``refusal``, if there is one."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.refusal: Exception | None = None
        self.hung_up = asyncio.Event()

    async def perform(self, order: Order) -> None:
        self.orders.append(order)
        if order.function == "hangUp":
            self.hung_up.set()
        if order == UNANSWERED:
            await self.hung_up.wait()
        if self.refusal:
            raise self.refusal

    async def state(self) -> State:
        return {"registered": True, "user": "1002"}


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
async def client(phone: Phone, tmp_path: Path) -> AsyncIterator[Client]:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    settings = Settings("https://gw.example.com/", {"1002": "open-sesame"}, (WORKSPACE,), port=port)
    chain, key = present(tmp_path, datetime.datetime.now(datetime.UTC))
    trust = ssl.create_default_context(cafile=str(chain))
    connector = aiohttp.TCPConnector(ssl=trust)
    async with (
        Server(settings, phone).listening(tls_of(chain, key)),
        aiohttp.ClientSession(f"https://127.0.0.1:{port}", connector=connector) as session,
    ):
        yield session


async def ask(client: Client, method: str, path: str, **given: Any) -> tuple[int, dict[str, Any]]:
    async with client.request(method, path, **given) as answer:
        return answer.status, await answer.json()


async def test_workspace_registers_and_calls(client: Client, phone: Phone) -> None:
    body = {"users": ["1002"], "addresses": ["sip.example.com:5060"]}
    headers = {"Origin": WORKSPACE}
    async with client.post("/RegisterDn", json=body, headers=headers) as answer:
        assert await answer.json() == {"RegisterDnResult": True}
        assert answer.headers["Access-Control-Allow-Origin"] == WORKSPACE
    assert await ask(client, "POST", "/MakeCall", json={"destination": "5002"}) == (200, {"MakeCallResult": True})
    assert phone.orders == [Order("register", ("1002", "open-sesame")), Order("call", ("5002",))]
    assert (await ask(client, "GET", "/GetIsEndpointActive"))[1]["get_IsEndpointActiveResult"] is True
    assert await ask(client, "GET", "/Ping") == (200, {"PingResult": True})


async def test_a_preflight_is_answered(client: Client) -> None:
    asked = {"Origin": WORKSPACE, "Access-Control-Request-Method": "POST"}
    async with client.options("/RegisterDn", headers=asked) as answer:
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST"


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.test"}, {"Host": "evil.test:8000"}])
async def test_strangers_command_nothing(client: Client, phone: Phone, headers: dict[str, str]) -> None:
    status, answer = await ask(client, "POST", "/HangUp", headers=headers)
    assert status == 403
    assert answer["error"].endswith(".")
    assert not phone.orders


@pytest.mark.parametrize(
    ("method", "path", "data", "status"),
    [
        ("POST", "/MakeCall", b"{", 400),
        ("POST", "/MakeCall", b"[]", 400),
        ("POST", "/SetOptions", b" " * (MAX_BODY + 1), 413),
        ("POST", "/Dance", b"", 404),
        ("GET", "/HangUp", b"", 405),
    ],
)
async def test_bad_requests_are_told(client: Client, method: str, path: str, data: bytes, status: int) -> None:
    answered, answer = await ask(client, method, path, data=data)
    assert answered == status
    assert answer["error"].endswith(".")


async def test_the_phones_refusal_is_the_answer(client: Client, phone: Phone) -> None:
    phone.refusal = BridgeError(409, "There is no call to end.")
    assert await ask(client, "POST", "/HangUp") == (409, {"HangUpResult": False, "error": "There is no call to end."})


async def test_a_call_that_is_not_answered_can_be_ended(client: Client) -> None:
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        calling = tasks.create_task(ask(client, "POST", "/MakeCall", json={"destination": "0000"}))
        assert await ask(client, "POST", "/HangUp") == (200, {"HangUpResult": True})
    assert calling.result() == (200, {"MakeCallResult": True})


async def test_our_own_fault_is_no_traceback(client: Client, phone: Phone, caplog: pytest.LogCaptureFixture) -> None:
    phone.refusal = RuntimeError("a secret detail")
    status, answer = await ask(client, "POST", "/HangUp")
    assert (status, answer["error"]) == (500, "The bridge has failed: see its log.")
    assert "a secret detail" in caplog.text


async def test_the_log_names_no_password(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await ask(client, "POST", "/RegisterDn", json={"users": ["1002"]})
    assert "open-sesame" not in caplog.text
