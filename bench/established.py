"""Calls that are set up for media, and taken down again."""

from collections.abc import Iterable
from types import MappingProxyType

from bench import bodies
from bench.bench import Bench
from bench.bodies import Told
from bench.errors import RefusedError
from bench.handshakes import identity_of_phones, shaken
from bench.load import Call, Leg
from bench.ng import NgSocket
from bench.protection import Keying, Protection
from sipcore.srtp import Suite, fresh

FIRST_PORT = 10000
FINGERPRINT = "sha-256"

# Where nobody says who is the client in DTLS, the relay is, and speaks to phones that have not opened their sockets.
_PHONE_BEGINS = MappingProxyType({"DTLS": "passive", "DTLS-reverse": "passive"})


def set_up(bench: Bench, ng: NgSocket, count: int, protection: Protection | None) -> list[Call]:
    """Established calls whose media comes from exactly the address and port that the SDP says.

    With ``protection`` the caller speaks SRTP. Raises RefusedError.
    """
    ports = [FIRST_PORT + 2 * number for number in range(count)]
    if protection is None:
        return [_plain(bench, ng, port) for port in ports]
    if protection.keying is Keying.SDES:
        return [_sdes(bench, ng, port, protection.suite) for port in ports]
    return _dtls(bench, ng, ports, protection.suite)


def take_down(ng: NgSocket, calls: Iterable[Call]) -> None:
    for call in calls:
        ng.ask(bodies.delete(call.call_id))


def _plain(bench: Bench, ng: NgSocket, port: int) -> Call:
    call_id, told, callee = _agreed(bench, ng, port, bodies.phone(bench.lab.caller.ip, port))
    return Call(call_id, Leg(bench.lab.caller.ip, port, told), callee)


def _sdes(bench: Bench, ng: NgSocket, port: int, suite: Suite) -> Call:
    keys = fresh(suite)
    call_id, told, callee = _agreed(bench, ng, port, bodies.sdes_phone(bench.lab.caller.ip, port, keys))
    if told.keys is None or told.keys.suite is not suite:
        raise RefusedError(f"it answers {suite.name} with {told.keys.suite.name if told.keys else 'no keys'}")
    return Call(call_id, Leg(bench.lab.caller.ip, port, told, keys, told.keys), callee)


def _dtls(bench: Bench, ng: NgSocket, ports: Iterable[int], suite: Suite) -> list[Call]:
    """All are set up before the first handshake."""
    caller, identity = bench.lab.caller, identity_of_phones(suite)
    fingerprint = identity.fingerprint(FINGERPRINT)
    agreed = {
        port: _agreed(bench, ng, port, bodies.dtls_phone(caller.ip, port, fingerprint), **_PHONE_BEGINS)
        for port in ports
    }
    parties = [(port, told) for port, (_, told, _) in agreed.items()]
    calls = []
    for port, keyed in shaken(caller.netns, caller.ip, identity, parties):
        call_id, told, callee = agreed[port]
        calls.append(Call(call_id, Leg(caller.ip, port, told, keyed.local, keyed.remote), callee))
    return calls


def _agreed(bench: Bench, ng: NgSocket, port: int, sdp: str, **offering: object) -> tuple[str, Told, Leg]:
    """The call-id, what the caller is told, and the callee, who speaks plain RTP."""
    call_id = bench.call_ids.next().decode()
    caller, callee = bench.lab.caller.ip, bench.lab.callee.ip
    offered = ng.ask(bodies.offer(call_id, sdp, caller, **offering))
    answered = ng.ask(bodies.answer(call_id, bodies.phone(callee, port), callee))
    return call_id, bodies.told(answered["sdp"]), Leg(callee, port, bodies.told(offered["sdp"]))
