import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from rtpng.ng.client import AsyncNgClient, NgClient, NgReplyError, NgTimeout, Reply
from rtpng.ng.wire import MAX_DATAGRAM, Encoding, decode, encode, plain

Script = Callable[[int, bytes], list[bytes]]


@contextmanager
def relay(script: Script, host: str = "127.0.0.1") -> Iterator[tuple[str, int]]:
    """Answers the n-th datagram (from 0) with what ``script`` says; an empty datagram ends it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_DGRAM)) as bound:
        bound.bind((host, 0))
        thread = threading.Thread(target=serve, args=(bound, script))
        thread.start()
        where = bound.getsockname()[:2]
        try:
            yield where
        finally:
            with closing(socket.socket(family, socket.SOCK_DGRAM)) as ending:
                ending.sendto(b"", where)
            thread.join()


def serve(bound: socket.socket, script: Script) -> None:
    number = 0
    while True:
        datagram, source = bound.recvfrom(MAX_DATAGRAM)
        if not datagram:
            return
        for reply in script(number, datagram):
            bound.sendto(reply, source)
        number += 1


def reply(datagram: bytes, dictionary: Reply) -> bytes:
    envelope = decode(datagram)
    return encode(envelope.cookie, dictionary, envelope.encoding)


def echo(_: int, datagram: bytes) -> list[bytes]:
    return [reply(datagram, {"result": "ok", "request": plain(decode(datagram).message)})]


class TestNgClient:
    @pytest.mark.parametrize("encoding", Encoding)
    @pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
    def test_each_command(self, host: str, encoding: Encoding) -> None:
        with relay(echo, host) as (address, port), NgClient(address, port, encoding=encoding) as client:
            assert client.ping()["request"] == {"command": "ping"}
            assert client.offer("c", "a", "v=0", rtcp_mux=["demux"], ICE="remove", label=None)["request"] == {
                "command": "offer",
                "call-id": "c",
                "from-tag": "a",
                "sdp": "v=0",
                "rtcp-mux": ["demux"],
                "ICE": "remove",
            }
            assert client.answer("c", "a", "b", "v=0")["request"] == {
                "command": "answer",
                "call-id": "c",
                "from-tag": "a",
                "to-tag": "b",
                "sdp": "v=0",
            }
            assert client.delete("c", delete_delay=0)["request"] == {
                "command": "delete",
                "call-id": "c",
                "delete-delay": 0,
            }
            assert client.query("c")["request"] == {"command": "query", "call-id": "c"}
            assert client.list()["request"] == {"command": "list"}
            assert client.list(5)["request"] == {"command": "list", "limit": 5}
            assert client.statistics()["request"] == {"command": "statistics"}
            assert client.request("x y", {"a_b": 1})["request"] == {"command": "x y", "a_b": 1}

    def test_repeats_the_same_datagram_until_the_answer(self) -> None:
        seen: list[bytes] = []

        def late(number: int, datagram: bytes) -> list[bytes]:
            seen.append(datagram)
            return [reply(datagram, {"result": "pong"})] if number == 2 else []

        with relay(late) as where, NgClient(*where, timeout=0.05, attempts=200) as client:
            assert client.ping() == {"result": "pong"}
        assert len(seen) >= 3
        assert len(set(seen)) == 1

    def test_each_request_has_its_own_cookie(self) -> None:
        seen: list[bytes] = []

        def record(_: int, datagram: bytes) -> list[bytes]:
            seen.append(decode(datagram).cookie)
            return [reply(datagram, {"result": "pong"})]

        with relay(record) as where, NgClient(*where) as one, NgClient(*where) as other:
            for client in (one, other, one):
                client.ping()
        assert len(set(seen)) == 3

    def test_strange_cookies_and_junk_are_passed_over(self) -> None:
        def noisy(_: int, datagram: bytes) -> list[bytes]:
            return [b"", b"junk", b"other d6:result2:noe", reply(datagram, {"result": "pong"})]

        with relay(noisy) as where, NgClient(*where) as client:
            assert client.ping() == {"result": "pong"}
            assert client.ping() == {"result": "pong"}

    def test_silence_ends_in_a_timeout(self) -> None:
        with (
            relay(lambda *_: []) as where,
            NgClient(*where, timeout=0.01, attempts=2) as client,
            pytest.raises(NgTimeout, match=f"'ping' from 127.0.0.1 port {where[1]} in 2 attempts"),
        ):
            client.ping()

    def test_nobody_listening_ends_in_a_timeout(self) -> None:
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as bound:
            bound.bind(("127.0.0.1", 0))
            port = bound.getsockname()[1]
        with NgClient(port=port, timeout=0.01, attempts=3) as client, pytest.raises(NgTimeout):
            client.ping()

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            ({"result": "error", "error-reason": "Unknown call-id"}, "Unknown call-id"),
            ({"result": "load limit", "message": "Load limit exceeded"}, "Load limit exceeded"),
            ({"result": "error"}, "no reason given"),
        ],
    )
    def test_an_error_reply_is_raised(self, answer: Reply, reason: str) -> None:
        def refuse(_: int, datagram: bytes) -> list[bytes]:
            return [reply(datagram, answer)]

        with relay(refuse) as where, NgClient(*where) as client, pytest.raises(NgReplyError) as caught:
            client.query("c")
        assert (caught.value.reason, caught.value.reply) == (reason, answer)

    def test_large_replies_are_read(self) -> None:
        def large(_: int, datagram: bytes) -> list[bytes]:
            return [reply(datagram, {"result": "ok", "calls": [""] * 30_000})]

        with relay(large) as where, NgClient(*where) as client:
            assert len(client.list()["calls"]) == 30_000


class TestAsyncNgClient:
    async def test_requests_at_the_same_time_get_their_own_answers(self) -> None:
        waiting: list[bytes] = []

        def reversed_pairs(_: int, datagram: bytes) -> list[bytes]:
            waiting.append(datagram)
            if len(waiting) < 2:
                return []
            answers = [echo(0, pending)[0] for pending in reversed(waiting)]
            waiting.clear()
            return answers

        with relay(reversed_pairs) as where:
            async with AsyncNgClient(*where, timeout=60.0) as client:
                first, second = await asyncio.gather(client.query("c1"), client.query("c2"))
        assert first["request"]["call-id"] == "c1"
        assert second["request"]["call-id"] == "c2"

    async def test_repeats_the_same_datagram_until_the_answer(self) -> None:
        seen: list[bytes] = []

        def late(number: int, datagram: bytes) -> list[bytes]:
            seen.append(datagram)
            return [b"junk", b"other d6:result2:noe", reply(datagram, {"result": "pong"})] if number == 2 else []

        with relay(late) as where:
            async with AsyncNgClient(*where, timeout=0.05, attempts=200) as client:
                assert await client.ping() == {"result": "pong"}
        assert len(seen) >= 3
        assert len(set(seen)) == 1

    async def test_silence_ends_in_a_timeout(self) -> None:
        with relay(lambda *_: []) as where:
            async with AsyncNgClient(*where, timeout=0.01, attempts=2) as client:
                with pytest.raises(NgTimeout, match="in 2 attempts"):
                    await client.ping()

    async def test_nobody_listening_ends_in_a_timeout(self) -> None:
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as bound:
            bound.bind(("127.0.0.1", 0))
            port = bound.getsockname()[1]
        async with AsyncNgClient(port=port, timeout=0.01, attempts=3) as client:
            with pytest.raises(NgTimeout):
                await client.ping()

    async def test_an_error_reply_is_raised(self) -> None:
        def refuse(_: int, datagram: bytes) -> list[bytes]:
            return [reply(datagram, {"result": "error", "error-reason": "Unknown call-id"})]

        with relay(refuse) as where:
            async with AsyncNgClient(*where) as client:
                with pytest.raises(NgReplyError, match="Unknown call-id"):
                    await client.query("c")

    async def test_ipv6(self) -> None:
        with relay(echo, "::1") as where:
            async with AsyncNgClient(*where) as client:
                assert (await client.ping())["request"] == {"command": "ping"}

    async def test_close_ends_what_is_under_way(self) -> None:
        loop, asked = asyncio.get_running_loop(), asyncio.Event()

        def silent(_: int, __: bytes) -> list[bytes]:
            loop.call_soon_threadsafe(asked.set)
            return []

        with relay(silent) as where:
            async with AsyncNgClient(*where, timeout=60.0) as client, asyncio.TaskGroup() as group:
                group.create_task(expect_timeout(client))
                await asked.wait()
                client.close()

    async def test_has_to_be_opened(self) -> None:
        with pytest.raises(RuntimeError, match="async with"):
            await AsyncNgClient().ping()


async def expect_timeout(client: AsyncNgClient) -> None:
    with pytest.raises(NgTimeout, match="closed"):
        await client.ping()
