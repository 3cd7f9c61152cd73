"""Makes conversations up in which media is bundled: groups, words, mids, header extensions, re-offers of both sides.

The same seed and number make the same conversation. What is known to differ for a reason of its own (a bundle that
loses its first section, a required one that is declined, one that is left) is not drawn here: see bundles.py.
"""

import random
from dataclasses import dataclass, replace
from typing import Any

from sipcore.extensions import MID
from tests.peers.cases import Case
from tests.peers.talk import Talk

HOSTS = {"a": "198.51.100.1", "b": "198.51.100.2"}
PORTS = {"a": 4000, "b": 5000}
TYPES = (("0",), ("8",), ("9",), ("18",), ("3",))  # of the sections, in their order: nobody has another one's
WORDS = (("accept",), ("offer",), ("require",), ("strict",), ("accept", "offer"), ("accept", "require"), ("reject",))
LINES = ("extmap:1 urn:x", "extmap:3 urn:y", "extmap:14 urn:z", "label:7", "ptime:20", "sendonly", "inactive", "x-own")
OTHERS: dict[str, tuple[Any, ...]] = {
    "flags": (["generate-mid"], ["strip-extmap"], ["no-rtcp-attribute"], ["full-rtcp-attribute"]),
    "extmap": ({"strip": ["urn:x"]}, {"mask": ["urn:y"]}),
    "replace": (["origin"], ["sdp-version"]),
}


def conversation(seed: int, number: int) -> Case:
    """The conversation of that number."""
    talk = _Talk(random.Random(f"bundled {seed}/{number}"))
    talk.hold()
    return Case(f"bundled {seed}-{number}", tuple(talk.steps), ())


@dataclass(frozen=True, slots=True)
class _Section:
    kind: str
    types: tuple[str, ...]
    mid: str | None
    lines: tuple[str, ...] = ()
    refused: bool = False


@dataclass(frozen=True, slots=True)
class _Party:
    """What a party says. ``group``: the mids of its bundle, none if it has none."""

    tag: str
    sections: tuple[_Section, ...]
    group: tuple[str, ...] = ()
    muxes: bool = False
    mid_id: int | None = None

    @property
    def text(self) -> str:
        host = HOSTS[self.tag]
        lines = ["v=0", f"o={self.tag} 7 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"]
        lines += [f"a=group:BUNDLE {' '.join(self.group)}"] if self.group else []
        for place, section in enumerate(self.sections):
            lines += self._section(section, PORTS[self.tag] + (0 if section.mid in self.group else 2 * place))
        return "".join(f"{line}\r\n" for line in lines)

    def _section(self, section: _Section, port: int) -> list[str]:
        found = [f"m={section.kind} {0 if section.refused else port} RTP/AVP {' '.join(section.types)}"]
        found += [f"a=mid:{section.mid}"] if section.mid is not None else []
        found += ["a=rtcp-mux"] if self.muxes else []
        found += [f"a=extmap:{self.mid_id} {MID}"] if self.mid_id is not None else []
        return found + [f"a={line}" for line in section.lines]


class _Talk(Talk):
    def hold(self) -> None:
        alice = self.first()
        words = self.words()
        self.offer(alice, words)
        bob = self.answerer(alice, words)
        self.answer(alice, bob)
        for _ in range(self.dice.choice((0, 1, 1, 2))):
            again = words if self.chance(0.5) else ()
            if self.chance(0.5):
                self.offer(alice, again, to="b")
                self.answer(alice, bob)
            else:
                self.offer(bob, again, to="a")
                self.answer(bob, alice)

    # --- requests ---

    def words(self) -> tuple[str, ...]:
        return self.dice.choice(WORDS) if self.chance(0.9) else ()

    def offer(self, party: _Party, words: tuple[str, ...], to: str | None = None) -> None:
        keys: dict[str, Any] = {"bundle": [*words]} if words else {}
        if to is None:
            keys |= self.drawn(OTHERS, 0.1)
        tags = {"from-tag": party.tag, **({"to-tag": to} if to else {})}
        self.steps.append({"command": "offer", **tags, "sdp": party.text, **keys})

    def answer(self, offerer: _Party, answerer: _Party) -> None:
        tags = {"from-tag": offerer.tag, "to-tag": answerer.tag}
        self.steps.append({"command": "answer", **tags, "sdp": answerer.text})

    # --- what a party says ---

    def first(self) -> _Party:
        named = self.chance(0.7)
        count = self.dice.choice((1, 2, 2, 2, 3, 4))
        sections = tuple(
            _Section(self.dice.choice(("audio", "video")), TYPES[place], "mavx"[place] if named else None, self.lines())
            for place in range(count)
        )
        mids = [section.mid for section in sections if section.mid is not None]
        group = tuple(mids if self.chance(0.7) else mids[: max(1, count - 1)]) if self.chance(0.8) else ()
        return _Party("a", sections, group, self.chance(0.3), 4 if self.chance(0.3) else None)

    def lines(self) -> tuple[str, ...]:
        return tuple(line for line in LINES if self.chance(0.1))

    def answerer(self, alice: _Party, words: tuple[str, ...]) -> _Party:
        """It bundles what it was offered, as the words and the offer would have it, or nothing."""
        asked = bool({"offer", "require", "strict"} & {*words})
        needed = bool({"require", "strict"} & {*words})
        sections = tuple(
            replace(section, mid=section.mid or (str(place) if asked else None), lines=self.lines())
            for place, section in enumerate(alice.sections, 1)
        )
        bundles = asked and (needed or self.chance(0.7))
        group = tuple(section.mid for section in sections if section.mid is not None) if bundles else ()
        mid_id = alice.mid_id if alice.mid_id is not None and self.chance(0.7) else None
        return _Party("b", sections, group, alice.muxes and self.chance(0.7), mid_id)
