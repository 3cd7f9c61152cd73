"""Makes conversations up in which keys and ICE are agreed on: SDES, DTLS, OSRTP, all values of ICE, re-offers of both.

The same seed and number make the same conversation. One audio section, because every section is dealt with alone.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.peers.cases import Case
from tests.peers.talk import Talk

PLAIN, SDES, TLS = ("RTP/AVP", "RTP/AVPF"), ("RTP/SAVP", "RTP/SAVPF"), ("UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF")
SUITES = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM", "AES_256_CM_HMAC_SHA1_80")
BYTES = {"AEAD_AES_128_GCM": 28, "AES_256_CM_HMAC_SHA1_80": 46}
OFFERED_TAGS = {"AES_CM_128_HMAC_SHA1_80": 7, "AES_CM_128_HMAC_SHA1_32": 8, "AEAD_AES_128_GCM": 2}
HASHES = {"sha-256": 32, "sha-1": 20, "sha-512": 64}
HOSTS = {"a": "198.51.100.1", "b": "198.51.100.2"}
OFFER_WORDS: dict[str, tuple[Any, ...]] = {
    "SDES": (["off"], ["nonew"], ["pad"], ["lifetime"], ["prefer"], ["static"], ["no-NULL_HMAC_SHA1_80"]),
    "DTLS": ("off", "passive", "active"),
    "DTLS-reverse": ("passive", "active"),
    "DTLS-fingerprint": ("sha-1", "sha-512"),
    "OSRTP": (["offer"], ["accept"]),
    "ICE": ("remove", "force", "default"),
    "ICE-lite": ("forward", "backward", "both", "off"),
    "rtcp-mux": (["offer"], ["demux"]),
}
ANSWER_WORDS: dict[str, tuple[Any, ...]] = {
    "DTLS": ("off", "passive"),
    "ICE": ("force",),
    "SDES": (["off"], ["prefer"]),
}
FLAGS = ("trickle-ICE", "no-tls-id")


def conversation(seed: int, number: int) -> Case:
    """The conversation of that number."""
    talk = _Talk(random.Random(f"secure {seed}/{number}"))
    talk.hold()
    return Case(f"secure {seed}-{number}", tuple(talk.steps), ())


@dataclass(slots=True)
class _Party:
    """What a party is able to do, the same in all that it says."""

    tag: str
    protocol: str
    suites: tuple[str, ...] = ()
    dtls: bool = False
    ice: bool = False
    trickle: bool = False
    algorithm: str = "sha-256"
    generation: int = 0

    @property
    def keys(self) -> bool:
        return bool(self.suites) or self.dtls


class _Talk(Talk):
    def hold(self) -> None:
        alice = self.party("a", self.dice.choice((*PLAIN, *SDES, *TLS)))
        asked = self.dice.choice((*PLAIN, *SDES, *TLS)) if self.chance(0.7) else None
        words = ({"transport-protocol": asked} if asked else {}) | self.drawn(OFFER_WORDS, 0.15)
        if (asked or alice.protocol) in TLS and words.get("DTLS") == "off":
            del words["DTLS"]  # nobody would have keys
        self.offer(alice, "b", words, first=True)
        bob = self.answerer(alice, words)
        self.answer(bob, "a", "b")
        for _ in range(self.dice.choice((0, 1, 1, 2))):
            one, other = self.dice.choice(((alice, bob), (bob, alice)))
            if self.chance(0.2):
                one.generation += 1
            self.offer(one, other.tag, {}, first=False)
            self.answer(other, one.tag, other.tag)

    def answerer(self, alice: _Party, words: Mapping[str, Any]) -> _Party:
        """One that takes some of what it is offered, and never anything else."""
        asked = words.get("transport-protocol")
        bob = self.party("b", asked or alice.protocol)
        opportunistic = bob.protocol in PLAIN and ("offer" in words.get("OSRTP", ()) or (not asked and alice.keys))
        if bob.protocol in PLAIN and not opportunistic:
            bob.suites, bob.dtls = (), False
        if bob.protocol in TLS or words.get("SDES") == ["off"]:
            bob.suites = ()
        elif bob.suites and alice.suites:
            bob.suites = alice.suites
        bob.suites = bob.suites[:1]
        bob.dtls = (bob.dtls or bob.protocol in SDES) and words.get("DTLS") != "off" and not bob.suites
        policy = words.get("ICE", "default")
        bob.ice = bob.ice and policy != "remove" and (alice.ice or policy == "force")
        return bob

    def party(self, tag: str, protocol: str) -> _Party:
        secure = protocol not in PLAIN
        chosen = tuple(self.dice.sample(SUITES[:3], self.dice.randint(1, 2)))
        return _Party(
            tag,
            protocol,
            chosen if protocol in SDES or (not secure and self.chance(0.15)) else (),
            dtls=protocol in TLS or (secure and self.chance(0.3)),
            ice=self.chance(0.5),
            trickle=self.chance(0.3),
            algorithm=self.dice.choice(tuple(HASHES)),
        )

    def offer(self, party: _Party, to: str, words: Mapping[str, Any], *, first: bool) -> None:
        tags = {"from-tag": party.tag} | ({} if first else {"to-tag": to})
        flags = [flag for flag in FLAGS if self.chance(0.1)] if first else []
        more = {"flags": flags} if flags else {}
        self.steps.append({"command": "offer", **tags, "sdp": self.said(party, "actpass"), **words, **more})

    def answer(self, party: _Party, offerer: str, tag: str) -> None:
        setup = self.dice.choice(("active", "active", "passive"))
        tags = {"from-tag": offerer, "to-tag": tag}
        words = self.drawn(ANSWER_WORDS, 0.08)
        if any(protocol in step["sdp"] for protocol in TLS for step in self.steps):
            words.pop("DTLS", None)  # what else should make keys
        self.steps.append({"command": "answer", **tags, "sdp": self.said(party, setup), **words})

    def said(self, party: _Party, setup: str) -> str:
        host, port = HOSTS[party.tag], 4000
        lines = [
            *("v=0", f"o=- 1 {len(self.steps)} IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"),
            f"m=audio {port} {party.protocol} 0",
            *(self.crypto(party, suite) for suite in party.suites if setup == "actpass" or not party.dtls),
        ]
        if party.dtls:
            fingerprint = ":".join([f"{'AB' if party.tag == 'a' else 'CD'}"] * HASHES[party.algorithm])
            lines += [f"a=setup:{setup}", f"a=fingerprint:{party.algorithm} {fingerprint}"]
        if party.ice:
            lines += self.ice(party, host, port)
        return "".join(f"{line}\r\n" for line in lines)

    def crypto(self, party: _Party, suite: str) -> str:
        tag = party.suites.index(suite) + 1 if party.tag == "a" else OFFERED_TAGS.get(suite, 1)
        return f"a=crypto:{tag} {suite} inline:{_key(party.tag, BYTES.get(suite, 30))}"

    def ice(self, party: _Party, host: str, port: int) -> list[str]:
        return [
            f"a=ice-ufrag:{party.tag * 4}{party.generation}",
            f"a=ice-pwd:{party.tag * 22}{party.generation}",
            *(["a=ice-options:trickle"] if party.trickle else []),
            f"a=candidate:1 1 UDP 2130706431 {host} {port} typ host",
        ]


def _key(tag: str, length: int) -> str:
    """Key and salt in base64, without padding, as rtpengine prints them."""
    characters = -(-length * 4 // 3)
    return (tag * characters)[: characters - 1] + "A"
