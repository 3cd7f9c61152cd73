"""Makes conversations up: offers, answers, re-offers, forks, queries and deletes over shapes of SDP and words of ng.

The same seed and number make the same conversation. All media is plain: RTP without SRTP and ICE, fax, data.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.peers.cases import Case

HOSTS = {"a": "198.51.100.1", "b": "198.51.100.2", "c": "198.51.100.3"}
HOSTS6 = {"a": "2001:db8:a::1", "b": "2001:db8:b::1", "c": "2001:db8:c::1"}
PORTS = {"a": 4000, "b": 5000, "c": 6000}
MOVED = 100  # ports further, and another address

AUDIO_CODECS: dict[str, tuple[str, ...]] = {
    "0": (),
    "8": ("rtpmap:8 PCMA/8000",),
    "9": ("rtpmap:9 G722/8000/1",),
    "18": ("rtpmap:18 G729/8000", "fmtp:18 annexb=no"),
    "13": ("rtpmap:13 CN/8000",),
    "96": ("rtpmap:96 opus/48000/2", "fmtp:96 minptime=10;useinbandfec=1"),
    "97": ("rtpmap:97 iLBC/8000", "fmtp:97 mode=30"),
    "98": ("rtpmap:98 AMR/8000", "fmtp:98 octet-align=1; mode-change-period=2"),
    "99": ("rtpmap:99 speex/16000",),
    "100": ("rtpmap:100 X-unheard-of/44100/2", "rtcp-fb:100 nack"),
    "101": ("rtpmap:101 telephone-event/8000", "fmtp:101 0-15"),
    "102": ("rtpmap:102 telephone-event/8000",),
    "103": ("rtpmap:103 telephone-event/48000", "fmtp:103 0-16"),
}
SUPPLEMENTAL = ("13", "101", "102", "103")  # carry no voice by themselves
VIDEO_CODECS: dict[str, tuple[str, ...]] = {
    "34": (),
    "105": ("rtpmap:105 H264/90000", "fmtp:105 profile-level-id=42e01f;packetization-mode=1", "rtcp-fb:105 nack pli"),
    "106": ("rtpmap:106 VP8/90000", "rtcp-fb:106 ccm fir", "rtcp-fb:106 nack"),
}
RTP_LINES = (
    *("sendrecv", "sendonly", "recvonly", "inactive", "ptime:20", "ptime:30", "maxptime:60", "rtcp-mux", "rtcp-mux"),
    *("rtcp:{odd}", "rtcp:{odd} IN IP4 198.51.100.9", "rtcp-fb:* nack", "rtcp-rsize", "label:7", "extmap-allow-mixed"),
    *("extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "extmap:3 urn:ietf:params:rtp-hdrext:toffset"),
    *("ssrc:11 cname:x", "msid:s t", "x-own", "silenceSupp:off - - - -", "mptime:20", "key-mgmt:none"),
)
SESSION_LINES = (
    *("b=AS:128", "b=CT:256", "b=X-own:1", "i=information", "u=http://example.com/", "e=a@example.com", "p=+1 555"),
    *("a=x-session:1", "a=group:LS 1 2", "a=group:BUNDLE 1 2", "a=tool:x"),
    *("a=extmap-allow-mixed", "a=ptime:40"),
)
REPLACE = (
    *("origin", "session-connection", "username", "session-name", "origin-full", "zero-address"),
    "force-increment-sdp-ver",
)
TOLD_APART = ("force-increment-sdp-ver", "session-name", "username", "origin-full", "origin")
OFFER_FLAGS = (
    *("no-rtcp-attribute", "full-rtcp-attribute", "original-sendrecv", "trust-address", "SIP-source-address"),
    *("asymmetric", "symmetric", "strict-source", "inactive", "generate-mid", "port-latching", "no-port-latching"),
    *("unidirectional", "media-handover", "reset", "debug", "provisional", "frobnicate", "replace-origin"),
)
ANSWER_FLAGS = ("no-rtcp-attribute", "full-rtcp-attribute", "original-sendrecv", "trust-address", "inactive")
FOR_FIRST_OFFER = ("direction", "from-interface", "to-interface", "address-family")
MULTIPLEXING = (["offer"], ["require"], ["offer", "require"], ["demux"], ["accept"], ["reject"], ["demux", "accept"])


@dataclass(frozen=True, slots=True)
class Medium:
    """One m= section; ``lines`` without ``a=``, ``{odd}`` stands for its RTCP port."""

    kind: str
    protocol: str
    formats: tuple[str, ...]
    lines: tuple[str, ...] = ()
    head: tuple[str, ...] = ()  # i=, b= and c=, whole lines
    rejected: bool = False

    def text(self, port: int) -> Iterator[str]:
        yield f"m={self.kind} {0 if self.rejected else port} {self.protocol} {' '.join(self.formats)}"
        yield from self.head
        for line in self.lines:
            yield "a=" + line.replace("{odd}", str(port + 51))


@dataclass(frozen=True, slots=True)
class Speech:
    """What a party says in one SDP."""

    tag: str
    media: tuple[Medium, ...]
    session: tuple[str, ...] = ()
    version: int = 1
    six: bool = False
    moved: bool = False
    zero: bool = False
    left_out: int = 0  # so many of the last media are not mentioned

    @property
    def text(self) -> str:
        host = HOSTS6[self.tag] if self.six else HOSTS[self.tag]
        host = host + "0" if self.moved else host
        family = "IP6" if self.six else "IP4"
        own = "::" if self.six else "0.0.0.0"
        first = PORTS[self.tag] + (MOVED if self.moved else 0)
        session = sorted(self.session, key=lambda line: "iuepbta".index(line[0]))
        early = [line for line in session if line[0] in "iuep"]
        late = [line for line in session if line[0] not in "iuep"]
        lines = ["v=0", f"o={self.tag} 77 {self.version} IN {family} {host}", f"s=talk of {self.tag}", *early]
        lines += [f"c=IN {family} {own if self.zero else host}", *(line for line in late if line[0] == "b"), "t=0 0"]
        lines += [line for line in late if line[0] == "a"]
        for index, medium in enumerate(self.media[: len(self.media) - self.left_out]):
            lines += medium.text(first + 2 * index)
        return "\r\n".join(lines) + "\r\n"


def conversation(seed: int, number: int) -> Case:
    """The conversation of that number."""
    talk = _Talk(random.Random(f"{seed}/{number}"))
    talk.hold()
    return Case(f"generated {seed}-{number}", tuple(talk.steps), ())


@dataclass(slots=True)
class _Talk:
    dice: random.Random
    steps: list[Mapping[str, Any]] = field(default_factory=list)
    said: dict[str, Speech] = field(default_factory=dict)
    partner: str = "b"  # with whom a talks
    replaced: tuple[str, ...] = ()  # in every request
    branches: bool = False

    def chance(self, probability: float) -> bool:
        return self.dice.random() < probability

    def some(self, pool: tuple[Any, ...], most: int) -> tuple[Any, ...]:
        """Up to ``most`` of them, few more often than many, in any order, none twice."""
        wanted = min(self.dice.randint(0, most), self.dice.randint(0, most + 1), len(pool))
        return tuple(dict.fromkeys(self.dice.sample(pool, wanted)))

    def hold(self) -> None:
        """An offer, usually its answer, then whatever may follow."""
        branches = self.chance(0.2)
        self.replaced = ("sdp-version",) if not branches and self.chance(0.15) else ()
        self.branches = branches
        self.offer("a", **({"via-branch": "b1"} if branches else {}))
        if branches and self.chance(0.7):
            self.repeat(**{"via-branch": "b2"})
        elif self.chance(0.1):
            self.repeat()
        if self.chance(0.95):
            self.answer("a", "b", **({"via-branch": "b1"} if branches else {}))
        if branches and len(self.steps) == 3 and self.chance(0.6):
            self.answer("a", "c", **{"via-branch": "b2"})
            self.partner = "c"
        for _ in range(self.dice.choice((0, 1, 1, 2, 3))):
            self.dice.choice(_CONTINUATIONS)(self)
        if self.chance(0.3):
            self.query()
        if self.chance(0.3):
            self.delete()

    # --- steps ---

    def offer(self, tag: str, to: str | None = None, **keys: Any) -> None:
        self.said[tag] = self.changed(self.said[tag]) if tag in self.said else self.first(tag)
        tags = {"from-tag": tag, **({"to-tag": to} if to else {})}
        self.steps.append({"command": "offer", **tags, "sdp": self.said[tag].text, **self.offer_keys(), **keys})

    def repeat(self, **keys: Any) -> None:
        """The last offer once more, perhaps to another branch."""
        self.steps.append({**self.steps[-1], **keys})

    def answer(self, offerer: str, tag: str, **keys: Any) -> None:
        self.said[tag] = self.reply(self.said[offerer], tag)
        tags = {"from-tag": offerer, "to-tag": tag}
        self.steps.append({"command": "answer", **tags, "sdp": self.said[tag].text, **self.answer_keys(), **keys})

    def exchange(self) -> None:
        """A re-INVITE of either side."""
        tag, other = "a", self.partner
        if other not in self.said:
            self.offer(tag)
            return
        if self.chance(0.5):
            tag, other = other, tag
        self.offer(tag, other)
        if self.chance(0.9):
            self.answer(tag, other)

    def query(self) -> None:
        tags = self.dice.choice(({}, {}, {"from-tag": "a"}, {"from-tag": "b"}, {"to-tag": "b"}, {"from-tag": "x"}))
        self.steps.append({"command": "query", **tags})

    def delete(self) -> None:
        keys: dict[str, Any] = {"from-tag": self.dice.choice("aaabbcx")}
        if self.chance(0.3):
            keys |= {"to-tag": self.dice.choice("abc")}
        if self.chance(0.2):
            keys |= {"via-branch": self.dice.choice(("b1", "b2"))}
        if self.chance(0.7):
            keys |= {"delete-delay": self.dice.choice((0, 0, 10))}
        if self.chance(0.3):
            keys |= {"flags": list(self.some(("to-tag", "fatal", "fast"), 2))}
        self.steps += [{"command": "delete", **keys}, {"command": "list"}, {"command": "query"}]

    def late_answer(self) -> None:
        """Of the callee once more."""
        self.answer("a", self.partner)

    # --- words of ng ---

    def offer_keys(self) -> dict[str, Any]:
        keys = {name: self.dice.choice(pool) for name, pool in _OFFER_POOL if self.chance(0.06)}
        if self.steps:
            keys = {name: value for name, value in keys.items() if name not in FOR_FIRST_OFFER}
        return {**keys, **self.common(OFFER_FLAGS)}

    def answer_keys(self) -> dict[str, Any]:
        keys = {name: self.dice.choice(pool) for name, pool in _ANSWER_POOL if self.chance(0.04)}
        return {**keys, **self.common(ANSWER_FLAGS)}

    def common(self, flags: tuple[str, ...]) -> dict[str, Any]:
        words, replaced = list(self.some(flags, 2)), [*self.replaced, *self.some(REPLACE, 2)]
        if self.replaced or self.branches:
            replaced = [word for word in replaced if word not in TOLD_APART]
        source = {"received-from": ["IP4", "192.0.2.202"]} if "SIP-source-address" in words else {}
        return {**({"flags": words} if words else {}), **({"replace": replaced} if replaced else {}), **source}

    # --- shapes of SDP ---

    def first(self, tag: str) -> Speech:
        media = tuple(self.medium() for _ in range(self.dice.choice((1, 1, 1, 1, 2, 2, 3))))
        return Speech(tag, media, self.some(SESSION_LINES, 3), six=self.chance(0.08), zero=self.chance(0.04))

    def medium(self) -> Medium:
        made = self.dice.choices(_MEDIA, weights=[weight for weight, _ in _MEDIA_WEIGHTS])[0](self)
        return replace(made, head=self.head(), rejected=self.chance(0.05))

    def head(self) -> tuple[str, ...]:
        lines = self.some(("i=about", "b=AS:64", "b=TIAS:64000", "b=RR:100", "c=IN IP4 198.51.100.50"), 2) if self.chance(0.2) else ()
        return tuple(sorted(lines, key=lambda line: "icb".index(line[0])))

    def rtp(self, kind: str, codecs: dict[str, tuple[str, ...]]) -> Medium:
        protocol = self.dice.choice(("RTP/AVP", "RTP/AVP", "RTP/AVP", "RTP/AVPF"))
        formats = self.some(tuple(codecs), 4)
        if not set(formats) - set(SUPPLEMENTAL):
            formats = (self.dice.choice([name for name in codecs if name not in SUPPLEMENTAL]), *formats)
        described = tuple(line for name in formats for line in codecs[name])
        mid = (f"mid:{self.dice.choice(('0', '1', 'x'))}",) if self.chance(0.15) else ()
        lines = [*described, *mid, *self.attributes()]
        if self.chance(0.3):
            self.dice.shuffle(lines)
        return Medium(kind, protocol, formats, tuple(lines))

    def attributes(self) -> tuple[str, ...]:
        """At most one direction and one a=rtcp."""
        chosen = {line.partition(":")[0].partition("{")[0]: line for line in self.some(RTP_LINES, 5)}
        ways = [name for name in chosen if name in ("sendrecv", "sendonly", "recvonly", "inactive")]
        return tuple(line for name, line in chosen.items() if name not in ways[1:])

    def audio(self) -> Medium:
        return self.rtp("audio", AUDIO_CODECS)

    def video(self) -> Medium:
        return self.rtp("video", VIDEO_CODECS)

    def fax(self) -> Medium:
        lines = ("T38FaxVersion:0", "T38MaxBitRate:14400", "T38FaxUdpEC:t38UDPRedundancy", "sendrecv", "x-own", "mid:f")
        return Medium("image", self.dice.choice(("udptl", "udptl", "UDPTL")), ("t38",), self.some(lines, 4))

    def data(self) -> Medium:
        lines = ("floorctrl:c-only", "setup:active", "connection:new", "label:9", "recvonly", "rtcp-mux")
        return Medium("application", self.dice.choice(("UDP/BFCP", "UDP", "X-own")), ("*",), self.some(lines, 3))

    def changed(self, before: Speech) -> Speech:
        """The next SDP of the same party."""
        version = before.version + self.dice.choice((0, 1, 1))
        after = replace(before, version=version, zero=self.chance(0.06), left_out=0)
        if self.chance(0.06):
            after = replace(after, moved=not before.moved)
        if self.chance(0.15) and len(after.media) < 4:
            return replace(after, media=(*after.media, self.medium()))
        return replace(after, media=tuple(self.next_medium(medium) for medium in after.media))

    def next_medium(self, before: Medium) -> Medium:
        if self.chance(0.06):
            return replace(before, rejected=not before.rejected)
        if self.chance(0.2) and before.protocol.startswith("RTP"):
            return replace(before, lines=self.with_direction(before.lines))
        return self.medium() if self.chance(0.03) else before

    def with_direction(self, lines: tuple[str, ...]) -> tuple[str, ...]:
        ways = ("sendrecv", "sendonly", "recvonly", "inactive")
        return (*(line for line in lines if line not in ways), self.dice.choice(ways))

    def reply(self, offer: Speech, tag: str) -> Speech:
        before = self.said.get(tag)
        media = tuple(self.answered(medium) for medium in offer.media)
        left_out = 1 if before is None and len(media) > 1 and self.chance(0.08) else 0
        session = before.session if before else self.some(SESSION_LINES, 2)
        version = before.version + self.dice.choice((0, 1)) if before else 1
        six = before.six if before else self.far_six(offer)
        moved = before is not None and (before.moved or self.chance(0.06))
        return Speech(tag, media, session, version, six, moved, self.chance(0.03), left_out)

    def far_six(self, offer: Speech) -> bool:
        asked = self.steps[0].get("address-family")
        return offer.six if asked is None else asked == "IP6"

    def answered(self, offered: Medium) -> Medium:
        rejected = offered.rejected or self.chance(0.05)
        if not offered.protocol.startswith("RTP"):
            return replace(offered, rejected=rejected)
        codecs = AUDIO_CODECS if offered.kind == "audio" else VIDEO_CODECS
        real = [name for name in offered.formats if name not in SUPPLEMENTAL]
        formats = [name for name in offered.formats if self.chance(0.7)]
        if not set(real) & set(formats):
            formats.append(self.dice.choice(real))
        if self.chance(0.15):
            self.dice.shuffle(formats)
        if offered.kind == "audio" and self.chance(0.08):
            formats.append(self.dice.choice([name for name in codecs if name not in offered.formats] or formats))
        described = tuple(line for name in formats for line in codecs[name])
        own = tuple(line for line in self.attributes() if line != "rtcp-mux" or line in offered.lines)
        mid = tuple(line for line in offered.lines if line.startswith("mid") and self.chance(0.8))
        return Medium(offered.kind, offered.protocol, tuple(formats), (*described, *mid, *own), self.head(), rejected)


_MEDIA_WEIGHTS: tuple[tuple[int, Callable[[_Talk], Medium]], ...] = (
    (12, _Talk.audio),
    (4, _Talk.video),
    (2, _Talk.fax),
    (1, _Talk.data),
)
_MEDIA = tuple(make for _, make in _MEDIA_WEIGHTS)
_CONTINUATIONS: tuple[Callable[[_Talk], None], ...] = (
    *(_Talk.exchange, _Talk.exchange, _Talk.exchange, _Talk.exchange),
    *(_Talk.late_answer, _Talk.query),
)
_OFFER_POOL: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("rtcp-mux", MULTIPLEXING),
    ("rtcp-mux", MULTIPLEXING),
    ("transport-protocol", ("RTP/AVP", "RTP/AVPF", "RTP/AVPF")),
    ("direction", (["priv", "pub"], ["pub", "priv"], ["pub", "pub"], ["moon", "priv"])),
    ("address-family", ("IP4", "IP6")),
    ("media-address", ("203.0.113.200", "2001:db8::9")),
    ("received-from", (["IP4", "192.0.2.200"],)),
    ("label", ("one", "two")),
    ("set-label", ("three",)),
    ("ICE", ("remove",)),
    ("TOS", (184,)),
    ("metadata", ("about",)),
    ("from-interface", ("pub",)),
    ("to-interface", ("pub",)),
    ("sip-message-type", ("request",)),
)
_ANSWER_POOL: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("media-address", ("203.0.113.201",)),
    ("received-from", (["IP4", "192.0.2.201"],)),
    ("label", ("four",)),
    ("rtcp-mux", MULTIPLEXING),
    ("sip-code", (183, 200)),
    ("sip-message-type", ("reply",)),
)
