"""Calls set up and taken down as fast as the relay answers, with a fixed number in flight."""

import itertools
import secrets
import select
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from bench import bodies
from bench.errors import BenchError
from bench.ng import MAX_DATAGRAM, NgSocket, checked, decoded, encoded

PORT = 20000  # of both phones, in every call: no media is sent here
RESEND = 2.0
SCAN = 0.5
PATIENCE = 60.0  # without any progress
OK = b"6:result2:ok"
PATTERN = b"bench-call-id-0000"  # stands for the call-id in the prepared commands; the same length as every call-id


class Step(Enum):
    OFFER = "offer"
    ANSWER = "answer"
    DELETE = "delete"


WHOLE = (Step.OFFER, Step.ANSWER, Step.DELETE)
HELD = (Step.OFFER, Step.ANSWER)

Script = Sequence[tuple[Step, bytes]]


@dataclass(slots=True)
class Cycles:
    """What came of it: ``latencies`` in seconds per command, ``wall`` the seconds from first to last."""

    wall: float = 0.0
    done: int = 0
    resent: int = 0
    latencies: dict[Step, list[float]] = field(default_factory=lambda: {step: [] for step in Step})
    call_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Pending:
    call_id: bytes
    position: int  # in the script
    sent: float  # first time
    tried: float  # last time
    datagram: bytes


class CallIds:
    """Call-ids of one length, so that they can be put into prepared commands."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(4)
        self._numbers = itertools.count(1)

    def next(self) -> bytes:
        return f"{self._prefix}-{next(self._numbers):09}".encode()


def script(caller: str, callee: str, profile: str, steps: Sequence[Step]) -> Script:
    """The commands of one call between two phones (their addresses), encoded once for all calls."""
    call_id = PATTERN.decode()
    browser = profile == "webrtc"
    sdp = bodies.browser(caller, PORT) if browser else bodies.phone(caller, PORT)
    towards_browser = {"ICE": "force", "DTLS": "passive", "transport-protocol": "UDP/TLS/RTP/SAVPF"}
    commands = {
        Step.OFFER: bodies.offer(call_id, sdp, caller),
        Step.ANSWER: bodies.answer(call_id, bodies.phone(callee, PORT), callee, **(towards_browser if browser else {})),
        Step.DELETE: bodies.delete(call_id),
    }
    return [(step, encoded(commands[step])) for step in steps]


class Runner:
    """Keeps ``in_flight`` calls going until ``more`` says that no further one shall begin."""

    def __init__(self, ng: NgSocket, call_ids: CallIds, steps: Script, in_flight: int) -> None:
        self._ng = ng
        self._call_ids = call_ids
        self._steps = steps
        self._in_flight = in_flight
        self._pending: dict[bytes, _Pending] = {}
        self._result = Cycles()

    def during(self, seconds: float) -> Cycles:
        end = time.perf_counter() + seconds
        return self._run(lambda: time.perf_counter() < end)

    def times(self, total: int) -> Cycles:
        return self._run(lambda: len(self._result.call_ids) < total)

    def _run(self, more: Callable[[], bool]) -> Cycles:
        """Raises RefusedError on the first error reply, BenchError when nothing is answered any more."""
        self._ng.socket.setblocking(False)
        began = time.perf_counter()
        while len(self._pending) < self._in_flight and more():
            self._begin()
        self._serve(more)
        self._result.wall = time.perf_counter() - began
        return self._result

    def _serve(self, more: Callable[[], bool]) -> None:
        scanned = heard = time.perf_counter()
        with select.epoll() as poll:
            poll.register(self._ng.socket, select.EPOLLIN)
            while self._pending:
                if poll.poll(0.1) and self._read_all(more):
                    heard = time.perf_counter()
                now = time.perf_counter()
                if now - heard > PATIENCE:
                    raise BenchError(f"{len(self._pending)} commands stay without answer")
                if now - scanned > SCAN:
                    scanned = now
                    self._resend(now)

    def _begin(self) -> None:
        call_id = self._call_ids.next()
        self._result.call_ids.append(call_id.decode())
        self._send(call_id, 0)

    def _send(self, call_id: bytes, position: int) -> None:
        cookie = self._ng.cookies.next()
        datagram = cookie + b" " + self._steps[position][1].replace(PATTERN, call_id)
        now = time.perf_counter()
        self._pending[cookie] = _Pending(call_id, position, now, now, datagram)
        self._ng.socket.send(datagram)

    def _read_all(self, more: Callable[[], bool]) -> int:
        """Takes every reply that is there; how many."""
        read = 0
        while (datagram := self._received()) is not None:
            read += 1
            cookie, _, body = datagram.partition(b" ")
            pending = self._pending.pop(cookie, None)
            if pending is not None:
                self._answered(pending, body, more)
        return read

    def _received(self) -> bytes | None:
        try:
            return self._ng.socket.recv(MAX_DATAGRAM)
        except (BlockingIOError, ConnectionRefusedError):
            return None

    def _answered(self, pending: _Pending, body: bytes, more: Callable[[], bool]) -> None:
        step = self._steps[pending.position][0]
        if OK not in body:
            checked(step.value, decoded(body))
        self._result.latencies[step].append(time.perf_counter() - pending.sent)
        if pending.position + 1 < len(self._steps):
            self._send(pending.call_id, pending.position + 1)
            return
        self._result.done += 1
        if more():
            self._begin()

    def _resend(self, now: float) -> None:
        for pending in self._pending.values():
            if now - pending.tried > RESEND:
                pending.tried = now
                self._result.resent += 1
                self._ng.socket.send(pending.datagram)
