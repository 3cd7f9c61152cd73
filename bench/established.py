"""Calls that are set up for media, and taken down again."""

import secrets
from collections.abc import Iterable

from bench import bodies
from bench.bench import Bench
from bench.load import SRTP_KEY, Call, Leg
from bench.ng import NgSocket

FIRST_PORT = 10000


def set_up(bench: Bench, ng: NgSocket, count: int, *, srtp: bool) -> list[Call]:
    """Established calls whose media comes from exactly the address and port that the SDP says.

    With ``srtp`` the caller speaks SDES-SRTP. Raises RefusedError.
    """
    return [_call(bench, ng, FIRST_PORT + 2 * number, srtp=srtp) for number in range(count)]


def take_down(ng: NgSocket, calls: Iterable[Call]) -> None:
    for call in calls:
        ng.ask(bodies.delete(call.call_id))


def _call(bench: Bench, ng: NgSocket, port: int, *, srtp: bool) -> Call:
    call_id = bench.call_ids.next().decode()
    caller, callee = bench.lab.caller.ip, bench.lab.callee.ip
    key = secrets.token_bytes(SRTP_KEY) if srtp else None
    offered = ng.ask(bodies.offer(call_id, bodies.phone(caller, port, key), caller))
    answered = ng.ask(bodies.answer(call_id, bodies.phone(callee, port), callee))
    return Call(
        call_id,
        Leg(caller, port, bodies.told(answered["sdp"]), key),
        Leg(callee, port, bodies.told(offered["sdp"])),
    )
