"""Control ports for the command line to talk to: a real relay in a thread, and one that says what it is told to."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from kernel.table import NullTable
from rtpng import assemble
from rtpng.clock import Clock
from rtpng.config import Config, Listen
from rtpng.engine import Engine
from rtpng.interfaces import Interface
from rtpng.ng.client import NgClient
from rtpng.ng.responder import Responder
from rtpng.ng.server import NgServer
from rtpng.ng.wire import decode, encode

HOST = "127.0.0.1"
CONFIG = Config(
    interfaces=(Interface("default", HOST, HOST, 21000, 21099),), listen_ng=(Listen(HOST, 0),), delete_delay=30
)


def sdp(port: int) -> str:
    return f"v=0\r\no=- 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"


@dataclass(slots=True)
class Relay:
    """A relay that runs, in userspace; what it has been asked can be asked again through ``client``."""

    port: int
    engine: Engine

    @property
    def ng(self) -> str:
        return f"{HOST}:{self.port}"

    def place_call(self, call_id: str) -> None:
        with NgClient(HOST, self.port) as client:
            client.offer(call_id, "tag-a", sdp(4000))
            client.answer(call_id, "tag-a", "tag-b", sdp(5000))

    @property
    def calls(self) -> list[str]:
        return [call.call_id for call in self.engine.calls]


@contextmanager
def running_relay() -> Iterator[Relay]:
    """A whole relay in a thread with its own event loop."""
    relays: list[Relay] = []
    started, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        engine = assemble.engine(CONFIG, NullTable(), Clock(loop.time, time.time), loop)
        server = NgServer(CONFIG.listen_ng, Responder(assemble.Handler(engine, CONFIG), loop.time))
        await server.start()
        relays.append(Relay(server.addresses[0].port, engine))
        started.set()
        await stop.wait()
        await server.close()
        engine.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert started.wait(10)
    try:
        yield relays[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


@contextmanager
def scripted_relay(replies: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """Answers each command with the reply given for it, and says nothing to others; yields HOST:PORT."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind((HOST, 0))
        port = bound.getsockname()[1]
        thread = threading.Thread(target=_answer, args=(bound, replies))
        thread.start()
        try:
            yield f"{HOST}:{port}"
        finally:
            bound.sendto(b"", (HOST, port))
            thread.join(10)


def _answer(bound: socket.socket, replies: Mapping[str, Mapping[str, object]]) -> None:
    while True:
        datagram, client = bound.recvfrom(65535)
        if not datagram:
            return
        envelope = decode(datagram)
        reply = replies.get(envelope.message.text("command") or "")
        if reply is not None:
            bound.sendto(encode(envelope.cookie, reply, envelope.encoding), client)
