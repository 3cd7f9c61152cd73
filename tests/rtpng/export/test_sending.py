"""Homer and Graphite are told over real sockets on loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from rtpng.config import Config, Listen
from rtpng.export.graphite import Graphite
from rtpng.export.homer import Homer
from rtpng.export.snapshot import snapshot
from sipcore.address import Address
from tests.fakes import FakeClock
from tests.rtpng.export.test_hep import again
from tests.rtpng.harness import RelayUnderTest

CONFIG = Config((), listen_ng=(Listen("127.0.0.1", 2223),))
CLIENT = Address("127.0.0.9", 5000)


def test_homer_gets_requests_and_replies() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        homer = Homer(Address(*server.getsockname()), CONFIG, FakeClock().clock)
        homer.ng("call", CLIENT, b"1 asked", b"1 answered")
        first, second = (again(server.recv(2048)) for _ in range(2))
        homer.close()
    assert (first.source, first.target, first.payload) == (CLIENT, Address("127.0.0.1", 2223), b"1 asked")
    assert (second.source, second.target, second.payload) == (first.target, CLIENT, b"1 answered")
    assert (first.call_id, first.protocol) == ("call", 0x3D)


def test_homer_over_tcp_is_one_stream_of_packets() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        homer = Homer(Address(*server.getsockname()), replace(CONFIG, homer_protocol="tcp"), FakeClock().clock)
        homer.ng("call", CLIENT, b"lost while the connection is made", b"or not")
        accepted, _ = server.accept()
        with accepted:
            accepted.settimeout(5)
            homer.ng("call", CLIENT, b"1 asked", b"1 answered")
            homer.close()
            stream = b"".join(iter(lambda: accepted.recv(4096), b""))
    assert stream.startswith(b"HEP3")
    assert b"1 answered" in stream


@pytest.mark.parametrize("size", [65_000, 70_000])  # with what goes around it too long for UDP, and for HEP
def test_a_message_that_is_too_long_costs_nothing_but_itself(size: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        homer = Homer(Address(*server.getsockname()), CONFIG, FakeClock().clock)
        homer.ng("call", CLIENT, b"x" * size + b"x" * 500, b"1 answered")
        assert b"1 answered" in server.recv(2048)
        homer.close()
    assert homer.dropped == 1


def test_a_homer_that_is_not_there_costs_one_line(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    homer = Homer(Address("127.0.0.1", 9), CONFIG, clock.clock)
    for _ in range(10):
        homer.ng("call", CLIENT, b"x" * 70_000, b"y")
    homer.close()
    assert len(caplog.messages) == 1
    assert homer.dropped >= 10


@asynccontextmanager
async def told(graphite: Callable[[Address], Graphite]) -> AsyncIterator[bytearray]:
    """What a server has got from ``graphite`` as soon as that is a whole report."""
    received, got = bytearray(), asyncio.Event()

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            received.extend(data)
            if b"ports_used" in received:
                got.set()
        writer.close()

    server = await asyncio.start_server(read, "127.0.0.1", 0)
    address = Address(*server.sockets[0].getsockname()[:2])
    async with server, asyncio.TaskGroup() as tasks:
        task = tasks.create_task(graphite(address).run())
        async with asyncio.timeout(10):
            await got.wait()
        yield received
        task.cancel()


async def test_graphite_gets_a_report_when_the_interval_is_over() -> None:
    relay = RelayUnderTest()
    config = replace(CONFIG, graphite_prefix="caf\udce9.")  # as the command line gives bytes that are no UTF-8

    def graphite(address: Address) -> Graphite:
        return Graphite(address, config, lambda: snapshot(relay.context), lambda: 0, lambda: 99.0)

    async with told(graphite) as received:
        assert b"caf\xe9.offer_time_min 0.000000 99\n" in received


async def test_an_error_of_ours_costs_one_report(caplog: pytest.LogCaptureFixture) -> None:
    relay = RelayUnderTest()
    times = iter([1.0, 99.0])

    def wall() -> float:
        if (time := next(times)) == 1.0:
            raise ZeroDivisionError
        return time

    def graphite(address: Address) -> Graphite:
        return Graphite(address, CONFIG, lambda: snapshot(relay.context), lambda: 0, wall)

    async with told(graphite) as received:
        assert b"offer_time_min 0.000000 99\n" in received
    assert "Internal error in a report to Graphite" in caplog.text
