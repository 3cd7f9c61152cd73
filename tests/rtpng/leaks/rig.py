"""A relay on fakes that a session is played to, and everything that it holds, found by looking, not by a list."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from rtpng.calls.expiry import Timeouts
from rtpng.config import Config
from rtpng.ctl.console import Console
from rtpng.ctl.settings import Settings as OperatorSettings
from rtpng.ctl.tree import answer
from rtpng.engine import Engine, Limits
from rtpng.interfaces import Interface
from rtpng.log import LogLevels
from rtpng.ng.commands.table import run
from rtpng.ng.flags import read
from rtpng.ng.responder import Responder
from rtpng.recording.recordings import RecordingSettings
from rtpng.recording.tape import Tape
from sipcore.address import Address
from tests.rtpng.air import RelayOnAir
from tests.rtpng.harness import RELAY, RELAY6
from tests.rtpng.leaks.session import Datagram, Media, Step

V4, V6 = (Interface("default", host, host, 30000, 30399) for host in (RELAY, RELAY6))  # ports run out at times
LIMITS = Limits(Timeouts(media=60, silent=600, offer=900, final=3000), delete_delay=10)
STRANGER = Address("192.0.2.250", 999)
HOURS = 5 * 3600.0  # longer than any timeout
OURS = ("rtpng.", "kernel.")  # whose objects are looked into
CONTAINERS = (dict, list, set, frozenset, tuple, deque)

# What may be fuller afterwards, and why that has an end.
BOUNDED = (
    "ports",  # the order in which ports are used again: at most all ports
    "statistics",  # sums by reason of the end and by address of ours
    "quality.by_host",  # sums by address of ours
    "insight.counts",  # sums by what went wrong, or well
    "clock",
)


class Blank:
    """Takes every order for a recording, and writes nothing."""

    def order(self, tape: Tape, act: Callable[..., None], *values: Any) -> None: ...

    def packet(self, tape: Tape, when: float, source: Address, local: Address, data: bytes) -> bool:
        del tape, when, source, local, data
        return True

    def close(self) -> None: ...


@dataclass(slots=True)
class Rig:
    """The relay and its control protocol."""

    relay: RelayOnAir = field(default_factory=lambda: RelayOnAir((V4, V6), limits=LIMITS))
    responder: Responder = field(init=False)

    def __post_init__(self) -> None:
        self.relay.engine.recordings.settings = RecordingSettings("/nowhere")
        self.relay.engine.recordings._writer = Blank()
        settings = OperatorSettings(Config((V4, V6)), adopt=lambda _: None)
        console = Console(self.relay.context, cast(LogLevels, {}), settings)  # no line of a session is about the log
        context = replace(self.relay.context, cli=lambda line: answer(console, line))
        self.responder = Responder(
            lambda message, client: run(context, read(message, client.host)),
            lambda: self.relay.clock.now,
            context.tally,
        )

    @property
    def engine(self) -> Engine:
        return self.relay.engine

    def play(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if isinstance(step, Datagram):
                self.ask(step)
            elif isinstance(step, Media):
                self.hear(step)
            else:
                self.relay.pass_time(step.seconds)

    def ask(self, step: Datagram) -> None:
        reply = self.responder.respond(step.payload, Address(step.proxy, 5060), self.relay.clock.now)
        assert b"Internal error" not in (reply or b""), "a traceback"
        self.relay.clock.advance(0.001)

    def hear(self, step: Media) -> None:
        ports = sorted(self.relay.ports.ours)
        if not ports:
            return
        local = ports[step.number % len(ports)]
        owner = self.engine.calls.owner(local)
        assert owner is not None, f"{local} is open and nobody's"
        source = STRANGER if step.stranger else owner.endpoint.latch.sdp or STRANGER
        self.relay.send(source, local, step.payload)

    def wait_for_the_end(self) -> None:
        """Until every timer has run out."""
        for _ in range(3):
            self.relay.pass_time(HOURS)

    def held(self) -> dict[str, int]:
        """How full every container is that can be reached from the engine, by its path; and the host's ports."""
        found: dict[str, int] = {"open ports": len(self.relay.ports.ours), "relays": len(self.relay.plane.relays)}
        found["wanted flows"] = len(self.relay.table.installed)
        for path, size in _containers(self.engine, "", set()):
            if not path.startswith(BOUNDED):
                found[path] = found.get(path, 0) + size
        return found

    def check(self) -> None:
        """What must be true at any time: every port belongs to a call, and has a relay."""
        calls = list(self.engine.calls)
        endpoints = {endpoint.local for call in calls for endpoint in call.endpoints}
        assert endpoints == self.relay.ports.ours == self.relay.plane.relays.keys()
        assert all(self.engine.calls.owner(local) is not None for local in endpoints)


def _containers(thing: Any, path: str, seen: set[int]) -> Iterator[tuple[str, int]]:
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, CONTAINERS):
        yield path, len(thing)
        inside = list(thing.values()) if isinstance(thing, dict) else list(thing)
        for each in inside:
            yield from _containers(each, f"{path}[]", seen)
    elif type(thing).__module__.startswith(OURS):
        for name in _attributes(thing):
            yield from _containers(getattr(thing, name, None), f"{path}.{name}".lstrip("."), seen)


def _attributes(thing: Any) -> Iterator[str]:
    yield from vars(thing) if hasattr(thing, "__dict__") else ()
    for kind in type(thing).__mro__:
        slots: str | Sequence[str] = getattr(kind, "__slots__", ())
        yield from (slots,) if isinstance(slots, str) else slots
