import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing

import pytest

from rtpng.config import Listen
from rtpng.errors import NgError
from rtpng.ng.client import AsyncNgClient, NgReplyError
from rtpng.ng.message import Message
from rtpng.ng.responder import Responder
from rtpng.ng.server import NgServer
from rtpng.ng.wire import MAX_DATAGRAM
from sipcore.address import Address


def handle(message: Message, client: Address) -> Mapping[str, object]:
    if message.text("command") == "list":
        return {"result": "ok", "calls": [f"call-{number}" for number in range(20_000)]}
    if message.text("command") != "ping":
        raise NgError("Unrecognized command")
    return {"result": "pong", "client": str(client)}


@asynccontextmanager
async def serving(*listen: Listen, tos: int = 0, pmtu: str | None = None) -> AsyncIterator[NgServer]:
    server = NgServer(listen, Responder(handle, asyncio.get_running_loop().time), tos=tos, pmtu=pmtu)
    await server.start()
    try:
        yield server
    finally:
        await server.close()


async def exchange(asking: socket.socket, to: tuple[str, int], datagram: bytes = b"1 d7:command4:pinge") -> Address:
    """Sends from an unconnected socket, and returns where the reply came from."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendto(asking, datagram, to)
    async with asyncio.timeout(10):
        data, source = await loop.sock_recvfrom(asking, MAX_DATAGRAM)
    assert data.startswith(datagram[:2])
    return Address(*source[:2])


async def readable(asking: socket.socket) -> None:
    """Waits until there is something to receive."""
    loop, found = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(asking, found.set)
    async with asyncio.timeout(10):
        await found.wait()
    loop.remove_reader(asking)


def unbound(family: socket.AddressFamily) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_DGRAM)
    opened.setblocking(False)
    return opened


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "127.1.2.3"])
async def test_a_wildcard_listener_answers_from_the_address_that_was_asked(host: str) -> None:
    async with serving(Listen("0.0.0.0", 0)) as server:
        port = server.addresses[0].port
        with closing(unbound(socket.AF_INET)) as asking:
            assert await exchange(asking, (host, port)) == Address(host, port)


async def test_ipv6() -> None:
    async with serving(Listen("::", 0)) as server:
        port = server.addresses[0].port
        with closing(unbound(socket.AF_INET6)) as asking:
            assert await exchange(asking, ("::1", port)) == Address("::1", port)


async def test_host_none_serves_both_families_on_one_port() -> None:
    async with serving(Listen(None, 0)) as server:
        assert {address.host for address in server.addresses} == {"0.0.0.0", "::"}
        (port,) = {address.port for address in server.addresses}
        for host in ("127.0.0.2", "::1"):
            async with AsyncNgClient(host, port) as client:
                assert (await client.ping())["result"] == "pong"


async def test_the_client_address_reaches_the_command() -> None:
    async with serving(Listen("127.0.0.1", 0)) as server:
        with closing(unbound(socket.AF_INET)) as asking:
            asking.bind(("127.0.0.1", 0))
            loop = asyncio.get_running_loop()
            await loop.sock_sendto(asking, b"1 d7:command4:pinge", server.addresses[0])
            async with asyncio.timeout(10):
                reply = await loop.sock_recv(asking, MAX_DATAGRAM)
            assert f"127.0.0.1:{asking.getsockname()[1]}".encode() in reply


async def test_many_datagrams_at_once_are_all_answered() -> None:
    async with serving(Listen("127.0.0.1", 0)) as server:
        async with AsyncNgClient(*server.addresses[0]) as client, asyncio.TaskGroup() as group:
            replies = [group.create_task(as_coroutine(client)) for _ in range(150)]
        assert [task.result()["result"] for task in replies] == ["pong"] * 150


async def as_coroutine(client: AsyncNgClient) -> dict[str, object]:
    return await client.ping()


async def test_a_reply_as_large_as_a_datagram_arrives() -> None:
    async with serving(Listen("127.0.0.1", 0)) as server, AsyncNgClient(*server.addresses[0]) as client:
        reply = await client.list()
        assert len(reply["calls"]) > 4000
        assert reply["warning"] == "Reply cut to fit into a datagram"


@pytest.mark.parametrize(
    ("host", "family", "level", "option", "switch"),
    [
        ("127.0.0.1", socket.AF_INET, socket.IPPROTO_IP, socket.IP_TOS, socket.IP_RECVTOS),
        ("::1", socket.AF_INET6, socket.IPPROTO_IPV6, socket.IPV6_TCLASS, socket.IPV6_RECVTCLASS),
    ],
)
async def test_replies_carry_the_control_tos(
    host: str, family: socket.AddressFamily, level: int, option: int, switch: int
) -> None:
    async with serving(Listen(host, 0), tos=0xB8) as server:
        with closing(unbound(family)) as asking:
            asking.setsockopt(level, switch, 1)
            asking.sendto(b"1 d7:command4:pinge", server.addresses[0])
            await readable(asking)
            _, ancillary, _, _ = asking.recvmsg(MAX_DATAGRAM, 64)
            assert [(kind, data[0]) for _, kind, data in ancillary] == [(option, 0xB8)]


async def test_a_taken_port_leaves_nothing_open() -> None:
    async with serving(Listen("127.0.0.1", 0)) as server:
        taken = server.addresses[0].port
        second = NgServer([Listen("127.0.0.1", 0), Listen("127.0.0.1", taken)], Responder(handle, lambda: 0.0))
        with pytest.raises(OSError) as caught:
            await second.start()
        assert caught.value.errno == errno.EADDRINUSE
        assert second.addresses == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="forging a source port needs root")
async def test_a_reply_that_cannot_be_sent_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(Listen("127.0.0.1", 0)) as server, AsyncNgClient(*server.addresses[0]) as client:
        with closing(socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)) as forging:
            # A source port of 0 cannot be answered.
            payload = b"1 d7:command4:pinge"
            ports = b"\0\0" + server.addresses[0].port.to_bytes(2, "big")
            forging.sendto(ports + (8 + len(payload)).to_bytes(2, "big") + b"\0\0" + payload, ("127.0.0.1", 0))
        await client.ping()
        assert server.dropped == 1
        assert "Cannot send a reply to 127.0.0.1:0" in caplog.text


async def test_close_may_come_twice_and_before_start() -> None:
    server = NgServer([Listen("127.0.0.1", 0)], Responder(handle, lambda: 0.0))
    await server.close()
    await server.start()
    await server.close()
    await server.close()


async def test_an_error_reply_reaches_the_client() -> None:
    async with serving(Listen("127.0.0.1", 0)) as server, AsyncNgClient(*server.addresses[0]) as client:
        with pytest.raises(NgReplyError, match="Unrecognized command"):
            await client.request("dance")


async def test_the_tos_of_replies_can_change_while_serving() -> None:
    async with serving(Listen("127.0.0.1", 0), tos=0xB8) as server:
        server.set_tos(0x20)
        with closing(unbound(socket.AF_INET)) as asking:
            asking.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
            await asyncio.get_running_loop().sock_sendto(asking, b"1 d7:command4:pinge", server.addresses[0])
            await readable(asking)
            _, ancillary, _, _ = asking.recvmsg(MAX_DATAGRAM, 64)
            assert [data[0] for _, _, data in ancillary] == [0x20]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("pmtu", ["want", "dont"])
async def test_path_mtu_discovery_can_be_chosen(host: str, pmtu: str) -> None:
    async with serving(Listen(host, 0), pmtu=pmtu) as server, AsyncNgClient(*server.addresses[0]) as client:
        assert (await client.ping())["result"] == "pong"
