"""Makes conversations up: offers, answers, re-offers, forks, queries and deletes over shapes of SDP and words of ng.

The same seed and number make the same conversation. All media is plain: RTP without SRTP and ICE, fax, data. What is
known to differ for a reason of its own is not drawn here, but is a case of cases.py.
"""

import random
from dataclasses import dataclass, field, replace
from typing import Any

from tests.peers.cases import Case
from tests.peers.shapes import (
    AUDIO,
    DATA_LINES,
    DIRECTIONS,
    EVENTS,
    FAX_LINES,
    HEAD_LINES,
    RTP_LINES,
    SESSION_LINES,
    VIDEO,
    Medium,
    Speech,
)
from tests.peers.talk import Talk

MULTIPLEXING = (["offer"], ["require"], ["offer", "require"], ["demux"], ["accept"], ["reject"], ["demux", "accept"])
REPLACE = (
    *((), (), (), ("origin",), ("session-connection",), ("origin", "session-connection"), ("username",)),
    *(("session-name",), ("sdp-version",), ("origin-full",), ("zero-address",), ("force-increment-sdp-ver",)),
)
FLAGS = ("no-rtcp-attribute", "full-rtcp-attribute", "original-sendrecv", "trust-address", "debug")
OFFER_FLAGS = (
    *FLAGS,
    *("asymmetric", "symmetric", "strict-source", "generate-mid", "port-latching", "no-port-latching", "frobnicate"),
    *("unidirectional", "media-handover", "reset", "provisional"),
)
CONNECTIONS = {  # only with the first offer of a call
    "transport-protocol": ("RTP/AVP", "RTP/AVPF"),
    "direction": (["priv", "pub"], ["pub", "priv"], ["pub", "pub"], ["moon", "priv"]),
    "from-interface": ("pub",),
    "to-interface": ("pub",),
    "address-family": ("IP4", "IP6"),
}
OFFER_KEYS = {
    "rtcp-mux": MULTIPLEXING,
    "media-address": ("203.0.113.200", "2001:db8::9"),
    "received-from": (["IP4", "192.0.2.200"],),
    "label": ("one", "two"),
    "set-label": ("three",),
    "ICE": ("remove",),
    "TOS": (184,),
    "metadata": ("about",),
    "sip-message-type": ("request",),
}
ANSWER_KEYS = {
    "media-address": ("203.0.113.201",),
    "received-from": (["IP4", "192.0.2.201"],),
    "label": ("four",),
    "rtcp-mux": MULTIPLEXING,
    "sip-message-type": ("reply",),
    "sip-code": (183, 200),
}
CODECS = (
    {"strip": ["PCMA"]},
    {"strip": ["PCMU", "H264"]},
    {"strip": ["G729"]},
    {"except": ["PCMA"]},
    {"offer": ["PCMU"]},
)
ATTRIBUTES = (
    {"audio": {"add": ["x-added:1", "x-added:2"]}},
    {"audio": {"remove": ["ptime", "x-own"]}, "video": {"add": ["x-added"]}},
    {"none": {"add": ["x-session"], "remove": ["tool"]}},
    {"audio": {"substitute": [["x-own", "x-other"], ["rtcp-rsize", "x-rsize"]]}},
    {"image": {"remove": ["T38MaxBitRate"]}},
)
WORDS = {  # of offers, more seldom than others
    "sdp-attr": ATTRIBUTES,
    "extmap": ({"strip": ["urn:x:level"]}, {"strip": ["all"]}),
    "rtpp-flags": (
        *("replace-origin rtcp-mux-demux", "transport-protocol=RTP/AVPF generate-mid", "label=raw frobnicate"),
        "rtcp-mux=[offer accept] metadata=raw no-rtcp-attribute",
    ),
    # as OpenSIPS and older scripts spell them
    "transport protocol": ("RTP/AVP",),
    "media address": ("203.0.113.202",),
    "received from": (["IP4", "192.0.2.202"],),
    "replace": (["origin", "session connection"],),
}
PREFIXED = (  # members of flags that stand for keys
    *("replace-origin", "SDES-off"),
    *(
        "rtcp-mux-offer",
        "rtcp-mux-accept",
        "sdp-attr-add-audio-x-flag:1",
        "sdp-attr-remove-audio-ptime",
        "strip extmap",
    ),
    *("no rtcp attribute", "full rtcp attribute", "loop-protect", "reuse-codecs", "allow-no-codec-media"),
)
COMMON = ("0", "8", "9", "18")  # payload types of shapes.AUDIO whose codecs rtpengine could make, of one clock rate
NAMING = ("codec-strip-PCMA", "codec-except-PCMU", "codec-offer-G722", "codec-strip-G722")
ANSWER_PREFIXED = ("single-codec", "loop-protect", "strip-extmap")
QUERIES: tuple[dict[str, str], ...] = (
    {},
    {},
    {"from-tag": "a"},
    {"from-tag": "b"},
    {"to-tag": "b"},
    {"from-tag": "a", "to-tag": "b"},
)

Keys = dict[str, Any]


def conversation(seed: int, number: int) -> Case:
    """The conversation of that number."""
    talk = _Talk(random.Random(f"{seed}/{number}"))
    talk.naming = talk.chance(0.2)
    talk.hold()
    return Case(f"generated {seed}-{number}", tuple(talk.steps), ())


@dataclass(slots=True)
class _Talk(Talk):
    said: dict[str, Speech] = field(default_factory=dict)
    partner: str = "b"  # with whom a talks
    naming: bool = False  # whether codecs are named, by which rtpengine may come to transcode: then common ones
    replaced: tuple[str, ...] = ()  # in every request, as proxies do it

    def some(self, pool: tuple[Any, ...], most: int) -> tuple[Any, ...]:
        """Up to ``most`` of them, few more often than many, in any order, none twice."""
        wanted = min(self.dice.randint(0, most), self.dice.randint(0, most + 1), len(pool))
        return tuple(dict.fromkeys(self.dice.sample(pool, wanted)))

    # --- the course of a call ---

    def hold(self) -> None:
        """One party or branch is called, answers, and what may follow."""
        if self.chance(0.15):
            self.fork()
        elif self.chance(0.07):
            self.ring()
        else:
            self.replaced = self.dice.choice(REPLACE)
            self.offer("a")
            if self.chance(0.05):
                self.steps.append(self.steps[-1])
            if self.chance(0.95):
                self.answer("a", "b")
        if self.partner in self.said:
            for _ in range(self.dice.choice((0, 1, 1, 2, 3))):
                self.exchange()
        if self.chance(0.3):
            self.steps.append({"command": "query", **self.dice.choice(QUERIES)})
        if self.chance(0.3):
            self.delete()

    def fork(self) -> None:
        """Two branches, of which one or both answer."""
        self.offer("a", **{"via-branch": "b1"})
        self.steps.append({**self.steps[-1], "via-branch": "b2"})
        self.answer("a", "b", **({"via-branch": "b1"} if self.chance(0.8) else {}))
        if self.chance(0.6):
            self.answer("a", "c", **({"via-branch": "b2"} if self.chance(0.8) else {}))
            self.partner = "c"

    def ring(self) -> None:
        """Early media of one phone, and then of another one, which takes the call."""
        self.offer("a")
        early: Keys = {"sip-message-type": "reply", "sip-code": self.dice.choice((180, 183))}
        self.answer("a", "b", **(early if self.chance(0.7) else {}))
        late: Keys = {"sip-message-type": "reply", "sip-code": self.dice.choice((183, 200, 200))}
        self.answer("a", "c", **(late if self.chance(0.7) else {}))
        self.partner = "c"

    def exchange(self) -> None:
        """A re-INVITE of either side, or one more answer."""
        if self.steps[-1]["from-tag"] == "a" and self.chance(0.15):
            self.answer("a", self.partner)
            return
        tag, other = self.dice.choice((("a", self.partner), (self.partner, "a")))
        self.offer(tag, other)
        self.answer(tag, other)

    def delete(self) -> None:
        forked = any("via-branch" in step for step in self.steps)
        if forked and self.chance(0.3):
            self.steps += [{"command": "delete", "from-tag": "a", "via-branch": "b1"}, {"command": "list"}]
            return
        keys: Keys = {"from-tag": self.dice.choice("aaax" if forked or self.partner != "b" else "aaabbx")}
        if self.chance(0.7):
            keys |= {"delete-delay": self.dice.choice((0, 0, 10))}
        if self.chance(0.3):
            keys |= {"flags": list(self.some(("fatal", "fast"), 2))}
        self.steps += [{"command": "delete", **keys}, {"command": "list"}, {"command": "query"}]

    # --- requests ---

    def offer(self, tag: str, to: str | None = None, **keys: Any) -> None:
        tags = {"from-tag": tag, **({"to-tag": to} if to else {})}
        if tag in self.said:
            self.said[tag] = self.changed(self.said[tag])
            drawn = self.drawn(OFFER_KEYS, 0.05)
        else:
            self.said[tag] = self.first(tag)
            drawn = self.drawn(OFFER_KEYS | CONNECTIONS, 0.06)
        drawn |= self.drawn(WORDS, 0.012)
        names_codecs = self.naming and len(self.said) == 1
        if names_codecs and self.chance(0.5):
            drawn["codec"] = self.dice.choice(CODECS)
        words = self.words(OFFER_FLAGS, PREFIXED + (NAMING if names_codecs else ()))
        self.steps.append({"command": "offer", **tags, "sdp": self.said[tag].text, **drawn, **words, **keys})

    def answer(self, offerer: str, tag: str, **keys: Any) -> None:
        self.said[tag] = self.reply(self.said[offerer], tag)
        tags = {"from-tag": offerer, "to-tag": tag}
        words = {**self.drawn(ANSWER_KEYS, 0.05), **self.words(FLAGS, ANSWER_PREFIXED)}
        self.steps.append({"command": "answer", **tags, "sdp": self.said[tag].text, **words, **keys})

    def words(self, flags: tuple[str, ...], seldom: tuple[str, ...]) -> Keys:
        chosen = [*self.some(flags, 2), *(self.some(seldom, 2) if self.chance(0.12) else ())]
        return {
            **({"flags": chosen} if chosen else {}),
            **({"replace": list(self.replaced)} if self.replaced else {}),
        }

    # --- what a party says ---

    def first(self, tag: str) -> Speech:
        media = tuple(self.medium() for _ in range(self.dice.choice((1, 1, 1, 1, 2, 2, 3))))
        return Speech(
            tag,
            _alive(media),
            self.some(SESSION_LINES, 3),
            six=self.chance(0.1),
            zero=self.chance(0.04),
        )

    def changed(self, before: Speech) -> Speech:
        """The next SDP of the same party."""
        after = replace(before, version=before.version + self.dice.choice((0, 1, 1)))
        after = replace(after, zero=self.chance(0.06), moved=before.moved is not self.chance(0.06))
        one_family = len({speech.six for speech in self.said.values()}) == 1
        if one_family and self.chance(0.15) and len(after.media) < 4:
            return replace(after, media=(*after.media, self.medium()))
        return replace(after, media=_alive(tuple(self.next_medium(medium) for medium in after.media)))

    def reply(self, offer: Speech, tag: str) -> Speech:
        media = _alive(tuple(self.answered(medium) for medium in offer.media), offer.media)
        before = self.said.get(tag)
        if before is None:
            asked = self.steps[0].get("address-family", offer.family)
            return Speech(tag, media, self.some(SESSION_LINES, 2), six=asked == "IP6")
        version = before.version + self.dice.choice((0, 1))
        return replace(before, media=media, version=version, zero=self.chance(0.03))

    # --- media ---

    def medium(self) -> Medium:
        make = self.dice.choices((self.audio, self.video, self.fax, self.data), weights=(12, 4, 2, 1))[0]
        return replace(make(), head=self.head(), rejected=self.chance(0.05))

    def audio(self) -> Medium:
        known = COMMON if self.naming else tuple(AUDIO)
        events = ("101",) if self.naming else ("13", self.dice.choice(("101", "102")), "103")
        formats = [self.dice.choice(known), *self.some(known, 3), *self.some(events, 2)]
        return self.rtp("audio", tuple(dict.fromkeys(formats)))

    def video(self) -> Medium:
        formats = [self.dice.choice(tuple(VIDEO)), *self.some(tuple(VIDEO), 2)]
        return self.rtp("video", tuple(dict.fromkeys(formats)))

    def rtp(self, kind: str, formats: tuple[str, ...]) -> Medium:
        made = Medium(kind, self.dice.choice(("RTP/AVP", "RTP/AVP", "RTP/AVP", "RTP/AVPF")), formats)
        mid = (f"mid:{self.dice.randint(0, 10**6)}",) if self.chance(0.15) else ()
        lines = [*_described(made, formats), *mid, *self.attributes()]
        if self.chance(0.3):
            self.dice.shuffle(lines)
        return replace(made, lines=tuple(lines))

    def fax(self) -> Medium:
        return Medium("image", self.dice.choice(("udptl", "udptl", "UDPTL")), ("t38",), self.some(FAX_LINES, 4))

    def data(self) -> Medium:
        return Medium("application", self.dice.choice(("UDP/BFCP", "UDP", "X-own")), ("*",), self.some(DATA_LINES, 3))

    def head(self) -> tuple[str, ...]:
        chosen = self.some(HEAD_LINES, 2) if self.chance(0.2) else ()
        return tuple(line for line in HEAD_LINES if line in chosen)

    def attributes(self) -> tuple[str, ...]:
        """Some, but only one direction and one of each name that has one value."""
        chosen = {line.partition(":")[0]: line for line in self.some(RTP_LINES, 5)}
        way = (self.dice.choice(DIRECTIONS),) if self.chance(0.4) else ()
        return (*chosen.values(), *way)

    def next_medium(self, before: Medium) -> Medium:
        if self.chance(0.06):
            return replace(before, rejected=not before.rejected)
        if self.chance(0.2) and before.is_rtp:
            kept = tuple(line for line in before.lines if line not in DIRECTIONS)
            return replace(before, lines=(*kept, self.dice.choice(DIRECTIONS)))
        return before

    def answered(self, offered: Medium) -> Medium:
        rejected = offered.rejected or self.chance(0.05)
        if not offered.is_rtp:
            return replace(offered, rejected=rejected)
        formats = self.accepted(offered)
        own = tuple(line for line in self.attributes() if line != "rtcp-mux" or line in offered.lines)
        mid = tuple(line for line in offered.lines if line.startswith("mid") and self.chance(0.8))
        lines = (*_described(offered, formats), *mid, *own)
        return replace(offered, formats=formats, lines=lines, head=self.head(), rejected=rejected)

    def accepted(self, offered: Medium) -> tuple[str, ...]:
        """Of the offered payload types some, with a real codec; sometimes one more that was not offered."""
        formats = [name for name in offered.formats if self.chance(0.7)]
        real = [name for name in offered.formats if name not in EVENTS]
        if not set(real) & set(formats):
            formats.append(self.dice.choice(real))
        if self.chance(0.15):
            self.dice.shuffle(formats)
        strange = [name for name in AUDIO if name not in offered.formats and not self.naming]
        if offered.kind == "audio" and strange and self.chance(0.08):
            formats.append(self.dice.choice(strange))
        return tuple(formats)


def _described(medium: Medium, formats: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line for name in formats for line in medium.codecs[name])


def _alive(media: tuple[Medium, ...], offered: tuple[Medium, ...] = ()) -> tuple[Medium, ...]:
    """With at least one that is not rejected; an answer cannot revive what the offer has rejected."""
    if not all(medium.rejected for medium in media):
        return media
    place = next((index for index, medium in enumerate(offered) if not medium.rejected), 0)
    return (*media[:place], replace(media[place], rejected=False), *media[place + 1 :])
