"""Makes sessions up: what proxies, peers, strangers and time do to a relay, as data that can be cut down.

The same seed makes the same session. Every row of the tables of commands, keys and flags may occur.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from rtpng.ng.commands.table import COMMANDS
from rtpng.ng.flag_table import FLAGS, PREFIXES
from rtpng.ng.keys import KEYS
from rtpng.ng.message import plain
from rtpng.ng.rows import Kind
from rtpng.ng.tally import SHORT_NAMES
from rtpng.ng.wire import Encoding, encode
from tests.rtpng.leaks import bodies

CALLS = 12  # that are spoken of at one time
TAGS = ("alice", "bob", "carol", "dave")
BRANCHES = ("b1", "b2", "b3")
PROXIES = ("192.0.2.98", "192.0.2.99")
LINES = (
    "list sessions all",
    "list totals",
    "list interfaces",
    "terminate {}",
    "call {} info",
    "list sessions {}",
    "oops",
)

Keys: TypeAlias = "dict[str, Any]"


@dataclass(frozen=True, slots=True)
class Datagram:
    """What a proxy sends to the control port."""

    payload: bytes
    proxy: str = PROXIES[0]


@dataclass(frozen=True, slots=True)
class Media:
    """A packet for the ``number``-th open port, counted round and round; from a stranger, or from where SDP says."""

    number: int
    payload: bytes
    stranger: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """Time passes; seconds."""

    seconds: float


BUNDLE = ("accept", "offer", "require", "strict", "reject")
Step: TypeAlias = Datagram | Media | Pause


def session(seed: int, commands: int) -> list[Step]:
    """Steps with this many datagrams."""
    return list(_Making(random.Random(seed)).steps(commands))


def shown(steps: Sequence[Step]) -> str:
    """For people, and to paste into a test."""
    return "\n".join(f"    {step!r}," for step in steps)


def _others() -> list[str]:
    """Commands that have no special place in a call."""
    names = {*COMMANDS, *SHORT_NAMES} - {"offer", "answer", "delete", "ping"}
    return sorted(names)


@dataclass(slots=True)
class _Making:
    dice: random.Random
    serial: int = 0  # of calls
    cookie: int = 0
    sent: list[Datagram] = field(default_factory=list)  # the last ones

    def steps(self, commands: int) -> Iterator[Step]:
        acts = (self.offer, self.answer, self.re_offer, self.fork, self.delete, self.other, self.junk, self.again)
        weights = (14, 22, 14, 4, 12, 20, 5, 5)
        while self.cookie < commands:
            yield from self.dice.choices(acts, weights)[0]()
            for _ in range(self.dice.choice((0, 0, 1, 2, 4))):
                yield Media(self.dice.randrange(400), self.packet(), stranger=self.chance(0.2))
            if self.chance(0.1):
                yield Pause(self.dice.choice((0.02, 0.5, 0.5, 1, 1, 3, 3, 8, 31, 70)))

    def chance(self, probability: float) -> bool:
        return self.dice.random() < probability

    # --- the course of calls ---

    def call_id(self) -> str:
        """One of the last calls; now and then the next one."""
        if self.chance(0.02):
            self.serial += 1
        return f"call-{max(0, self.serial - self.dice.randrange(CALLS))}"

    def offer(self) -> Iterator[Step]:
        self.serial += 1
        yield self.asking("offer", {"call-id": f"call-{self.serial}", "from-tag": "alice", "sdp": self.body()})

    def answer(self) -> Iterator[Step]:
        tags = {"from-tag": "alice", "to-tag": self.dice.choice(("bob", "bob", "carol"))}
        if self.chance(0.15):  # of the one who has offered again
            tags = {"from-tag": tags["to-tag"], "to-tag": "alice"}
        yield self.asking("answer", {"call-id": self.call_id(), **tags, "sdp": self.body(), **self.branch()})

    def re_offer(self) -> Iterator[Step]:
        one, other = self.dice.sample(TAGS, 2)
        yield self.asking("offer", {"call-id": self.call_id(), "from-tag": one, "to-tag": other, "sdp": self.body()})

    def fork(self) -> Iterator[Step]:
        """The same offer for every branch."""
        self.serial += 1
        keys = {"call-id": f"call-{self.serial}", "from-tag": "alice", "sdp": self.body()}
        for branch in BRANCHES[: self.dice.randint(2, 3)]:
            yield self.asking("offer", {**keys, "via-branch": branch})

    def delete(self) -> Iterator[Step]:
        keys: Keys = {"call-id": self.call_id(), **self.branch()}
        if self.chance(0.8):
            keys["from-tag"] = self.dice.choice(TAGS)
        if self.chance(0.4):
            keys |= {"to-tag": self.dice.choice(TAGS), "flags": ["to-tag"]}
        if self.chance(0.7):
            keys["delete-delay"] = self.dice.choice((0, 0, 1, 20))
        yield self.asking("delete", keys)

    def other(self) -> Iterator[Step]:
        """Any other command, with whatever keys it may want."""
        tags = {key: self.dice.choice(TAGS) for key in ("from-tag", "to-tag") if self.chance(0.7)}
        keys: Keys = {"call-id": self.call_id(), **tags, **self.branch()}
        keys["body"] = self.dice.choice(LINES).format(self.call_id())
        if self.chance(0.5):
            keys["sdp"] = self.body()
        yield self.asking(self.dice.choice(_others()), keys)

    def branch(self) -> Keys:
        return {"via-branch": self.dice.choice(BRANCHES)} if self.chance(0.2) else {}

    # --- words ---

    def asking(self, command: str, keys: Keys) -> Datagram:
        flags = [*keys.pop("flags", ()), *self.flags()]
        drawn = {row.name: plain(row.example) for row in self.some(_DRAWN, 2)}
        if self.chance(0.15):
            drawn["bundle"] = [self.dice.choice(BUNDLE)]
        return self.datagram({"command": command, **drawn, **keys, **({"flags": flags} if flags else {})})

    def flags(self) -> list[str]:
        rows = [row.name for row in self.some(FLAGS, 2)]
        return rows + [self.dice.choice(row.examples) for row in self.some(PREFIXES, 1)]

    def some(self, rows: Sequence[Any], most: int) -> list[Any]:
        return self.dice.sample(rows, self.dice.randint(0, most)) if self.chance(0.4) else []

    def body(self) -> str:
        return bodies.drawn(self.dice)

    # --- the wire ---

    def datagram(self, keys: Keys) -> Datagram:
        self.cookie += 1
        cookie = f"{self.cookie}".encode()
        encoding = Encoding.JSON if self.chance(0.3) else Encoding.BENCODE
        return self.kept(Datagram(encode(cookie, keys, encoding), self.dice.choice(PROXIES)))

    def junk(self) -> Iterator[Step]:
        """Bytes that are no message, or one that lost some on its way."""
        self.cookie += 1
        if self.sent and self.chance(0.6):
            whole = self.dice.choice(self.sent)
            place = self.dice.randrange(len(whole.payload))
            broken = whole.payload[:place] + self.dice.choice((b"", b"\xff", b"e", b"9:")) + whole.payload[place + 1 :]
            yield Datagram(f"junk{self.cookie} ".encode() + broken.partition(b" ")[2], whole.proxy)
        else:
            yield Datagram(self.dice.randbytes(self.dice.randrange(60)))

    def again(self) -> Iterator[Step]:
        """A retransmission."""
        self.cookie += 1
        if self.sent:
            yield self.dice.choice(self.sent)

    def kept(self, datagram: Datagram) -> Datagram:
        self.sent = [*self.sent[-20:], datagram]
        return datagram

    def packet(self) -> bytes:
        """RTP, RTCP, or neither."""
        first = self.dice.choice(
            (b"\x80\x00",) * 6 + (b"\x80\x08", b"\x80\x65", b"\x80\xc8", b"\x81\xc9", b"\x16\xfe", b"")
        )
        return first + self.dice.randbytes(self.dice.choice((2, 26, 170)))


_IDENTIFYING = {"command", "call-id", "from-tag", "to-tag", "via-branch", "sdp", "body", "flags", "template"}
_DRAWN = [row for row in KEYS if row.name not in _IDENTIFYING and row.kind is not Kind.FLAGS]
