"""Makes the replies of two daemons comparable: every fact of a reply under a name of its own, random things made alike.

Nothing is left out silently, the order of lines included; what may differ is listed in differences.py.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rtpng.ng.wire import WireError, decode, plain
from tests.peers.cases import Case, Step
from tests.peers.ng_peer import NgPeer, Reply

Facts = dict[str, str]

ORDER = "order of attributes"
_CLOCKS = re.compile(r"created|last (signal|redis|(kernel |user )?packet)|_us$|_ts$")
_SECRETS = ("crypto", "candidate", "fingerprint", "tls-id", "ice-ufrag", "ice-pwd")
_DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")


@dataclass(slots=True)
class Names:
    """Names the ports of one case in the order of their appearance: P1, P2, ...; the odd one beside them is P1+1."""

    port_min: int
    _known: dict[int, str] = field(default_factory=dict)
    _words: dict[str, dict[str, str]] = field(default_factory=dict)
    _families: dict[int, set[bool]] = field(default_factory=dict)  # in which a port was told: True for IPv6

    def word(self, kind: str, text: str) -> str:
        """``kind`` 1, 2, ... for random words in the order of their appearance."""
        known = self._words.setdefault(kind, {})
        return known.setdefault(text, f"{kind}{len(known) + 1}")

    def port(self, number: int) -> str:
        if not self.port_min <= number <= self.port_min + 10000:
            return str(number)
        if number - 1 in self._known and not self._known[number - 1].endswith("+1"):
            return f"{self._known[number - 1]}+1"
        return self._known.setdefault(number, f"P{len(self._known) + 1}")

    def tell(self, number: int, connection: str) -> None:
        """Notes where a port was told."""
        self._families.setdefault(number, set()).add(":" in connection)

    @property
    def coincide(self) -> bool:
        """Whether one number stands for ports of two families, which is chance and says nothing."""
        return any(len(families) > 1 for number, families in self._families.items() if number >= self.port_min)


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact on which two daemons disagree; None where one of them says nothing. ``where``: CASE/STEP/FACT."""

    where: str
    theirs: str | None
    ours: str | None

    def __str__(self) -> str:
        return f"{self.where}: rtpengine {self.theirs!r}, rtpng {self.ours!r}"


def ask_all(peer: NgPeer, case: Case, port_min: int) -> Facts:
    """Asks every step of a case; the facts of all replies, named ``STEP/...``. Once more where ports coincide."""
    names = Names(port_min)
    facts = _asked(peer, case, names)
    return _asked(peer, case, Names(port_min)) if names.coincide else facts


def _asked(peer: NgPeer, case: Case, names: Names) -> Facts:
    facts: Facts = {}
    for number, step in enumerate(case.steps, 1):
        for name, value in _facts(_reply(peer, case, step), names):
            full = f"{number}/{name}"
            facts[full] = f"{facts[full]} | {value}" if full in facts else value
    peer.ask("delete", call_id=case.name, delete_delay=0)
    return facts


def says(facts: Facts, step: int) -> str | None:
    """How a reply begins to be judged: its result, or the reason of an error."""
    return _verdict(_of_step(facts, step))


def differences(case: Case, theirs: Facts, ours: Facts) -> list[Difference]:
    """All facts that are not the same; where one refuses and the other does not, only that ("says")."""
    return [
        difference
        for step in range(1, len(case.steps) + 1)
        for difference in _step_differences(f"{case.name}/{step}", _of_step(theirs, step), _of_step(ours, step))
    ]


def _step_differences(where: str, theirs: Facts, ours: Facts) -> list[Difference]:
    verdicts = _verdict(theirs), _verdict(ours)
    if verdicts[0] != verdicts[1]:
        return [Difference(f"{where}/says", *verdicts)]
    pairs = ((name, *_comparable(name, theirs, ours)) for name in sorted(theirs.keys() | ours.keys()))
    return [Difference(f"{where}/{name}", one, other) for name, one, other in pairs if one != other]


def _comparable(name: str, theirs: Facts, ours: Facts) -> tuple[str | None, str | None]:
    """Two values of a fact. Of an order only what both have: what one lacks is a fact of its own."""
    one, other = theirs.get(name), ours.get(name)
    if one is None or other is None or not name.endswith(ORDER):
        return one, other
    common = Counter(one.split()) & Counter(other.split())
    return _reduced(one, common), _reduced(other, common)


def _reduced(order: str, allowed: Counter[str]) -> str:
    left = allowed.copy()
    kept = []
    for word in order.split():
        if left[word]:
            left[word] -= 1
            kept.append(word)
    return " ".join(kept)


def _of_step(facts: Facts, step: int) -> Facts:
    prefix = f"{step}/"
    return {name.removeprefix(prefix): value for name, value in facts.items() if name.startswith(prefix)}


def _verdict(facts: Facts) -> str | None:
    return facts.get("error-reason", facts.get("result"))


def _reply(peer: NgPeer, case: Case, step: Step) -> Reply:
    if not isinstance(step, bytes):
        return peer.ask(step["command"], {"call-id": case.name, **{k: v for k, v in step.items() if k != "command"}})
    payload = peer.raw(step)
    if payload is None:
        return {"silence": "no reply"}
    try:
        reply: Any = plain(decode(b"x " + payload).message)
    except WireError:
        return {"undecodable": payload.decode("utf-8", "replace")}
    return reply  # type: ignore[no-any-return]  # an ng message is a dictionary


def _facts(reply: Reply, names: Names) -> Iterator[tuple[str, str]]:
    for key, value in reply.items():
        if key == "sdp":
            yield from _sdp_facts(value, names)
        elif key == "tags":
            yield from _flat(key, _counted(value), names)
        else:
            yield from _flat(key, value, names)


def _counted(parties: dict[str, Any]) -> dict[str, Any]:
    """Parties without a tag numbered in their order; rtpengine numbers all parties, from the first call on."""
    unnamed = sorted((name for name in parties if name.startswith("<untagged ")), key=lambda name: int(name[10:-1]))
    numbers = {name: f"<untagged {number}>" for number, name in enumerate(unnamed, 1)}
    return {numbers.get(name, name): party for name, party in parties.items()}


def _flat(name: str, value: Any, names: Names) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(f"{name}.{key}", item, names)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict | list):
                yield from _flat(f"{name}.{index}", item, names)
            else:
                yield f"{name}.{item}", "yes"
    else:
        yield name, _calmed(name.rpartition(".")[2], value, names)


def _calmed(key: str, value: Any, names: Names) -> str:
    if key == "local port":
        return names.port(int(value))
    if _CLOCKS.search(key):
        return "never" if value == 0 else "a time"
    return str(value)


def _sdp_facts(text: str, names: Names) -> Iterator[tuple[str, str]]:
    session, *media = re.split(r"(?m)^(?=m=)", text)
    lines = session.splitlines()
    yield "sdp.line ends", "CRLF" if text.count("\r\n") == text.count("\n") and text.endswith("\r\n") else "other"
    yield "sdp.media count", str(len(media))
    yield from _section("sdp.session", lines, names)
    connection = next((line[2:] for line in lines if line.startswith("c=")), "none")
    for index, section in enumerate(media):
        yield from _media_facts(f"sdp.media.{index}", section.splitlines(), connection, names)


def _media_facts(prefix: str, lines: list[str], connection: str, names: Names) -> Iterator[tuple[str, str]]:
    kind, ports, profile, *formats = lines[0][2:].split(" ")
    port, slash, count = ports.partition("/")
    yield f"{prefix}.kind", kind
    address = next((line[2:] for line in lines if line.startswith("c=")), connection)
    names.tell(int(port), address)
    yield f"{prefix}.port", names.port(int(port)) + slash + count
    yield f"{prefix}.profile", profile
    yield f"{prefix}.formats", " ".join(formats)
    yield f"{prefix}.address", address
    rest = [line for line in lines[1:] if not line.startswith("c=")]
    yield (
        f"{prefix}.{ORDER}",
        " ".join(line[2:].partition(":")[0] for line in rest if line.startswith("a=")),
    )
    yield from _section(prefix, rest, names)


def _owner(inline: str) -> str:
    """Whose key it is: those of made-up parties are one character many times."""
    key = inline.removeprefix("inline:")
    return f"{key[0]}'s key" if len(set(key[:12])) == 1 else "own key"


def _secret(name: str, content: str, names: Names) -> str:
    """Random words and addresses of ours, each under a name of its own."""
    words = content.split()
    if name == "crypto":
        return " ".join([words[0], words[1], _owner(words[2]), *words[3:]])
    if name == "candidate":
        return " ".join([names.word("foundation", words[0]), *words[1:5], names.port(int(words[5])), *words[6:]])
    return " ".join([*words[:-1], names.word(name, words[-1])])


def _section(prefix: str, lines: list[str], names: Names) -> Iterator[tuple[str, str]]:
    for line in lines:
        kind, value = line[:1], line[2:]
        name, colon, content = value.partition(":")
        if kind != "a":
            yield f"{prefix}.{kind}=", value
        elif name in _DIRECTIONS:
            yield f"{prefix}.direction", name
        elif name == "rtcp":
            port, _, address = content.partition(" ")
            yield f"{prefix}.rtcp", f"{names.port(int(port))} {address}".strip()
        elif name in _SECRETS:
            yield f"{prefix}.a={name}", _secret(name, content, names)
        elif name == "rtpengine":
            yield f"{prefix}.a={name}", f"a mark of {len(content)} digits"
        elif name in ("rtpmap", "fmtp", "rtcp-fb"):
            yield f"{prefix}.{name}.{content.partition(' ')[0]}", content.partition(" ")[2]
        else:
            yield f"{prefix}.a={name}", content if colon else "present"
