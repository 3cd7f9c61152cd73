"""An in-process relay: the real engine and commands over fake ports, plane, table, clock. Tests read as dialogues."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any, TypeAlias

import pytest

from rtpng.calls.model import Call
from rtpng.calls.negotiate import Negotiator, Settings
from rtpng.calls.secure import Preferences
from rtpng.carrier import Control, Hear, Judge, Plane, Report
from rtpng.engine import Engine, Limits
from rtpng.errors import NgError
from rtpng.interfaces import Interface, Interfaces
from rtpng.legs.spec import Listener
from rtpng.ng.commands.context import Context, Reply
from rtpng.ng.commands.table import run
from rtpng.ng.flags import read
from rtpng.ng.message import Message, Value
from rtpng.ng.tally import Tally
from sipcore.address import Address, family_of
from sipcore.sdp.session import MediaDescription, SessionDescription, parse
from tests.fakes import FakeClock, FakeIdentity, FakeLegs, FakePlane, FakePorts, FakeTable

RELAY, RELAY6 = "203.0.113.1", "2001:db8::1"
ALICE, BOB, CAROL, DAVE = "198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4"
ALICE6, BOB6 = "2001:db8:a::1", "2001:db8:b::2"
PROXY = "192.0.2.99"

Word: TypeAlias = str | int | Sequence[str] | None  # the value of an ng key; None leaves it out

V4 = Interface("default", RELAY, RELAY, 30000, 30999)
V6 = Interface("default", RELAY6, RELAY6, 30000, 30999)


def sdp(*media: tuple[str, ...], host: str | None = ALICE, session: tuple[str, ...] = ()) -> str:
    """A document with one session-level ``c=`` (none for None), further session lines, and media sections."""
    connection = [f"c=IN {family_of(host).value} {host}"] if host is not None else []
    head = ["v=0", f"o=- 1 1 IN IP4 {host or ALICE}", "s=-", *connection, "t=0 0", *session]
    return "".join(f"{line}\r\n" for line in chain(head, *media))


def audio(port: int = 4000, formats: str = "0 8", *lines: str, protocol: str = "RTP/AVP") -> tuple[str, ...]:
    """The lines of an audio section."""
    return (f"m=audio {port} {protocol} {formats}", *lines)


def video(port: int = 4002, *lines: str, protocol: str = "RTP/AVP") -> tuple[str, ...]:
    """The lines of a video section."""
    return (f"m=video {port} {protocol} 96", "a=rtpmap:96 VP8/90000", *lines)


def lines(section: MediaDescription | SessionDescription) -> list[str]:
    """The section's own lines as text."""
    return [f"{kind}={value}" for kind, value in section.lines]


def port(document: SessionDescription, place: int = 0) -> int:
    return document.media[place].port


def ports(document: SessionDescription) -> list[int]:
    return [media.port for media in document.media]


@dataclass(eq=False)
class RelayUnderTest:
    """The relay. Keyword arguments of its commands are ng keys, with underscores for hyphens."""

    interfaces: tuple[Interface, ...] = (V4, V6)
    aliases: tuple[tuple[str, str], ...] = ()
    settings: Settings = field(default_factory=Settings)
    limits: Limits = field(default_factory=Limits)
    overload: Callable[[float], str | None] = lambda _: None
    ports: FakePorts = field(default_factory=FakePorts)
    table: FakeTable = field(default_factory=FakeTable)
    clock: FakeClock = field(default_factory=FakeClock)
    plane: FakePlane = field(init=False)
    legs: FakeLegs = field(default_factory=FakeLegs)
    listener: Listener = field(init=False)
    engine: Engine = field(init=False)
    context: Context = field(init=False)

    def __post_init__(self) -> None:
        self.plane = FakePlane(self.ports)
        interfaces = Interfaces(self.interfaces, self.aliases)
        self.engine = Engine(
            Negotiator(interfaces, self.settings, Preferences(FakeIdentity)),
            self.ports.pool(interfaces.all),
            self.table,
            self._plane,
            self._legs,
            self.clock.clock,
            self.limits,
        )
        self.context = Context(self.engine, Tally(), interfaces.all, overload=self.overload)

    def _plane(self, judge: Judge, control: Control, hear: Hear, report: Report) -> FakePlane:
        del judge, control, hear, report
        return self.plane

    def _legs(self, plane: Plane, listener: Listener) -> FakeLegs:
        del plane
        self.listener = listener
        return self.legs

    def command(self, command: str, **words: Word) -> Reply:
        """Carries out an ng request. Raises NgError."""
        pairs = ((key, _value(value)) for key, value in words.items() if value is not None)
        return run(self.context, read(Message((("command", command), *pairs)), PROXY))

    def offer(self, body: str, **words: Word) -> SessionDescription:
        """What the receiver of an offer gets."""
        return self._exchange("offer", {"sdp": body} | words)

    def answer(self, body: str, **words: Word) -> SessionDescription:
        """What the offerer gets; the answer comes from ``to_tag``."""
        return self._exchange("answer", {"sdp": body, "to_tag": "bob"} | words)

    def _exchange(self, command: str, words: dict[str, Word]) -> SessionDescription:
        keys: dict[str, Word] = {"call_id": "call", "from_tag": "alice"}
        reply = self.command(command, **(keys | words))
        assert set(reply) == {"sdp", "result"}
        assert reply["result"] == "ok"
        return parse(reply["sdp"])

    def delete(self, **words: Word) -> Reply:
        """Deletes at once, unless told otherwise."""
        keys: dict[str, Word] = {"call_id": "call", "from_tag": "alice", "delete_delay": 0}
        return self.command("delete", **(keys | words))

    def query(self, **words: Word) -> Reply:
        keys: dict[str, Word] = {"call_id": "call"}
        return self.command("query", **(keys | words))

    def call(self, call_id: str = "call") -> Call:
        """The call in the model."""
        found = self.engine.calls.get(call_id)
        assert found is not None
        return found

    def pass_time(self, seconds: float) -> None:
        """Lets time pass; the daemon looks around once a second."""
        self.clock.advance(seconds)
        self.engine.sweep()

    @contextmanager
    def refuses(self, reason: str) -> Iterator[None]:
        """The request in the block fails with exactly this reason, and nothing has changed."""
        before = self.state()
        with pytest.raises(NgError) as caught:
            yield
        assert str(caught.value) == reason
        assert self.state() == before

    def state(self) -> dict[str, Any]:
        """Everything that there is, to compare."""
        for call in self.engine.calls:
            call.rest()  # whether an SDP was looked into is no state
        return {
            "calls": {call.call_id: asdict(call) for call in self.engine.calls},
            "ports": set(self.ports.ours),
            "relays": dict(self.plane.relays),
            "legs": dict(self.legs.legs),
            "flows": set(self.table.installed),
            "managed": self.engine.statistics.managed,
        }

    def is_empty(self) -> bool:
        """Whether nothing is left of any call."""
        left = (self.ports.ours, self.plane.relays, self.legs.legs, self.table.installed)
        return not (len(self.engine.calls) or any(left))


def _value(word: str | int | Sequence[str]) -> Value:
    return word if isinstance(word, str | int) else list(word)


def advertised(relay: RelayUnderTest, tag: str, place: int = 0) -> list[Address | None]:
    """Where a party's SDP says that it receives: its stream's RTP, and RTCP if there is a port for it."""
    party = relay.call().by_tag(tag)
    assert party is not None
    return [endpoint.latch.sdp for endpoint in party.streams[place].endpoints]


def talking() -> RelayUnderTest:
    """A relay with a call that was answered: alice and bob, audio."""
    relay = RelayUnderTest()
    relay.offer(sdp(audio()))
    relay.answer(sdp(audio(5000), host=BOB))
    return relay
